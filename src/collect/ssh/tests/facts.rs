//! The facts on machines in memory.

use super::super::{codecommit_hosts, collect, for_target};
use super::{context, no_ssh, openssh, regions};
use crate::fact::Fact;
use crate::fact::git::SshCommand;
use crate::fact::ssh::{KeyFile, Ssh, TargetSsh};
use crate::system::{AgentKey, Platform, RunError, fake::FakeSystem, keys};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
const KEY_ID: &str = "APKAEIBAERJR2EXAMPLE";
const CONFIG: &str = "/home/dev/.ssh/config";
const RSA: &[u8] = include_bytes!("../../../../tests/data/keys/rsa");
const RSA_PUB: &[u8] = include_bytes!("../../../../tests/data/keys/rsa.pub");
const ED25519: &[u8] = include_bytes!("../../../../tests/data/keys/ed25519");
const ED25519_PUB: &[u8] = include_bytes!("../../../../tests/data/keys/ed25519.pub");
const ENCRYPTED: &[u8] = include_bytes!("../../../../tests/data/keys/rsa_encrypted_pem");
const ENCRYPTED_PUB: &[u8] = include_bytes!("../../../../tests/data/keys/rsa_encrypted_pem.pub");

fn linux(config: &str) -> FakeSystem {
    FakeSystem::new(Platform::Linux)
        .file(CONFIG, config)
        .file("/home/dev/.ssh/codecommit_rsa", RSA)
        .mode("/home/dev/.ssh/codecommit_rsa", 0o600)
        .file("/home/dev/.ssh/codecommit_rsa.pub", RSA_PUB)
}

fn block() -> String {
    format!("Host git-codecommit.*.amazonaws.com\n  User {KEY_ID}\n  IdentityFile ~/.ssh/codecommit_rsa\n")
}

/// What ssh 9.2 prints for [`block`], cut down.
fn told() -> String {
    format!(
        "user {KEY_ID}\nhostname {HOST}\nport 22\nidentitiesonly no\npubkeyauthentication true\n\
         stricthostkeychecking ask\nidentityfile ~/.ssh/codecommit_rsa\n\
         globalknownhostsfile /etc/ssh/ssh_known_hosts /etc/ssh/ssh_known_hosts2\n\
         userknownhostsfile /home/dev/.ssh/known_hosts /home/dev/.ssh/known_hosts2\n"
    )
}

fn reads(path: &str) -> String {
    format!("OpenSSH_9.2p1 Debian\ndebug1: Reading configuration data {path}\n")
}

fn target(system: &FakeSystem, command: &SshCommand, host: &str, user: Option<&str>) -> (Ssh, TargetSsh) {
    let regions = regions();
    let context = context(system, &regions);
    let state = collect(&context, command);
    let facts = for_target(&context, &state, host, user, None);
    (state.fact, facts)
}

#[test]
fn a_documented_setup_is_told_by_ssh_with_our_lines() {
    let system = linux(&block()).answers("/usr/bin/ssh", &["-v", "-G"], 0, &told(), &reads(CONFIG));
    let (machine, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, None);
    assert_eq!((&*facts.told_by, &facts.uncertain), ("ssh -G", &None));
    assert_eq!(
        (facts.user.value.as_deref(), &*facts.user.origin, &*facts.user_kind),
        (Some(KEY_ID), "config", "key-id")
    );
    let source = facts.user.source.clone().unwrap();
    assert_eq!((source.line, source.column, source.end_column), (Some(2), Some(8), Some(28)));
    assert!(facts.hostname_is_endpoint && facts.host_block_found && facts.identity_configured);
    assert_eq!((facts.usable_identities, facts.agent_keys_offered), (Fact::Known(1), Fact::Known(0)));
    let identity = &facts.identities[0];
    assert_eq!((&*identity.path, identity.source.line), ("/home/dev/.ssh/codecommit_rsa", Some(3)));
    assert_eq!(facts.pubkey_authentication.value.as_deref(), Some("yes"));
    assert_eq!((facts.matching_blocks.len(), facts.near_blocks.len(), facts.shadowed.len()), (1, 0, 0));
    assert_eq!((&*machine.directory, &*machine.config_path), ("/home/dev/.ssh", CONFIG));
    assert_eq!(machine.config_files.iter().map(|f| f.exists).collect::<Vec<_>>(), [true, false]);
    assert!(machine.config_errors.is_empty() && machine.config_like_files.is_empty());
    assert_eq!((machine.agent, machine.other_directory), (Fact::Absent, None));
    assert_eq!(machine.keys.len(), 2);
}

#[test]
fn where_the_readings_differ_ssh_is_right_and_the_line_is_dropped() {
    let other = told().replace(KEY_ID, "somebody");
    let system = linux(&block()).answers("/usr/bin/ssh", &["-v", "-G"], 0, &other, &reads(CONFIG));
    let (_, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, None);
    assert_eq!((facts.user.value.as_deref(), facts.user.source), (Some("somebody"), None));
    assert_eq!(facts.user.lost.len(), 1);
}

#[test]
fn the_user_of_the_url_wins() {
    let system = linux(&block()).answers("/usr/bin/ssh", &["-v", "-G"], 0, &told(), &reads(CONFIG));
    let (_, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, Some("git"));
    assert_eq!((facts.user.value.as_deref(), &*facts.user.origin, &*facts.user_kind), (Some("git"), "url", "git"));
    assert_eq!((&*facts.user.lost[0].value, facts.user.lost[0].source.line), (KEY_ID, Some(2)));
}

#[test]
fn without_a_user_ssh_sends_the_name_of_the_account() {
    let (_, facts) = target(&linux("Host other\n  User x\n"), &no_ssh(), HOST, None);
    assert_eq!((facts.user.value.as_deref(), &*facts.user_kind), (Some("dev"), "os-login"));
    assert_eq!((&*facts.told_by, facts.host_block_found), ("own reader", false));
    let defaults = facts.identities.iter().map(|identity| identity.is_default).collect::<Vec<_>>();
    assert_eq!((defaults, facts.usable_identities), (vec![true; 7], Fact::Known(0)));
}

#[test]
fn commands_of_the_configuration_are_never_run() {
    for line in ["Match exec \"touch /x\"", "CanonicalizeHostname yes"] {
        let config = format!("{line}\n  Port 22\n{}", block());
        let system = linux(&config).answers("/usr/bin/ssh", &[], 0, "user wrong\n", "");
        let (_, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, None);
        assert_eq!(&*facts.told_by, "own reader", "{line}");
        assert!(facts.uncertain.is_some(), "{line}");
        assert_eq!(facts.user.value.as_deref(), Some(KEY_ID), "{line}");
    }
    // A command that is not reached leaves nothing in doubt.
    let config = format!("Match host other exec \"true\"\n  Port 1\n{}", block());
    assert_eq!(target(&linux(&config), &openssh("/usr/bin/ssh"), HOST, None).1.uncertain, None);
}

#[test]
fn ssh_that_hangs_or_is_another_program_is_done_without() {
    let hanging = linux(&block()).fails("/usr/bin/ssh", RunError::TimedOut(std::time::Duration::from_secs(5)));
    let (_, facts) = target(&hanging, &openssh("/usr/bin/ssh"), HOST, None);
    assert_eq!((&*facts.told_by, facts.uncertain.is_some()), ("own reader", true));
    let plink = SshCommand { flavour: "plink".into(), ..openssh("/usr/bin/plink") };
    let system = linux("Foo bar\n").answers("/usr/bin/plink", &[], 0, "user wrong\n", "");
    let (machine, facts) = target(&system, &plink, HOST, None);
    assert_eq!((&*facts.told_by, &facts.uncertain), ("own reader", &None));
    assert!(machine.config_errors.is_empty());
}

#[test]
fn the_complaints_of_ssh_become_errors() {
    let stderr = format!(
        "{}{CONFIG}: line 2: Bad configuration option: usekeychain\n{CONFIG}: terminating, 1 bad configuration options\n",
        reads(CONFIG)
    );
    let config = format!("# mac\nUseKeychain yes\n{}", block());
    let system = linux(&config).answers("/usr/bin/ssh", &["-v", "-G"], 255, "", &stderr);
    let (machine, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, None);
    let error = &machine.config_errors[0];
    assert_eq!(
        (&*error.kind, error.keyword.as_deref(), error.source.line),
        ("unknown-option", Some("usekeychain"), Some(2))
    );
    assert_eq!((machine.config_errors.len(), error.source.excerpt.as_deref()), (1, Some("UseKeychain yes")));
    assert!(facts.uncertain.unwrap().contains("usekeychain"));
    assert_eq!(facts.user.value.as_deref(), Some(KEY_ID));
}

#[test]
fn bad_permissions_are_errors_only_where_ssh_looks_at_them() {
    let system = linux(&block()).mode(CONFIG, 0o664);
    let (machine, _) = target(&system, &no_ssh(), HOST, None);
    assert_eq!(&*machine.config_errors[0].kind, "bad-permissions");
    let file = &machine.config_files[0];
    assert_eq!((file.mode.as_deref(), file.owner_ok, file.writable_by_others), (Some("0664"), Some(true), Some(true)));
    let with_f = SshCommand { arguments: vec!["-F".into(), CONFIG.into()], ..no_ssh() };
    assert!(target(&system, &with_f, HOST, None).0.config_errors.is_empty());
}

#[test]
fn a_wrapper_around_ssh_moves_the_configuration() {
    let system = FakeSystem::new(Platform::Linux)
        .env_var("HOME", "/srv/home")
        .file("/srv/home/.ssh/config.TXT", block())
        .file("/usr/local/bin/ssh", "#!/bin/sh\nexec /usr/bin/ssh -F \"$HOME/.ssh/config\" \"$@\"\n")
        .answers(
            "/usr/local/bin/ssh",
            &["-v", "-G"],
            255,
            "",
            "OpenSSH_9.2\nCan't open user config file /srv/home/.ssh/config: No such file or directory\n",
        );
    let (machine, _) = target(&system, &openssh("/usr/local/bin/ssh"), HOST, None);
    assert_eq!(&*machine.config_path, "/srv/home/.ssh/config");
    assert!(machine.config_errors.is_empty() && !machine.config_files[0].exists);
    let file = &machine.config_like_files[0];
    assert_eq!((&*file.name, &*file.wanted_path), ("config.TXT", "/srv/home/.ssh/config"));
    assert!(file.names_codecommit && file.has_key_id && !file.wanted_exists && !file.included);
    assert_eq!(machine.other_directory, None);
}

#[test]
fn a_binary_that_reads_elsewhere_is_followed() {
    let system = linux("User wrong\n").file("/opt/team/ssh/config", block()).answers(
        "/usr/bin/ssh",
        &["-v", "-G"],
        0,
        &told(),
        &reads("/opt/team/ssh/config"),
    );
    let (machine, facts) = target(&system, &openssh("/usr/bin/ssh"), HOST, None);
    assert_eq!(&*machine.config_path, "/opt/team/ssh/config");
    assert_eq!(facts.user.source.unwrap().path.as_deref(), Some("/opt/team/ssh/config"));
}

#[test]
fn an_earlier_line_shadows_but_identities_add_up() {
    let config =
        format!("Host *\n  User bob\n  IdentityFile ~/.ssh/id_ed25519\n  IdentitiesOnly yes\n{}  Port 22\n", block());
    let (_, facts) = target(&linux(&config), &no_ssh(), HOST, None);
    assert_eq!(facts.shadowed.len(), 1);
    let shadowed = &facts.shadowed[0];
    assert_eq!((&*shadowed.keyword, &*shadowed.value, &*shadowed.winner), ("User", KEY_ID, "bob"));
    assert_eq!((shadowed.source.line, shadowed.winner_source.line), (Some(6), Some(2)));
    assert!(!shadowed.winner_names_codecommit);
    assert_eq!(facts.identities.len(), 2);
    let twice = format!("Host {HOST}\n  User APKAEIBAERJR2OLDKEY1\n\n{}", block());
    let (_, facts) = target(&linux(&twice), &no_ssh(), HOST, None);
    assert_eq!((facts.shadowed.len(), facts.shadowed[0].winner_names_codecommit), (1, true));
}

#[test]
fn blocks_that_miss_the_host_are_near() {
    let swallowed = format!("Host github.com\n  User git\n\n{}", block().replacen("Host", "# Host", 1));
    let (machine, facts) = target(&linux(&swallowed), &no_ssh(), HOST, None);
    let kinds: Vec<_> = facts.near_blocks.iter().map(|block| (&*block.kind, block.source.line)).collect();
    assert_eq!(kinds, [("host", Some(1)), ("commented-host", Some(4))]);
    assert_eq!(facts.near_blocks[1].user.as_deref(), Some(KEY_ID));
    assert!(!facts.host_block_found);
    // The settings below the comment belong to the block before; its own User line comes first.
    let (holder, user) = (&machine.blocks[0], machine.blocks[0].user.as_deref());
    assert_eq!((holder.holds_codecommit_settings, holder.user_is_key_id, user), (true, false, Some("git")));
    let comma =
        block().replace("git-codecommit.*.amazonaws.com", &format!("{HOST},git-codecommit.eu-west-1.amazonaws.com"));
    let (_, facts) = target(&linux(&comma), &no_ssh(), HOST, None);
    assert!(facts.near_blocks[0].has_comma && facts.near_blocks[0].user_is_key_id);
    let (_, facts) = target(&linux(&block()), &no_ssh(), "git-codecommit.cn-north-1.amazonaws.com.cn", None);
    assert_eq!((facts.near_blocks.len(), facts.matching_blocks.len()), (1, 0));
    let prose = format!("# Host names for codecommit follow\n{}", block());
    assert!(target(&linux(&prose), &no_ssh(), HOST, None).1.near_blocks.is_empty());
}

#[test]
fn an_unquoted_path_is_an_error_and_still_the_path_that_was_meant() {
    let config = block().replace("~/.ssh/codecommit_rsa", "~/.ssh/aws keys/k");
    let system = linux(&config).file("/home/dev/.ssh/aws keys/k", RSA).mode("/home/dev/.ssh/aws keys/k", 0o600);
    let (machine, facts) = target(&system, &no_ssh(), HOST, None);
    assert_eq!(machine.config_errors[0].unquoted.as_deref(), Some("~/.ssh/aws keys/k"));
    assert!(machine.config_errors[0].unquoted_path);
    assert_eq!((&*facts.identities[0].path, facts.usable_identities), ("/home/dev/.ssh/aws keys/k", Fact::Known(1)));
}

#[test]
fn included_files_are_listed_and_their_lines_are_sources() {
    let system = FakeSystem::new(Platform::Linux)
        .file(CONFIG, "Include config.d/*.conf missing\n")
        .file("/home/dev/.ssh/config.d/aws.conf", block());
    let (machine, facts) = target(&system, &no_ssh(), HOST, None);
    let paths: Vec<_> = machine.config_files.iter().map(|file| (&*file.path, file.exists)).collect();
    let wanted = [
        (CONFIG, true),
        ("/home/dev/.ssh/config.d/aws.conf", true),
        ("/home/dev/.ssh/missing", false),
        ("/etc/ssh/ssh_config", false),
    ];
    assert_eq!(paths, wanted);
    assert_eq!(machine.config_files[1].included_by.as_ref().unwrap().line, Some(1));
    assert_eq!(facts.user.source.unwrap().path.as_deref(), Some("/home/dev/.ssh/config.d/aws.conf"));
}

#[test]
fn the_two_homes_are_kept_apart() {
    let system = linux(&block())
        .env_var("HOME", "/srv/home")
        .file("/srv/home/.ssh/config", block())
        .file("/srv/home/.ssh/id_rsa", RSA)
        .file("/srv/home/.ssh/known_hosts", "");
    let (machine, _) = target(&system, &no_ssh(), HOST, None);
    assert_eq!((&*machine.directory, machine.other_directory.as_deref()), ("/home/dev/.ssh", Some("/srv/home/.ssh")));
    assert_eq!(machine.other_files.iter().map(|name| &*name.0).collect::<Vec<_>>(), ["config", "id_rsa"]);
}

#[test]
fn aliases_lead_to_codecommit() {
    let config = format!(
        "Host cc other\n  HostName {HOST}\nHost git-codecommit.eu-west-1.amazonaws.com git-codecommit.*.amazonaws.com\n  User x\n\
         Host github.com\n  User git\nHost fake-codecommit\n  HostName example.com\n"
    );
    let system = linux(&config);
    let regions = regions();
    let state = collect(&context(&system, &regions), &no_ssh());
    let hostname = Some(HOST.to_owned());
    let wanted = [
        ("cc".to_owned(), hostname.clone()),
        ("other".to_owned(), hostname),
        ("git-codecommit.eu-west-1.amazonaws.com".to_owned(), None),
    ];
    assert_eq!(codecommit_hosts(&state), wanted);
}

#[test]
fn the_proxy_and_the_agent_are_seen() {
    let config = format!("{}  ProxyCommand ~/.ssh/through-proxy %h %p\n", block());
    let blob = keys::inspect(RSA_PUB).blob.unwrap();
    let other = keys::inspect(ED25519_PUB).blob.unwrap();
    let held = [blob, other].map(|blob| AgentKey { blob, comment: "mine".into() }).to_vec();
    let system = linux(&config)
        .program("/home/dev/.ssh/through-proxy")
        .env_var("SSH_AUTH_SOCK", "/tmp/agent")
        .agent("/tmp/agent", Ok(held));
    let (machine, facts) = target(&system, &no_ssh(), HOST, None);
    assert_eq!(facts.proxy_program_found, Fact::Known(true));
    assert_eq!(facts.proxy_command.value.as_deref(), Some("~/.ssh/through-proxy %h %p"));
    assert_eq!(facts.identities[0].key.in_agent, Fact::Known(true));
    assert_eq!(facts.agent_keys_offered, Fact::Known(2));
    let agent = machine.agent.known().unwrap();
    assert_eq!((agent.key_count.clone(), agent.socket_exists), (Fact::Known(2), true));
    let kinds: Vec<_> = agent.keys.known().unwrap().iter().map(|key| (&*key.key_type, key.bits)).collect();
    assert_eq!(kinds, [("rsa", Some(2048)), ("ed25519", Some(256))]);
}

/// The facts of one key file.
fn key(system: &FakeSystem, path: &str) -> KeyFile {
    super::super::keyfile::describe(system, &Fact::Absent, std::path::Path::new(path))
}

#[test]
fn a_key_file_is_described() {
    let system = linux("");
    let found = key(&system, "/home/dev/.ssh/codecommit_rsa");
    let role = [&found.role, &found.format, &found.key_type].map(|fact| fact.known().map(|word| word.0.clone()));
    assert_eq!(role, ["private", "openssh", "rsa"].map(|word| Some(word.to_owned())));
    assert_eq!((found.bits, found.encrypted, found.damage), (Fact::Known(2048), Fact::Known(false), Fact::Absent));
    assert_eq!((found.mode.as_deref(), found.owned, found.too_open), (Some("0600"), Some(true), Fact::Known(false)));
    assert_eq!((found.public_matches, found.in_agent), (Fact::Known(true), Fact::Absent));
    let public = key(&system, "/home/dev/.ssh/codecommit_rsa.pub");
    assert_eq!((public.role, public.too_open), (Fact::Known("public".into()), Fact::Known(false)));
    assert_eq!(public.private_sibling.as_deref(), Some("/home/dev/.ssh/codecommit_rsa"));
    assert_eq!((public.private_sibling_matches, public.sha256), (Fact::Known(true), found.sha256));
    let missing = key(&system, "/home/dev/.ssh/nothing");
    assert_eq!((missing.exists, missing.role, missing.is_file), (Fact::Known(false), Fact::Absent, None));
}

#[test]
fn only_ones_own_open_key_is_too_open() {
    let system = |mode, owner| {
        linux("").mode("/home/dev/.ssh/codecommit_rsa", mode).owner("/home/dev/.ssh/codecommit_rsa", owner)
    };
    for (mode, owner, open) in
        [(0o644, 1000, true), (0o640, 1000, true), (0o400, 1000, false), (0o700, 1000, false), (0o644, 0, false)]
    {
        let found = key(&system(mode, owner), "/home/dev/.ssh/codecommit_rsa");
        assert_eq!(found.too_open, Fact::Known(open), "{mode:o} {owner}");
    }
    let found = key(&system(0o600, 0), "/home/dev/.ssh/codecommit_rsa");
    assert_eq!((found.readable, found.exists), (Some(false), Fact::Known(true)));
    assert!(matches!(found.role, Fact::Unavailable(_)) && matches!(found.key_type, Fact::Unavailable(_)));
}

#[test]
fn the_file_beside_it_tells_whether_the_agent_holds_an_unreadable_key() {
    let root = linux("").file("/home/dev/.ssh/k", RSA).mode("/home/dev/.ssh/k", 0o600).owner("/home/dev/.ssh/k", 0);
    let beside = root.clone().file("/home/dev/.ssh/k.pub", RSA_PUB);
    let in_agent = |system: &FakeSystem, agent: Fact<Vec<Vec<u8>>>| {
        super::super::keyfile::describe(system, &agent, std::path::Path::new("/home/dev/.ssh/k")).in_agent
    };
    let public = keys::inspect(RSA_PUB).blob.unwrap();
    assert_eq!(in_agent(&root, Fact::Absent), Fact::Absent);
    assert_eq!(in_agent(&root, Fact::Known(Vec::new())), Fact::Known(false));
    assert!(matches!(in_agent(&root, Fact::Known(vec![public.clone()])), Fact::Unavailable(_)));
    assert_eq!(in_agent(&beside, Fact::Known(vec![public])), Fact::Known(true));
    assert_eq!(in_agent(&beside, Fact::Known(vec![b"another".to_vec()])), Fact::Known(false));
}

#[test]
fn a_protected_key_borrows_from_the_file_beside_it() {
    let system =
        FakeSystem::new(Platform::Linux).file("/k", ENCRYPTED).file("/k.pub", ENCRYPTED_PUB).file("/alone", ENCRYPTED);
    let found = key(&system, "/k");
    assert_eq!(
        (found.encrypted, found.key_type, found.bits),
        (Fact::Known(true), Fact::Known("rsa".into()), Fact::Known(2048))
    );
    assert!(found.sha256.known().is_some() && matches!(found.public_matches, Fact::Unavailable(_)));
    let alone = key(&system, "/alone");
    assert_eq!(alone.key_type, Fact::Known("rsa".into()));
    assert!(matches!(alone.bits, Fact::Unavailable(_)) && matches!(alone.sha256, Fact::Unavailable(_)));
}

#[test]
fn a_public_key_of_another_pair_is_told() {
    let system = FakeSystem::new(Platform::Linux).file("/k", ED25519).file("/k.pub", RSA_PUB);
    assert_eq!(key(&system, "/k").public_matches, Fact::Known(false));
    assert_eq!(key(&system, "/k.pub").private_sibling_matches, Fact::Known(false));
}

#[test]
fn no_secret_becomes_a_fact() {
    let config = format!("{}  ProxyCommand connect --password hunter2 %h\n", block());
    let system = linux(&config).file("/home/dev/.ssh/config.txt", "Host x\n  SetEnv API_TOKEN=hunter3\n");
    let (machine, facts) = target(&system, &no_ssh(), HOST, None);
    let text = format!("{machine:?}{facts:?}");
    let body = String::from_utf8_lossy(RSA).lines().nth(3).unwrap().to_owned();
    for secret in ["hunter2", "hunter3", &body] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn settings_for_other_uses_of_ssh_are_seen() {
    let kinds = |config: &str, system: fn(FakeSystem) -> FakeSystem| -> Vec<String> {
        let (_, facts) = target(&system(linux(&format!("{config}{}", block()))), &no_ssh(), HOST, None);
        facts.hindrances.iter().map(|found| found.kind.to_string()).collect()
    };
    let plain = |config: &str| kinds(config, |system| system);
    assert_eq!(plain("Host *\n  RemoteCommand tmux\n"), ["command"]);
    assert_eq!(plain("Host *\n  SessionType none\n  ForkAfterAuthentication yes\n"), ["session", "background"]);
    assert_eq!(plain("Host *\n  AddressFamily inet6\n  BindAddress 10.1.2.3\n"), ["family", "address"]);
    assert_eq!(plain("Host *\n  ProxyJump dev@bastion:22\n"), ["jump-loop"]);
    let socket = "Host *\n  ControlMaster auto\n  ControlPath ~/.ssh/sockets/%r@%h\n";
    assert_eq!(plain(socket), ["control-folder"]);
    assert_eq!(plain(&socket.replace("%r@%h", &"x".repeat(90))), ["control-length"]);
    // What is harmless: the folder is there, nobody makes a socket, the values are ssh's own, the jump is direct.
    assert!(kinds(socket, |system| system.file("/home/dev/.ssh/sockets/.keep", "")).is_empty());
    for harmless in [
        "Host *\n  ControlPath ~/.ssh/sockets/%C\n",
        "Host *\n  ControlMaster auto\n  ControlPath none\n",
        "Host *\n  RemoteCommand none\n  SessionType default\n  AddressFamily inet\n",
        "Host bastion\n  ProxyJump none\nHost *\n  ProxyJump bastion\n",
    ] {
        assert!(plain(harmless).is_empty(), "{harmless}");
    }
}
