#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // Asks the real programs.

use std::process::Command;

use super::*;
use crate::fact::ssh::KnownHosts;
use crate::system::{Platform, fake::FakeSystem};

const HOST: &str = "git-codecommit.us-east-1.amazonaws.com";
/// The host key of us-east-1, whose fingerprints AWS publishes.
const KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCdut7aOM5Zh16OJ+GOP75O7x5oyHKAiA1ieuySetj/hAq4VrAuZV5R2TypZJcKBaripOtTc/Sr0FOU4YvxUla40PPH8N1lbDp6Pnc4BexKsrt2kz++TqIKx5FHmUQV3mit16kxRwHey3dv030+qXBDo3WPQjm2+JLoq0XcadpnCAMCd3ChaBnDRM+51GZbuEFilpZsxUchUzl0gseC+shYOBd7TqxTlIhj/56d/YF1kq7RMZYrwBnyYdVhpLeUJCeYjyx/O6FPSezNTLiinz5jjioWZATgn+G8feL/hIsk8g+7JoIcb2muUlymdxs+8l2lS+8MXqT0q9ohT+Knhb2j";
/// Keys made for this test.
const OTHER: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAQQDThZ5sz9BSQEBy5u6ASzsdH1GKlHnjjPFx5w/ZHqnh1cR5Ky0xkR8ZcU9bR3Jm1YbXkqmN8lr2K1+5Jm4qJ0bH";
const ED25519: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";

fn entries(text: &str, name: &str) -> Vec<Entry> {
    let system = FakeSystem::new(Platform::Linux).file("/k", text);
    search(&system, &[PathBuf::from("/k")], name, &mut Unread::default())
}

fn look(text: &str, host: &str, port: u16, alias: Option<&str>) -> KnownHosts {
    let system = FakeSystem::new(Platform::Linux).file("/k", text);
    let files = [PathBuf::from("/k"), PathBuf::from("/missing")];
    let regions = RegionTable::embedded().unwrap();
    look_up(&system, &regions, &Lookup { host, port, alias, files: &files })
}

fn lines(known: &KnownHosts) -> Vec<u32> {
    known.entries.iter().filter_map(|entry| entry.source.line).collect()
}

#[test]
fn the_published_key_is_right_and_others_are_wrong() {
    let text = format!("# comment\n{HOST} {KEY}\n{HOST},1.2.3.4 {OTHER} dev@box\n{HOST} {ED25519}\nother {KEY}\n");
    let known = look(&text, HOST, 22, None);
    assert_eq!(lines(&known), [2, 3, 4]);
    assert_eq!((known.published, known.right_count, known.wrong_count), (true, 1, 1));
    let right = &known.entries[0];
    assert_eq!(right.matches_published, Some(true));
    assert_eq!((&*right.key_type, right.sha256.clone()), ("rsa", known.published_sha256.clone()));
    assert_eq!(right.md5, known.published_md5);
    assert_eq!(known.entries[1].matches_published, Some(false));
    assert!(known.unreadable.is_empty());
}

#[test]
fn the_key_of_another_region_is_recognized() {
    let host = "git-codecommit.eu-west-1.amazonaws.com";
    let known = look(&format!("{host} {KEY}\n"), host, 22, None);
    assert_eq!((known.right_count, known.wrong_count), (0, 1));
    assert_eq!(known.entries[0].region_of_key.as_deref(), Some("us-east-1"));
}

#[test]
fn markers_are_not_counted() {
    let known = look(
        &format!("@revoked {HOST} {KEY}\n@cert-authority *.amazonaws.com {OTHER}\n@what {HOST} {KEY}\n"),
        HOST,
        22,
        None,
    );
    let markers: Vec<_> =
        known.entries.iter().map(|entry| (entry.marker.as_deref(), entry.matches_published)).collect();
    assert_eq!(markers, [(Some("revoked"), None), (Some("cert-authority"), None)]);
    assert_eq!((known.right_count, known.wrong_count), (0, 0));
}

#[test]
fn an_alias_or_a_port_changes_the_name() {
    let text = format!("cc {KEY}\n[{HOST}]:2222 {OTHER}\n");
    let known = look(&text, HOST, 22, Some("CC"));
    assert_eq!((&*known.name, lines(&known), known.right_count), ("cc", vec![1], 1));
    let known = look(&text, HOST, 2222, None);
    assert_eq!((lines(&known), known.wrong_count), (vec![2], 1));
    assert_eq!(lines(&look(&format!("{HOST} {KEY}\n"), HOST, 2222, None)), [1]);
}

#[test]
fn a_key_that_cannot_be_decoded_is_neither_right_nor_wrong() {
    let known = look(&format!("{HOST} ssh-rsa AAAA!!!!\n{HOST}\n"), HOST, 22, None);
    let facts: Vec<_> = known.entries.iter().map(|e| (&*e.key_type, e.sha256.is_none(), e.matches_published)).collect();
    assert_eq!(facts, [("rsa", true, None), ("other", true, None)]);
    assert_eq!(known.wrong_count, 0);
}

/// The lines that `ssh-keygen -F` finds.
fn keygen(file: &Path, name: &str) -> Option<Vec<u32>> {
    let output = Command::new("ssh-keygen").args(["-F", name, "-f"]).arg(file).output().ok()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |text: &str| text.split("found: line ").nth(1)?.split_whitespace().next()?.parse().ok();
    Some(said.lines().filter_map(line).collect())
}

#[test]
fn names_are_matched_as_by_ssh_keygen() {
    let names = [
        "a.example",
        "A.EXAMPLE",
        "*.example",
        "?.example",
        "!a.example,*.example",
        "b.example,a.example",
        "[a.example]:2222",
        "# a.example",
        "  a.example",
        "\ta.example",
        "*",
        "a.example,!b.example",
        "a.exampl",
    ];
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("k");
    let plain: String = names.iter().map(|name| format!("{name} {ED25519}\n")).collect();
    std::fs::write(&file, &plain).unwrap();
    if keygen(&file, "a.example").is_none() {
        crate::not_run::not_run("what needs ssh-keygen");
        return;
    }
    let hashed = directory.path().join("h");
    std::fs::write(&hashed, format!("a.example {ED25519}\nb.example,c.example {ED25519}\n[a.example]:2222 {OTHER}\n"))
        .unwrap();
    Command::new("ssh-keygen").args(["-q", "-H", "-f"]).arg(&hashed).output().unwrap();
    let hashed_text = std::fs::read_to_string(&hashed).unwrap();
    assert!(hashed_text.starts_with("|1|"));
    for name in ["a.example", "b.example", "c.example", "x.example", "[a.example]:2222", "nothing"] {
        let own = |text: &str| -> Vec<u32> { entries(text, name).iter().filter_map(|e| e.source.line).collect() };
        assert_eq!(Some(own(&plain)), keygen(&file, name), "{name}");
        assert_eq!(Some(own(&hashed_text)), keygen(&hashed, name), "{name}, hashed");
    }
    assert!(entries(&hashed_text, "c.example")[0].hashed);
}

#[test]
fn a_long_file_is_searched() {
    let text: String = (0..20_000).map(|i| format!("h{i}.example,10.0.0.{} {ED25519}\n", i % 250)).collect();
    assert_eq!(lines(&look(&text, "h19999.example", 22, None)), [20_000]);
}

#[test]
fn only_own_plain_files_that_are_closed_can_be_opened() {
    let read = |system: &FakeSystem, path: &str| {
        let mut unread = Unread::default();
        search(system, &[PathBuf::from(path)], "host", &mut unread);
        (unread.reasons.len(), unread.closed.iter().map(|path| path.0.clone()).collect::<Vec<_>>())
    };
    let system = FakeSystem::new(crate::system::Platform::Linux)
        .file("/home/dev/hosts", "")
        .mode("/home/dev/hosts", 0)
        .file("/home/dev/of-root", "")
        .mode("/home/dev/of-root", 0o600)
        .owner("/home/dev/of-root", 0)
        .dir("/home/dev/folder");
    assert_eq!(read(&system, "/home/dev/hosts"), (1, vec!["/home/dev/hosts".into()]));
    assert_eq!(read(&system, "/home/dev/of-root"), (1, vec![]));
    assert_eq!(read(&system, "/home/dev/folder"), (1, vec![]));
    assert_eq!(read(&system, "/home/dev/gone"), (0, vec![]));
}
