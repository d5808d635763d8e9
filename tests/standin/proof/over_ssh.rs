//! SSH, with the real ssh and git.

use std::process::Command;

use crate::desk::{Desk, KEY_ID, SSH_URL, public};
use crate::standin::records::Record;
use crate::standin::world::IamUser;
use crate::standin::{Standin, keys};

fn ssh(desk: &Desk, words: &[&str]) -> crate::desk::Said {
    desk.run(desk.program("ssh").arg("-F").arg(desk.path("ssh_config")).args(words))
}

#[test]
fn an_uploaded_key_gets_in_and_is_recorded() {
    let Some(desk) = Desk::new() else { return };
    assert!(desk.git(&["ls-remote", SSH_URL]).works().out.contains("refs/heads/main"));
    let records = desk.standin.records();
    let signed = records.iter().find(|record| matches!(record, Record::SshKey { signed: true, .. }));
    let expected = Record::SshKey {
        region: "us-east-1".into(),
        user: KEY_ID.into(),
        fingerprint: keys::sha256(&public("rsa")),
        algorithm: "rsa-sha2-512".into(),
        signed: true,
        accepted: true,
    };
    assert_eq!(signed, Some(&expected), "{records:?}");
    let command = Some("git-upload-pack '/v1/repos/demo'".to_owned());
    assert!(records.contains(&Record::SshCommand { region: "us-east-1".into(), user: KEY_ID.into(), command }));
}

#[test]
fn who_is_not_known_is_refused() {
    let Some(desk) = Desk::new() else { return };
    let route = desk.standin.region("us-east-1").ssh_config_lines();
    let refused = [(KEY_ID, "rsa_second"), ("APKAQ3EGRJ5XKT7OTHER", "rsa"), ("dev", "rsa")];
    for (user, key) in refused {
        desk.ssh_config(user, key, &route);
        desk.git(&["ls-remote", SSH_URL]).fails("Permission denied (publickey)");
    }
    desk.ssh_config(KEY_ID, "rsa", &route);
    desk.standin.with_world(|world| world.users[0].ssh_keys[0].active = false);
    desk.git(&["ls-remote", SSH_URL]).fails("Permission denied (publickey)");
    let accepted = |record: &Record| matches!(record, Record::SshKey { accepted: true, .. });
    assert!(!desk.standin.records().iter().any(accepted), "{:?}", desk.standin.records());
}

#[test]
fn the_second_key_offered_is_good_enough() {
    let Some(desk) = Desk::new() else { return };
    let route = desk.standin.region("us-east-1").ssh_config_lines();
    let first = format!("  IdentityFile {}\n{route}", desk.path("rsa_second").display());
    desk.ssh_config(KEY_ID, "rsa", &first);
    desk.git(&["ls-remote", SSH_URL]).works();
}

#[test]
fn too_many_keys_are_too_many() {
    let Some(mut desk) = Desk::new() else { return };
    let route = desk.standin.region("us-east-1").ssh_config_lines();
    let first = format!("  IdentityFile {}\n{route}", desk.path("rsa_second").display());
    desk.ssh_config(KEY_ID, "rsa", &first);
    desk.standin.set(|faults| faults.ssh_tries = 1);
    desk.git(&["ls-remote", SSH_URL]).fails("Too many authentication failures");
    let user = Record::SshUser { region: "us-east-1".into(), user: KEY_ID.into() };
    assert!(desk.standin.records().contains(&user));
}

#[test]
fn a_shell_gets_the_text_of_codecommit_and_is_closed() {
    let Some(desk) = Desk::new() else { return };
    let said = ssh(&desk, &["-v", "-T", "git-codecommit.us-east-1.amazonaws.com"]);
    assert_eq!(
        said.fails("closed by remote host").out,
        "You have successfully authenticated over SSH. You can use Git to interact with AWS CodeCommit. Interactive \
         shells are not supported."
    );
    assert_eq!(said.code, Some(255));
    assert!(said.err.contains("remote software version AWSCodeCommit"), "{said:?}");
}

#[test]
fn a_repository_is_of_a_region_and_an_account() {
    let Some(desk) = Desk::new() else { return };
    desk.standin.add_repository_of("210987654321", "us-east-1", "theirs");
    for name in ["absent", "Demo", "theirs"] {
        let url = format!("ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/{name}");
        desk.git(&["ls-remote", &url]).fails("repository not found: /v1/repos/");
    }
    let europe = desk.standin.region("eu-west-1");
    std::fs::write(desk.path("known_hosts"), europe.known_hosts_line()).unwrap();
    desk.ssh_config(KEY_ID, "rsa", &europe.ssh_config_lines());
    desk.git(&["ls-remote", &SSH_URL.replace("us-east-1", "eu-west-1")]).fails("repository not found");
}

#[test]
fn a_clone_and_a_push_work_and_can_be_denied() {
    let Some(desk) = Desk::new() else { return };
    desk.git(&["clone", "-q", SSH_URL, "clone"]).works();
    let who = ["-C", "clone", "-c", "user.name=Dev", "-c", "user.email=dev@example.com"];
    desk.git(&[&who[..], &["commit", "-q", "--allow-empty", "-m", "second"]].concat()).works();
    desk.git(&["-C", "clone", "push", "-q", "origin", "HEAD:main"]).works();
    let there = desk.git(&["ls-remote", SSH_URL, "main"]).works().out.clone();
    let here = desk.git(&["-C", "clone", "rev-parse", "HEAD"]).works().out.clone();
    assert!(there.starts_with(here.trim()), "{there} {here}");
    desk.standin.with_world(|world| world.users[0] = world.users[0].clone().deny("codecommit:GitPush"));
    desk.git(&["-C", "clone", "push", "-q", "origin", "HEAD:more"]).fails("codecommit:GitPush");
    desk.git(&["ls-remote", SSH_URL]).works();
}

#[test]
fn the_published_fingerprints_are_those_of_ssh_keygen() {
    let Some(desk) = Desk::new() else { return };
    let region = desk.standin.region("us-east-1");
    let list = |kind: &str| {
        let mut keygen = Command::new("ssh-keygen");
        desk.run(keygen.args(["-l", "-E", kind, "-f"]).arg(desk.path("known_hosts"))).works().out.clone()
    };
    assert!(list("sha256").contains(&format!("SHA256:{} ", region.sha256())));
    assert!(list("md5").contains(&format!("MD5:{} ", region.md5())));
    let yaml = desk.standin.regions_yaml();
    assert!(yaml.contains(&format!("md5: \"{}\"\n      sha256: {}\n", region.md5(), region.sha256())), "{yaml}");
    std::fs::write(desk.path("regions.yaml"), yaml).unwrap();
    let mut doctor = desk.program(env!("CARGO_BIN_EXE_cc-doctor"));
    let said = desk.run(doctor.args(["--offline", "--url", SSH_URL, "--regions"]).arg(desk.path("regions.yaml")));
    assert!(matches!(said.code, Some(0 | 1 | 3)), "the overlay is read: {said:?}");
    assert_ne!(region.sha256(), desk.standin.region("eu-west-1").sha256());
}

#[test]
fn ssh_gets_there_through_the_proxy() {
    let Some(mut desk) = Desk::new() else { return };
    let route = format!("  ProxyCommand {}\n", desk.standin.proxy_command());
    desk.ssh_config(KEY_ID, "rsa", &route);
    desk.git(&["ls-remote", SSH_URL]).works();
    let target = "git-codecommit.us-east-1.amazonaws.com:22".to_owned();
    assert!(desk.standin.records().contains(&Record::Connect { target, user: None, status: 200 }));
    desk.standin.switch(|switches| switches.proxy.login = Some("dev:word".into()));
    desk.git(&["ls-remote", SSH_URL]).fails("407");
}

#[test]
fn a_key_of_a_user_without_rights_logs_in_but_pulls_nothing() {
    let Some(desk) = Desk::new() else { return };
    let bob = IamUser::new("bob").ssh_key("APKABOB", &public("rsa_second")).deny("codecommit:GitPull");
    desk.standin.add_user(bob);
    desk.ssh_config("APKABOB", "rsa_second", &desk.standin.region("us-east-1").ssh_config_lines());
    ssh(&desk, &["-T", "git-codecommit.us-east-1.amazonaws.com"]).fails("closed by remote host");
    desk.git(&["ls-remote", SSH_URL]).fails("not authorized to perform: codecommit:GitPull");
}

#[test]
fn many_regions_stand_side_by_side() {
    let Some(desk) = Desk::new() else { return };
    let names: Vec<String> = (1..=28).map(|number| format!("xx-lab-{number}")).chain(["cn-north-1".into()]).collect();
    let standin = Standin::with_regions(&names.iter().map(String::as_str).collect::<Vec<_>>());
    standin.add_repository("cn-north-1", "demo");
    standin.add_user(IamUser::new("alice").ssh_key(KEY_ID, &public("rsa")));
    let china = standin.region("cn-north-1");
    assert_eq!(china.host(), "git-codecommit.cn-north-1.amazonaws.com.cn");
    std::fs::write(desk.path("known_hosts"), china.known_hosts_line()).unwrap();
    desk.ssh_config(KEY_ID, "rsa", &china.ssh_config_lines());
    let config = std::fs::read_to_string(desk.path("ssh_config")).unwrap();
    std::fs::write(desk.path("ssh_config"), config.replace("*.amazonaws.com", "*")).unwrap();
    let url = "ssh://git-codecommit.cn-north-1.amazonaws.com.cn/v1/repos/demo";
    desk.git(&["ls-remote", url]).works();
}
