//! What the words mean: failure, layer, and the line that shows it.

use super::{HTTPS_URL, SSH_URL, TAIL, run};

/// What is said, the failure, its layer, and the line that shows it.
type Row = (&'static str, &'static str, &'static str, &'static str);

const OVER_SSH: &[Row] = &[
    (
        "ssh: Could not resolve hostname git-codecommit.us-east-1.amazonaws.com: Name or service not known\r\n",
        "name-not-found",
        "dns",
        "ssh: Could not resolve hostname",
    ),
    (
        "debug1: Connecting to h [10.0.0.1] port 22.\nssh: connect to host h port 22: Connection timed out\n",
        "timed-out",
        "tcp",
        "ssh: connect to host",
    ),
    (
        "debug1: Connecting to h [10.0.0.1] port 22.\nssh: connect to host h port 22: No route to host\n",
        "unreachable",
        "tcp",
        "ssh: connect to host",
    ),
    (
        "debug1: Executing proxy command: exec nonexist-nc 127.0.0.1\r\n/bin/bash: line 1: exec: nonexist-nc: not found\n\
         kex_exchange_identification: Connection closed by remote host\r\nConnection closed by UNKNOWN port 65535\r\n",
        "proxy-unreachable",
        "tcp",
        "Connection closed by UNKNOWN",
    ),
    (
        "/home/dev/.ssh/config: line 1: Bad configuration option: foo\r\n\
         /home/dev/.ssh/config: terminating, 1 bad configuration options\r\n",
        "config-refused",
        "config",
        "/home/dev/.ssh/config: line 1: Bad",
    ),
    ("Bad owner or permissions on /home/dev/.ssh/config\r\n", "config-refused", "config", "Bad owner"),
    (
        "error: cannot run nossh: No such file or directory\nfatal: unable to fork\n",
        "program-missing",
        "tools",
        "error:",
    ),
    (
        "/opt/putty/plink -batch -v: 1: /opt/putty/plink: not found\nfatal: Could not read from remote repository.\n",
        "program-missing",
        "tools",
        "/opt/putty/plink -batch -v: 1:",
    ),
    (
        "/opt/putty/plink -v: line 1: /opt/putty/plink: No such file or directory\n",
        "program-missing",
        "tools",
        "/opt/putty/plink -v: line 1:",
    ),
    ("fatal: ssh variant 'simple' does not support setting port\n", "config-refused", "config", "fatal: ssh variant"),
    (
        "debug1: Connection established.\nUnable to negotiate with 127.0.0.1 port 22: no matching host key type found. \
         Their offer: ssh-rsa\n",
        "no-common-algorithm",
        "handshake",
        "Unable to negotiate",
    ),
    (
        "No RSA host key is known for h and you have requested strict checking.\r\nHost key verification failed.\r\n",
        "host-key-unknown",
        "handshake",
        "No RSA host key",
    ),
    (
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nAdd correct host key in /dev/null to get rid of \
         this message.\r\nHost key verification failed.\r\n",
        "host-key-changed",
        "handshake",
        "@    WARNING: REMOTE HOST",
    ),
    (
        "@       WARNING: REVOKED HOST KEY DETECTED!               @\r\nHost key verification failed.\r\n",
        "host-key-revoked",
        "handshake",
        "@       WARNING: REVOKED",
    ),
    // StrictHostKeyChecking no: ssh goes on.
    (
        "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\r\nx@h: Permission denied (publickey).\r\n",
        "key-refused",
        "authentication",
        "x@h: Permission denied",
    ),
    (
        "Received disconnect from 127.0.0.1 port 22:2: Too many authentication failures\r\n",
        "too-many-keys",
        "authentication",
        "Received disconnect",
    ),
    (
        "Can't open user config file /nonexistent/cfg: No such file or directory\r\n",
        "config-refused",
        "config",
        "Can't open user config file",
    ),
    ("ssh -o 'Port=1: 1: Syntax error: Unterminated quoted string\n", "command-unparsable", "config", "ssh -o"),
    ("ERROR: repository not found: /v1/repos/demo\n", "not-found", "repository", "ERROR: repository not found"),
    ("a line that nobody has seen before\n", "other", "other", ""),
];

#[test]
fn the_words_of_ssh_are_known() {
    for (said, word, layer, line) in OVER_SSH {
        let (judge, _) = run(SSH_URL, &format!("{said}{TAIL}"), false);
        let seen = (judge.failure.as_deref(), judge.layer.as_deref());
        assert_eq!(seen, (Some(*word), Some(*layer)), "{said}");
        assert!(judge.said.iter().any(|text| text.starts_with(line)) && judge.said.len() <= 5, "{:?}", judge.said);
        let shown = judge.source.excerpt.as_deref().unwrap_or_default();
        assert!(shown.starts_with(line), "{shown}");
    }
}

const OVER_HTTPS: &[Row] = &[
    (
        "fatal: unable to access 'https://h/': Unsupported proxy syntax in '127.0.0.1:99999'\n",
        "proxy-malformed",
        "tcp",
        "fatal:",
    ),
    ("fatal: unable to access 'https://h/': Could not resolve proxy: ..\n", "proxy-unreachable", "tcp", "fatal:"),
    ("fatal: protocol ' https' is not supported\n", "url-malformed", "config", "fatal: protocol"),
    ("fatal: transport 'htps' not allowed\n", "protocol-not-allowed", "config", "fatal: transport"),
    (
        "fatal: unable to access 'https://h/': error reading X.509 key or certificate file\n",
        "client-certificate",
        "handshake",
        "fatal:",
    ),
    // Of a git with OpenSSL, as users quote it.
    (
        "fatal: unable to access 'https://h/': could not load PEM client certificate from /c.pem, OpenSSL error \
         error:80000002:system library::No such file or directory, (no key found, wrong pass phrase, or wrong file format?)\n",
        "client-certificate",
        "handshake",
        "fatal:",
    ),
    (
        "cc-doctor: helper 1\n/bin/sh: 1: Syntax error: Unterminated quoted string\nfatal: could not read Username for \
         'https://h': terminal prompts disabled\n",
        "command-unparsable",
        "config",
        "/bin/sh: 1: Syntax error",
    ),
    (
        "cc-doctor: helper 1\nget: -c: line 1: syntax error near unexpected token `{'\nget: -c: line 1: `f( {'\nfatal: could \
         not read Username for 'https://h': terminal prompts disabled\n",
        "command-unparsable",
        "config",
        "get: -c: line 1: syntax error",
    ),
    (
        "fatal: unable to access 'https://h/': Could not resolve host: h\n",
        "name-not-found",
        "dns",
        "fatal: unable to access",
    ),
    (
        "10:00:00.000001 http.c:849 == Info: connect to 10.0.0.1 port 443 from 10.0.0.2 port 4 failed: Connection refused\n\
         fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': Failed to connect to \
         git-codecommit.us-east-1.amazonaws.com port 443 after 0 ms: Couldn't connect to server\n",
        "refused",
        "tcp",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/': Failed to connect to \
         git-codecommit.us-east-1.amazonaws.com port 443 via proxy.corp after 0 ms: Could not connect to server\n",
        "proxy-unreachable",
        "tcp",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': Failed to connect to proxy.corp port 3128 after 0 ms: Couldn't connect\n",
        "proxy-unreachable",
        "tcp",
        "fatal:",
    ),
    ("fatal: unable to access 'https://h/': CONNECT tunnel failed, response 407\n", "proxy-login", "tcp", "fatal:"),
    ("fatal: unable to access 'https://h/': CONNECT tunnel failed, response 403\n", "proxy-refuses", "tcp", "fatal:"),
    (
        "fatal: unable to access 'https://h/': server certificate verification failed. CAfile: none CRLfile: none\n",
        "tls-untrusted",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': SSL certificate problem: unable to get local issuer certificate\n",
        "tls-untrusted",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': SSL: no alternative certificate subject name matches target host name 'h'\n",
        "tls-wrong-name",
        "handshake",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': The requested URL returned error: 403\n",
        "forbidden",
        "authorization",
        "fatal:",
    ),
    (
        "fatal: unable to access 'https://h/': The requested URL returned error: 429\n",
        "throttled",
        "authorization",
        "fatal:",
    ),
    ("remote: x\nfatal: repository 'https://h/v1/repos/app-1407/' not found\n", "not-found", "repository", "fatal:"),
    ("fatal: Authentication failed for 'https://h/'\n", "unauthorized", "authentication", "fatal:"),
    (
        "cc-doctor: helper 1\naws: not found\n/bin/sh: 1: aws: not found\nfatal: could not read Username for 'https://h': \
         terminal prompts disabled\n",
        "helper-missing",
        "tools",
        "/bin/sh: 1: aws",
    ),
    (
        "cc-doctor: helper 1\n\nThe config profile (work) could not be found\nfatal: could not read Username for \
         'https://h': terminal prompts disabled\n",
        "profile-missing",
        "authentication",
        "The config profile (work)",
    ),
    (
        "cc-doctor: helper 1\n\nUnable to locate credentials. You can configure credentials by running \"aws configure\".\n\
         fatal: could not read Username for 'https://h': terminal prompts disabled\n",
        "credentials-missing",
        "authentication",
        "Unable to locate",
    ),
    (
        "cc-doctor: helper 1\n'path'\nfatal: could not read Username for 'https://h': terminal prompts disabled\n",
        "helper-failed",
        "authentication",
        "'path'",
    ),
    (
        "git: 'remote-codecommit' is not a git command. See 'git --help'.\n",
        "remote-helper-missing",
        "tools",
        "git: 'remote-codecommit'",
    ),
    ("fatal: transport 'codecommit' not allowed\n", "protocol-not-allowed", "config", "fatal: transport"),
    (
        "The following profile does not have an AWS Region: default.\n",
        "region-missing",
        "config",
        "The following profile",
    ),
    (
        "Traceback (most recent call last):\n  File \"/x.py\", line 3, in <module>\n    run()\n\
         botocore.exceptions.SSOTokenLoadError: Error loading SSO Token: Token for dev does not exist\n",
        "credentials-expired",
        "authentication",
        "botocore.exceptions",
    ),
];

#[test]
fn the_words_of_git_and_its_helpers_are_known() {
    for (said, word, layer, line) in OVER_HTTPS {
        let (judge, _) = run(HTTPS_URL, said, false);
        let seen = (judge.failure.as_deref(), judge.layer.as_deref());
        assert_eq!(seen, (Some(*word), Some(*layer)), "{said}");
        let shown = judge.source.excerpt.as_deref().unwrap_or_default();
        assert!(shown.starts_with(line), "{shown}");
    }
}

/// git-remote-codecommit 1.17 with botocore 1.43 and Python 3.11.
const OVER_GRC: &[Row] = &[
    (
        "botocore.exceptions.ConfigParseError: Unable to parse config file: /home/dev/.aws/config\n",
        "credentials-unusable",
        "authentication",
        "botocore.exceptions.ConfigParseError",
    ),
    (
        "botocore.exceptions.InvalidConfigError: The source_profile \"y\" referenced in the profile \"x\" does not exist.\n",
        "credentials-unusable",
        "authentication",
        "botocore.exceptions.InvalidConfigError",
    ),
    (
        "FileNotFoundError: [Errno 2] No such file or directory: '/nonexistent/process'\n",
        "credentials-unusable",
        "authentication",
        "FileNotFoundError",
    ),
    (
        "importlib.metadata.PackageNotFoundError: No package metadata was found for git-remote-codecommit\n",
        "python-fails",
        "tools",
        "importlib.metadata",
    ),
    (
        "pkg_resources.DistributionNotFound: The 'git-remote-codecommit==1.17' distribution was not found and is required \
         by the application\n",
        "python-fails",
        "tools",
        "pkg_resources",
    ),
    ("ModuleNotFoundError: No module named 'git_remote_codecommit'\n", "python-fails", "tools", "ModuleNotFoundError"),
    (
        "fatal: 'remote-codecommit' appears to be a git command, but we were not\nable to execute it. Maybe \
         git-remote-codecommit is broken?\n",
        "remote-helper-missing",
        "tools",
        "fatal: 'remote-codecommit'",
    ),
    ("/usr/bin/env: 'python2.5': No such file or directory\n", "program-missing", "tools", "/usr/bin/env"),
    (
        "/usr/local/bin/git-remote-codecommit: 2: exec: /nonexistent/python: not found\n",
        "program-missing",
        "tools",
        "/usr/local/bin/git-remote",
    ),
];

#[test]
fn the_words_of_git_remote_codecommit_are_known() {
    for (said, word, layer, line) in OVER_GRC {
        let said = format!(
            "Traceback (most recent call last):\n  File \"/x.py\", line 3, in <module>\n    run()\n{said}\
             fatal: remote helper 'codecommit' aborted session\n"
        );
        let (judge, _) = run("codecommit::us-east-1://demo", &said, false);
        let seen = (judge.failure.as_deref(), judge.layer.as_deref());
        assert_eq!(seen, (Some(*word), Some(*layer)), "{said}");
        assert!(judge.source.excerpt.as_deref().unwrap_or_default().starts_with(line), "{judge:?}");
    }
}
