use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::check::regions::RegionTable;
use crate::collect::oracle;
use crate::fact::Fact;
use crate::fact::aws::TargetAws;
use crate::system::Platform;
use crate::system::fake::FakeSystem;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE";

fn with<T>(system: &FakeSystem, profile: Option<&str>, test: impl FnOnce(&Context<'_>, &AwsState) -> T) -> T {
    let regions = RegionTable::embedded().unwrap();
    let context = Context { system, regions: &regions, region: None, profile, urls: &[], live: Default::default() };
    test(&context, &collect(&context))
}

fn machine(config: &str, credentials: &str) -> FakeSystem {
    let mut system = FakeSystem::new(Platform::Linux);
    if !config.is_empty() {
        system = system.file("/home/dev/.aws/config", config);
    }
    if !credentials.is_empty() {
        system = system.file("/home/dev/.aws/credentials", credentials).mode("/home/dev/.aws/credentials", 0o600);
    }
    system
}

fn facts(system: &FakeSystem) -> Aws {
    with(system, None, |_, state| state.fact.clone())
}

fn profile(system: &FakeSystem, name: &str) -> Profile {
    facts(system).profiles.into_iter().find(|profile| profile.name.0 == name).unwrap()
}

fn target(system: &FakeSystem, client: Client, explicit: Option<&str>) -> TargetAws {
    let explicit = explicit.map(|name| ("helper", name, Source::default()));
    with(system, None, |context, state| for_target(context, state, client, explicit))
}

fn keys(section: &str, id: &str) -> String {
    format!("[{section}]\naws_access_key_id = {id}\naws_secret_access_key = {SECRET}\n")
}

const ID: &str = "AKIAIOSFODNN7EXAMPLE";
const TEMPORARY: &str = "ASIAIOSFODNN7EXAMPLE";

#[test]
fn both_files_are_merged_and_located() {
    let system = machine(
        "[default]\nregion = us-east-1\n\n[profile work]\nregion = eu-west-1\noutput = json\n",
        &format!("{}aws_session_token = IQoJtoken\n", keys("work", TEMPORARY)),
    );
    let aws = facts(&system);
    assert_eq!(aws.profile_names.0, "default, work");
    assert!(!aws.credentials.from_environment && aws.credentials.readable_by_others == Some(false));
    assert_eq!(aws.credentials.mode.as_deref(), Some("0600"));
    let work = profile(&system, "work");
    assert!(work.in_config && work.in_credentials && work.has_session_token && work.has_secret && !work.partial);
    assert_eq!((work.kind.0.as_str(), work.key_id_kind.as_deref()), ("static", Some("temporary")));
    assert_eq!((work.secret_length, work.secret_malformed), (Some(40), false));
    assert_eq!(work.region_source.unwrap().line, Some(5));
    assert_eq!(work.source.path.unwrap().0, "/home/dev/.aws/credentials");
    assert_eq!(work.kind_source.line, Some(2));
    assert_eq!(work.session_token_source.unwrap().excerpt.unwrap().0, "aws_session_token = ••••");
}

#[test]
fn no_secret_reaches_the_facts() {
    let system = machine(
        &format!("[profile p]\ncredential_process = /bin/x --password hunter2hunter2\n[x]\n{SECRET}\n"),
        &format!(
            "[default]\naws_access_key_id = {SECRET}\naws_secret_access_key = {SECRET}\naws_session_token = tokentoken\n"
        ),
    );
    let wrapped = machine("", "[default]\naws_session_token = abc\nIQoJb3JpZ2lu+x==\n");
    for (system, secrets) in [(&system, [SECRET, "hunter2", "tokentoken"]), (&wrapped, ["IQoJ", "b3Jp", "x=="])] {
        let (facts, target) = with(system, None, |context, state| {
            (state.fact.clone(), for_target(context, state, Client::AwsCli1, None))
        });
        let text = serde_json::to_string(&(facts, target)).unwrap();
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}

#[test]
fn a_refused_file_hides_all_profiles() {
    let system = machine("[default]\nregion = us-east-1\n", &format!("\u{feff}{}", keys("default", ID)));
    let aws = facts(&system);
    assert_eq!(aws.credentials.encoding.as_deref(), Some("utf-8-bom"));
    assert_eq!(aws.credentials.error.as_ref().map(|e| (e.kind.0.as_str(), e.source.line)), Some(("bom", Some(1))));
    assert!(aws.profiles.is_empty());
    let target = target(&system, Client::AwsCli1, None);
    for unavailable in [
        matches!(target.profile_exists, Fact::Unavailable(_)),
        matches!(target.details, Fact::Unavailable(_)),
        matches!(target.credentials_from, Fact::Unavailable(_)),
    ] {
        assert!(unavailable);
    }
}

#[test]
fn odd_files_are_described() {
    let system = FakeSystem::new(Platform::Linux)
        .dir("/home/dev/.aws/config")
        .fifo("/home/dev/.aws/credentials")
        .env_var("AWS_CONFIG_FILE", "$HOME/.aws/config");
    let aws = facts(&system);
    assert!(aws.config.from_environment && aws.config.problem.is_some() && aws.config.readable == Some(false));
    assert_eq!(aws.config.path.0, "/home/dev/.aws/config");
    assert!(aws.credentials.problem.is_some());
    assert_eq!(target(&system, Client::AwsCli1, None).credentials_from, Fact::Known("none".into()));
    let large = FakeSystem::new(Platform::Linux).file("/home/dev/.aws/config", vec![b'#'; 5 * 1024 * 1024]);
    assert!(matches!(target(&large, Client::AwsCli1, None).credentials_from, Fact::Unavailable(_)));
    let unreadable = machine("", &keys("default", ID)).mode("/home/dev/.aws/credentials", 0o000);
    assert_eq!(facts(&unreadable).credentials.readable, Some(false));
    assert_eq!(target(&unreadable, Client::AwsCli1, None).credentials_from, Fact::Known("none".into()));
    let missing = FakeSystem::new(Platform::Linux).env_var("AWS_SHARED_CREDENTIALS_FILE", "~/gone");
    let aws = facts(&missing);
    assert_eq!((aws.credentials.exists, aws.credentials.path.0.as_str()), (Fact::Known(false), "/home/dev/gone"));
    let utf16: Vec<u8> = "[default]\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let system = FakeSystem::new(Platform::Linux).file("/home/dev/.aws/config", [&[0xff, 0xfe][..], &utf16].concat());
    let config = facts(&system).config;
    assert_eq!((config.encoding.as_deref(), config.error.unwrap().kind.0.as_str()), (Some("utf-16"), "not-utf-8"));
}

#[test]
fn headings_that_are_no_profiles() {
    let config = "[work]\nregion = a\n[profile my work]\nregion = a\n[Profile dev]\nregion = a\n[profile ok]\n[ok]\nregion = a\n\
                  [plugins]\nregion = a\n[saml]\nidp = x\n[ default ]\nregion = a\n[profile \"q]\nregion = a\n[sso-session s]\nsso_region = a\n";
    let credentials = "[profile work]\naws_access_key_id = x\n[good]\naws_access_key_id = x\n";
    let found = facts(&machine(config, credentials)).misnamed_sections;
    let found: Vec<_> = found
        .iter()
        .map(|m| (m.heading.0.as_str(), m.meant.0.as_str(), m.corrected.0.as_str(), m.source.line))
        .collect();
    assert_eq!(
        found,
        [
            ("work", "work", "profile work", Some(1)),
            ("profile my work", "my work", "profile \"my work\"", Some(3)),
            ("Profile dev", "dev", "profile dev", Some(5)),
            (" default ", "default", "default", Some(14)),
            ("profile \"q", "q", "profile q", Some(16)),
            ("profile work", "work", "work", Some(1)),
        ]
    );
}

#[test]
fn role_chains_are_followed() {
    let config = "[profile a]\nrole_arn = arn:aws-cn:iam::123456789012:role/x\nsource_profile = b\n\
                  [profile b]\nrole_arn = r\nsource_profile = a\n\
                  [profile self]\nrole_arn = r\nsource_profile = self\n\
                  [profile gone]\nrole_arn = r\nsource_profile = nobody\n\
                  [profile good]\nrole_arn = r\nsource_profile = default\n\
                  [profile ec2]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata\n";
    let system = machine(config, &format!("{}{}", keys("default", ID), keys("selfkeys", ID)));
    let a = profile(&system, "a");
    assert!(a.source_profile_loops && a.source_profile_exists == Some(true));
    assert_eq!(a.role_account.as_deref(), Some("123456789012"));
    assert!(profile(&system, "self").source_profile_loops);
    assert_eq!(profile(&system, "gone").source_profile_exists, Some(false));
    assert!(!profile(&system, "good").source_profile_loops);
    assert_eq!(profile(&system, "ec2").kind.0, "instance");
    assert_eq!(target(&system, Client::AwsCli1, Some("a")).partition.as_deref(), Some("aws-cn"));
}

#[test]
fn sso_tokens_are_found_in_the_cache() {
    let config = "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\n\
                  [sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n\
                  [profile half]\nsso_session = corp\nsso_account_id = 1\n[profile orphan]\nsso_session = none\nsso_account_id = 1\nsso_role_name = x\n\
                  [profile old]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\nsso_account_id = 1\nsso_role_name = dev\n";
    let token = r#"{"accessToken": "secret", "expiresAt": "2026-01-01T00:00:00UTC", "refreshToken": "r", "clientId": "c",
                   "clientSecret": "s", "registrationExpiresAt": "2030-01-01T00:00:00Z"}"#;
    let system = machine(config, "");
    let corp = format!("/home/dev/.aws/sso/cache/{}.json", sha1_hex("corp"));
    let url = format!("/home/dev/.aws/sso/cache/{}.json", sha1_hex("https://x.awsapps.com/start"));
    let s = profile(&system, "s");
    assert_eq!((s.kind.0.as_str(), s.token_cached, s.sso_missing), ("sso", Some(false), None));
    let system = system.file(&corp, token).file(&url, token);
    let s = profile(&system, "s");
    assert_eq!((s.token_cached, s.token_expires_at, s.token_refreshable), (Some(true), Some(1_767_225_600), true));
    let old = profile(&system, "old");
    assert_eq!((old.token_cached, old.token_refreshable), (Some(true), false));
    assert_eq!(profile(&system, "half").sso_missing.as_deref(), Some("sso_role_name"));
    let orphan = profile(&system, "orphan");
    assert_eq!(orphan.sso_session_exists, Some(false));
    assert_eq!(orphan.sso_missing.as_deref(), Some("sso_start_url, sso_region"));
}

fn sha1_hex(text: &str) -> String {
    use sha1::Digest as _;
    data_encoding::HEXLOWER.encode(&sha1::Sha1::digest(text))
}

#[test]
fn cached_roles_count_only_while_they_hold() {
    let config = "[profile r]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = default\n";
    // hashlib.sha1(json.dumps({"RoleArn": "arn:aws:iam::1:role/x"}, sort_keys=True)).hexdigest()
    let path = format!("/home/dev/.aws/cli/cache/{}.json", sha1_hex("{\"RoleArn\": \"arn:aws:iam::1:role/x\"}"));
    let cache = r#"{"Credentials": {"Expiration": "2027-01-16T00:00:00Z", "SecretAccessKey": "x"}}"#;
    let system = machine(config, "").file(&path, cache);
    assert_eq!(profile(&system.clone().at(1_800_000_000), "r").expires_at, Some(1_800_057_600));
    assert_eq!(profile(&system.at(1_900_000_000), "r").expires_at, None);
}

#[test]
fn programs_and_files_are_looked_for() {
    let config = "[profile a]\ncredential_process = /opt/get keys\n[profile b]\ncredential_process = \"/opt/my get\" x\n\
                  [profile c]\ncredential_process = vault exec\n[profile d]\ncredential_process = ~/get\nweb_identity_token_file = /gone\nca_bundle = /etc/ca\n";
    let system =
        machine(config, "").program("/opt/my get").program("/usr/bin/vault").file("/opt/get", "").file("/etc/ca", "");
    let found = |name: &str| {
        let profile = profile(&system, name);
        (profile.process_program.unwrap().0, profile.process_program_found.unwrap())
    };
    assert_eq!(found("a"), ("/opt/get".into(), false));
    assert_eq!(found("b"), ("/opt/my get".into(), true));
    assert_eq!(found("c"), ("vault".into(), true));
    assert_eq!(found("d"), ("~/get".into(), false));
    let d = profile(&system, "d");
    assert_eq!((d.web_identity_file_exists, d.ca_bundle_exists), (Some(false), Some(true)));
}

#[test]
fn secrets_that_were_damaged_are_noticed() {
    for (id, secret, kind, malformed) in [
        (ID, SECRET, "long-term", false),
        (&ID.to_lowercase(), SECRET, "malformed", false),
        ("\"AKIAIOSFODNN7EXAMPLE\"", SECRET, "malformed", true),
        ("AKIAIOSFODNN7 EXAMPLE", SECRET, "malformed", true),
        (ID, "\"quoted\"", "long-term", true),
    ] {
        let system = machine("", &format!("[default]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n"));
        let profile = profile(&system, "default");
        assert_eq!((profile.key_id_kind.as_deref(), profile.secret_malformed), (Some(kind), malformed), "{id}");
    }
}

#[test]
fn clients_choose_profile_and_region_by_their_own_variables() {
    let system = machine("[default]\nregion = r0\n[profile a]\nregion = r1\n[profile b]\n", "")
        .env_var("AWS_PROFILE", "a")
        .env_var("AWS_DEFAULT_PROFILE", "b")
        .env_var("AWS_REGION", "r2");
    let v1 = target(&system, Client::AwsCli1, None);
    assert_eq!((v1.profile.value.as_deref(), v1.profile.origin.0.as_str()), (Some("b"), "AWS_DEFAULT_PROFILE"));
    assert_eq!((v1.region.value, v1.region_lost.len()), (None, 1));
    let v2 = target(&system, Client::AwsCli2, None);
    assert_eq!((v2.profile.value.as_deref(), v2.profile.lost.len()), (Some("a"), 1));
    assert_eq!((v2.region.value.as_deref(), v2.region.origin.0.as_str()), (Some("r2"), "environment"));
    assert_eq!(v2.region_lost[0].value.0, "r1");
    let named = target(&system, Client::Botocore, Some("default"));
    assert_eq!((named.profile.origin.0.as_str(), named.region.value.as_deref()), ("helper", Some("r0")));
    assert!(named.profile_explicit && named.profile.lost.len() == 2);
    let option = with(&machine("", ""), Some("mine"), |c, state| for_target(c, state, Client::AwsCli2, None));
    assert_eq!((option.profile.value.as_deref(), option.profile.origin.0.as_str()), (Some("mine"), "option"));
}

#[test]
fn a_missing_profile_has_a_nearest_one() {
    let system = machine("[profile codecommit]\n[profile work]\n", "");
    for (wanted, near) in [
        ("codecomit", Some("codecommit")),
        ("Work", Some("work")),
        ("my work", Some("work")),
        ("nothing-like-it", None),
    ] {
        let target = target(&system, Client::AwsCli1, Some(wanted));
        assert_eq!((target.profile_exists, target.nearest_profile.as_deref()), (Fact::Known(false), near));
        assert_eq!(target.details, Fact::Absent);
    }
}

#[test]
fn environment_keys_shadow_other_credentials_only() {
    let env =
        |system: FakeSystem, id: &str| system.env_var("AWS_ACCESS_KEY_ID", id).env_var("AWS_SECRET_ACCESS_KEY", "x");
    let system = env(machine("", &keys("default", ID)), TEMPORARY);
    let shadowed = target(&system, Client::AwsCli1, None);
    assert!(shadowed.environment_shadows_profile && !shadowed.has_session_token);
    assert_eq!(shadowed.key_id_kind.as_deref(), Some("temporary"));
    assert!(!target(&system, Client::AwsCli1, Some("default")).environment_shadows_profile);
    assert!(!target(&env(machine("", &keys("default", ID)), ID), Client::AwsCli1, None).environment_shadows_profile);
    assert!(!target(&env(machine("[default]\nregion=x\n", ""), ID), Client::AwsCli1, None).environment_shadows_profile);
    let partial = machine("", &keys("default", ID)).env_var("AWS_ACCESS_KEY_ID", TEMPORARY);
    assert_eq!(facts(&partial).environment_keys.0, "partial");
    assert!(!target(&partial, Client::AwsCli1, None).environment_shadows_profile);
}

#[test]
fn an_instance_is_known_by_its_firmware() {
    let ec2 = machine("", "").file("/sys/class/dmi/id/sys_vendor", "Amazon EC2\n");
    assert_eq!(target(&ec2, Client::AwsCli1, None).credentials_from, Fact::Known("instance".into()));
    let disabled = ec2.env_var("AWS_EC2_METADATA_DISABLED", "true");
    assert_eq!(target(&disabled, Client::AwsCli1, None).credentials_from, Fact::Known("none".into()));
}

/// Configuration, credentials, environment, explicit profile.
type Scene = (&'static str, &'static str, &'static [(&'static str, &'static str)], Option<&'static str>);

const KEYS: &str = "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n[p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
const ENV: &[(&str, &str)] = &[("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "x")];

const SCENES: &[Scene] = &[
    ("", "", &[], None),
    ("", KEYS, &[], None),
    ("", KEYS, &[], Some("p")),
    ("", KEYS, ENV, None),
    ("", KEYS, ENV, Some("p")),
    ("", "", ENV, None),
    ("", KEYS, &[("AWS_SECRET_ACCESS_KEY", "x")], None),
    ("[profile p]\nregion = x\n", KEYS, &[("AWS_PROFILE", "p")], None),
    ("[profile r]\nregion = x\n", "", &[("AWS_PROFILE", "r")], None),
    ("[profile r]\nregion = x\n", KEYS, &[("AWS_DEFAULT_PROFILE", "r"), ("AWS_PROFILE", "p")], None),
    ("[profile r]\nrole_arn = a\nsource_profile = default\n", KEYS, &[], Some("r")),
    ("[profile p]\nrole_arn = a\nsource_profile = default\n", KEYS, &[], Some("p")),
    ("[profile p]\nrole_arn = a\nsource_profile = default\n", KEYS, ENV, Some("p")),
    ("[profile p]\nrole_arn = a\nweb_identity_token_file = /x\n", KEYS, &[], Some("p")),
    ("", KEYS, &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_ROLE_ARN", "a")], None),
    ("", KEYS, &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_ROLE_ARN", "a")], Some("p")),
    (
        "[default]\nrole_arn = a\nsource_profile = p\n",
        KEYS,
        &[("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_ROLE_ARN", "a")],
        None,
    ),
    ("[profile s]\nsso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = x\n", KEYS, &[], Some("s")),
    ("[profile p]\nsso_account_id = 1\nsso_role_name = r\nsso_start_url = u\nsso_region = x\n", KEYS, &[], Some("p")),
    ("[profile p]\nsso_start_url = u\nsso_region = x\n", KEYS, &[], Some("p")),
    ("[profile s]\nsso_start_url = u\nsso_region = x\n", KEYS, &[], Some("s")),
    ("[profile p]\ncredential_process = /bin/false\n", KEYS, &[], Some("p")),
    ("[profile c]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = y\n", KEYS, &[], Some("c")),
    ("[profile c]\naws_secret_access_key = y\n", KEYS, &[], Some("c")),
    ("[p]\nregion = x\n", "", &[("AWS_PROFILE", "p")], None),
    (
        "[profile default]\nregion = x\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = y\n",
        "",
        &[],
        None,
    ),
    (
        "[DEFAULT]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = y\n[profile p]\n",
        "",
        &[],
        Some("p"),
    ),
    ("", "", &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x")], None),
    ("", KEYS, &[("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/x")], None),
    ("", "[profile p]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = y\n", &[], Some("profile p")),
    ("", KEYS, &[("AWS_PROFILE", "missing"), ("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "y")], None),
];

const ORACLE: &str = r#"
import json, os, shutil, sys, tempfile
import botocore.session
from botocore.exceptions import BotoCoreError, ProfileNotFound
names = {'env': 'environment', 'shared-credentials-file': 'static', 'config-file': 'static', 'assume-role': 'role',
         'assume-role-with-web-identity': 'web-identity', 'custom-process': 'process', 'container-role': 'container'}
out = []
for config, credentials, env, profile in json.load(sys.stdin):
    home = tempfile.mkdtemp()
    os.mkdir(home + '/.aws')
    os.environ.clear()
    os.environ.update({'HOME': home, 'AWS_EC2_METADATA_DISABLED': 'true', **dict(env)})
    for name, text in (('config', config), ('credentials', credentials)):
        if text:
            with open(home + '/.aws/' + name, 'w') as file:
                file.write(text)
    session = botocore.session.Session(profile=profile)
    found = 'none'
    try:
        session.get_scoped_config()
        for provider in session.get_component('credential_provider').providers:
            # Asking these runs a program or opens a connection: that they would be asked is enough.
            if provider.METHOD == 'custom-process':
                loaded = provider._credential_process
            elif provider.METHOD == 'container-role':
                loaded = provider.ENV_VAR_FULL in os.environ
            else:
                loaded = provider.load()
            if loaded:
                found = names.get(provider.METHOD, provider.METHOD)
                break
    except ProfileNotFound:
        pass
    out.append(found)
    shutil.rmtree(home)
print(json.dumps(out))
"#;

#[test]
fn credentials_come_from_where_botocore_takes_them() {
    let input = json!(SCENES);
    let Some(theirs) = oracle::ask::<Vec<String>>("botocore", ORACLE, &input) else { return };
    assert_eq!(theirs.len(), SCENES.len());
    for ((config, credentials, env, explicit), wanted) in SCENES.iter().zip(theirs) {
        let mut system = machine(config, credentials).env_var("AWS_EC2_METADATA_DISABLED", "true");
        for (name, value) in *env {
            system = system.env_var(name, value);
        }
        let found = target(&system, Client::Botocore, *explicit).credentials_from;
        assert_eq!(found, Fact::Known(wanted.as_str().into()), "{config}{credentials}{env:?}{explicit:?}");
    }
}

#[test]
fn many_profiles_take_linear_time() {
    let config: String =
        (0..3_000).map(|n| format!("[profile p{n}]\nrole_arn = r\nsource_profile = p{}\n", n + 1)).collect();
    let started = std::time::Instant::now();
    assert_eq!(facts(&machine(&config, "")).profile_count, 3_000);
    // Quadratic work would take minutes, a loaded machine does not.
    assert!(started.elapsed().as_secs() < 90, "{:?}", started.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn hostile_files_do_no_harm(config in any::<Vec<u8>>(), credentials in "(?s)[\\[\\]a-z_= \\n\"]{0,200}", name in ".{0,20}") {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.aws/config", config)
            .file("/home/dev/.aws/credentials", credentials)
            .env_var("AWS_PROFILE", &name);
        target(&system, Client::AwsCli2, None);
    }
}
