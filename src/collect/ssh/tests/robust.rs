//! Hostile and huge input.

use proptest::prelude::*;

use super::super::{codecommit_hosts, collect, for_target};
use super::{context, no_ssh, regions};
use crate::system::{Platform, fake::FakeSystem};

#[test]
fn includes_in_circles_end() {
    let system = FakeSystem::new(Platform::Linux)
        .file("/home/dev/.ssh/config", "Include a a\nInclude config\nUser x\n")
        .file("/home/dev/.ssh/a", "Include b b\nInclude a\n")
        .file("/home/dev/.ssh/b", "Include a\nHost y\n User y\n");
    let regions = regions();
    let context = context(&system, &regions);
    let state = collect(&context, &no_ssh());
    assert_eq!(state.fact.config_files.len(), 4);
    assert!(state.fact.config_errors.iter().any(|e| e.message.contains("recursive")));
    assert_eq!(for_target(&context, &state, "z", None, None).user.value.as_deref(), Some("x"));
}

#[test]
fn a_lattice_of_includes_ends() {
    let mut system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config", "Include f0 f0\n");
    for i in 0..15 {
        let text = format!("Include {}", format!("f{} ", i + 1).repeat(8));
        system = system.file(&format!("/home/dev/.ssh/f{i}"), format!("{text}\nUser x\n"));
    }
    let regions = regions();
    let context = context(&system, &regions);
    let facts = for_target(&context, &collect(&context, &no_ssh()), "z", None, None);
    assert!(facts.uncertain.is_some());
}

#[test]
fn a_long_configuration_is_read() {
    let text: String =
        (0..5_000).map(|i| format!("Host h{i}\n  User u{i}\n  HostName h{i}.example\n  Port 22\n")).collect();
    let system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config", text);
    let regions = regions();
    let context = context(&system, &regions);
    let state = collect(&context, &no_ssh());
    let facts = for_target(&context, &state, "h4999", None, None);
    assert_eq!(facts.user.value.as_deref(), Some("u4999"));
    assert_eq!(facts.user.source.unwrap().line, Some(19_998));
    assert!(codecommit_hosts(&state).is_empty());
}

#[test]
fn odd_things_in_place_of_files_are_survived() {
    let system = FakeSystem::new(Platform::Linux)
        .fifo("/home/dev/.ssh/config")
        .dir("/home/dev/.ssh/id_rsa")
        .fifo("/home/dev/.ssh/known_hosts")
        .link("/home/dev/.ssh/id_ed25519", "/home/dev/.ssh/id_ed25519")
        .without_env("HOME");
    let regions = regions();
    let context = context(&system, &regions);
    let state = collect(&context, &super::openssh("/usr/bin/ssh"));
    assert_eq!(state.fact.config_files[0].kind.as_deref(), Some("other"));
    let facts = for_target(&context, &state, "-oProxyCommand=x", None, None);
    assert!(facts.uncertain.is_some());
    assert_eq!(facts.known_hosts.known().unwrap().unreadable.len(), 1);
}

#[test]
fn ssh_is_not_asked_about_a_file_of_any_size() {
    let system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config", vec![b'#'; 5 << 20]).answers(
        "/usr/bin/ssh",
        &[],
        0,
        "user asked\n",
        "",
    );
    let regions = regions();
    let context = context(&system, &regions);
    let state = collect(&context, &super::openssh("/usr/bin/ssh"));
    let facts = for_target(&context, &state, "x", None, None);
    assert!(facts.uncertain.is_some_and(|reason| reason.contains("larger")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn any_bytes_are_survived(config in proptest::collection::vec(any::<u8>(), 0..300), hosts in proptest::collection::vec(any::<u8>(), 0..300), host in ".{0,20}") {
        let system = FakeSystem::new(Platform::Linux)
            .file("/home/dev/.ssh/config", config)
            .file("/home/dev/.ssh/known_hosts", hosts);
        let regions = regions();
        let context = context(&system, &regions);
        let state = collect(&context, &no_ssh());
        for_target(&context, &state, &host, Some("x"), Some(1));
    }

    #[test]
    fn any_lines_are_survived(config in "((Host|Match|User|Include|IdentityFile|HostName|#|exec|all|host|[*%~$\"'=,!]| |\n){0,40}\n?){0,4}") {
        let system = FakeSystem::new(Platform::Linux).file("/home/dev/.ssh/config", config);
        let regions = regions();
        let context = context(&system, &regions);
        for_target(&context, &collect(&context, &no_ssh()), "x", None, None);
    }
}
