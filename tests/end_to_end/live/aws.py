#!/usr/bin/env python3
"""As much of the AWS CLI as git needs: its version, and its credential helper with real signatures."""
import configparser, datetime, hashlib, hmac, os, sys

if '--version' in sys.argv:
    print('aws-cli/2.32.6 Python/3.13.9 Linux/6.1 exe/x86_64.debian.12')
    sys.exit(0)
name = 'default'
if sys.argv[1:2] == ['--profile']:
    name = sys.argv[2]
    del sys.argv[1:3]
if sys.argv[1:3] != ['codecommit', 'credential-helper'] or sys.argv[-1] != 'get':
    sys.exit(0)
asked = dict(line.rstrip('\n').split('=', 1) for line in sys.stdin if '=' in line)
profile = configparser.ConfigParser(interpolation=None)
profile.read(os.path.expanduser('~/.aws/credentials'))
if name not in profile:
    sys.stderr.write('\nUnable to locate credentials. You can configure credentials by running "aws configure".\n')
    sys.exit(255)
keys = profile[name]
host, path = asked['host'], asked.get('path', '')
region = host.split('.')[1]
now = datetime.datetime.now(datetime.timezone.utc).strftime('%Y%m%dT%H%M%S')
scope = f'{now[:8]}/{region}/codecommit/aws4_request'
canonical = f'GIT\n/{path}\n\nhost:{host}\n\nhost\n'
to_sign = f'AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}'
key = ('AWS4' + keys['aws_secret_access_key']).encode()
for part in (now[:8], region, 'codecommit', 'aws4_request'):
    key = hmac.new(key, part.encode(), hashlib.sha256).digest()
user = keys['aws_access_key_id']
if 'aws_session_token' in keys:
    user += '%' + keys['aws_session_token']
print(f'username={user}')
print(f'password={now}Z{hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()}')
