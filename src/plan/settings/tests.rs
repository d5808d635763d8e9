//! The user's own file: its place, whom it may belong to, and what is wrong in it.

use super::*;
use crate::check::embedded::embedded;
use crate::system::fake::FakeSystem;

const FILE: &str = "/home/dev/.config/cc-doctor/.cc-doctor.yaml";
const RIGHT: &str =
    "acknowledged:\n  - check: http-ssl-verify-off\n    reason: the proxy of the office\n    until: 2027-01-31\n";

fn linux() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
}

fn read(system: &FakeSystem) -> Result<Settings, Errors> {
    Settings::read(system, &embedded().expect("the definitions are right"))
}

fn ignored(system: &FakeSystem) -> String {
    let settings = read(system).expect("no error");
    assert!(settings.acknowledged.is_empty());
    settings.ignored.iter().map(|message| crate::finding::plain_text(message)).collect()
}

#[test]
fn the_place_is_that_of_the_platform() {
    assert_eq!(file(&linux()).as_deref(), Some(Path::new(FILE)));
    let moved = linux().env_var("XDG_CONFIG_HOME", "/srv/dev/etc");
    assert_eq!(file(&moved).as_deref(), Some(Path::new("/srv/dev/etc/cc-doctor/.cc-doctor.yaml")));
    let relative = linux().env_var("XDG_CONFIG_HOME", "etc");
    assert_eq!(file(&relative).as_deref(), Some(Path::new(FILE)));
    let mac = file(&FakeSystem::new(Platform::MacOs)).expect("a home");
    assert!(mac.ends_with("Library/Application Support/cc-doctor/.cc-doctor.yaml"), "{mac:?}");
}

#[test]
fn an_entry_has_a_check_a_reason_and_a_date() {
    let settings = read(&linux().file(FILE, RIGHT)).expect("a right file");
    let entry = &settings.acknowledged[0];
    assert_eq!(
        (entry.check.as_str(), entry.reason.as_str(), entry.line),
        ("http-ssl-verify-off", "the proxy of the office", 2)
    );
    assert_eq!(entry.until.to_string(), "2027-01-31");
    for nothing in ["", "# nothing yet\n", "acknowledged:\n", "acknowledged: []\n"] {
        assert_eq!(read(&linux().file(FILE, nothing)), Ok(Settings::default()), "{nothing:?}");
    }
    assert_eq!(read(&linux()), Ok(Settings::default()));
}

#[test]
fn every_mistake_has_its_place_and_an_advice() {
    let text = "acknowledged:\n  - check: http-ssl-verify-off\n    reason: r\n    until: 2027-02-30\n  \
                - check: ls-remote-fails-at-tcp\n    reason: r\n    until: 2027-01-31\n  \
                - check: http-ssl-verify-off\n    until: 31.01.2027\n    expires: never\nskip: []\n";
    let errors = read(&linux().file(FILE, text)).expect_err("it is wrong");
    let shown: Vec<String> = errors.iter().map(ToString::to_string).map(|line| line.replace(FILE, "F")).collect();
    let form = format!("\nhint: {FORM}");
    assert_eq!(
        shown,
        [
            "error: F:4:12: `until` is no date: `2027-02-30`\nhint: write the last day on which it counts as YYYY-MM-DD, such as 2027-01-31".to_owned(),
            "error: F:5:12: `ls-remote-fails-at-tcp` tells what git itself did, which cannot be acknowledged\n\
             hint: acknowledge what is found beside it, or leave the check out with --skip".to_owned(),
            format!("error: F:8:5: an entry of `acknowledged` has no `reason`{form}"),
            "error: F:9:12: `until` is no date: `31.01.2027`\nhint: write the last day on which it counts as YYYY-MM-DD, such as 2027-01-31".to_owned(),
            "error: F:10:5: an entry of `acknowledged` has no key `expires`\nhint: the keys are: check, target, subject, reason, until".to_owned(),
            "error: F:11:1: the file has no key `skip`\nhint: the keys are: acknowledged".to_owned(),
        ]
    );
    let broken = read(&linux().file(FILE, "acknowledged: [\n")).expect_err("no YAML");
    assert!(broken.first.line.is_some() && !broken.first.hints.is_empty(), "{broken}");
}

#[test]
fn an_entry_without_a_check_is_told_and_the_others_count() {
    let unknown = "  - check: http-ssl-verify-of\n    reason: r\n    until: 2027-01-31\n";
    let settings = read(&linux().file(FILE, format!("{RIGHT}{unknown}"))).expect("no error");
    assert_eq!(settings.acknowledged.len(), 1);
    let told: Vec<_> = settings.ignored.iter().map(|message| crate::finding::plain_text(message)).collect();
    let place = format!("{FILE}:5");
    assert_eq!(
        told,
        [format!(
            "The acknowledgement of `http-ssl-verify-of` ({place}) counts for nothing: no check has this ID; did you \
             mean `http-ssl-verify-off`?"
        )]
    );
}

#[test]
fn a_file_that_others_can_make_is_not_read() {
    let there = || linux().file(FILE, RIGHT);
    assert_eq!(ignored(&there().owner(FILE, 4711)), format!("{FILE} is not read: it belongs to somebody else."));
    assert!(ignored(&there().mode(FILE, 0o666)).contains("others can write to it"));
    assert!(ignored(&linux().fifo(FILE)).contains("it is no file"));
    let led_away = linux().file("/tmp/theirs.yaml", RIGHT).link(FILE, "/tmp/theirs.yaml");
    assert!(ignored(&led_away).contains("leads out of your home directory"));
    assert!(ignored(&linux().link(FILE, "/home/dev/gone")).contains("leads nowhere"));
    let dotfiles = linux().file("/home/dev/dotfiles/cc.yaml", RIGHT).link(FILE, "/home/dev/dotfiles/cc.yaml");
    assert_eq!(read(&dotfiles).map(|settings| settings.acknowledged.len()), Ok(1));
    assert_eq!(read(&there().owner(FILE, 0)).map(|settings| settings.acknowledged.len()), Ok(1));
}

#[test]
fn a_repository_cannot_acknowledge_anything() {
    let system = linux().file("/home/dev/work/demo/.cc-doctor.yaml", RIGHT).in_directory("/home/dev/work/demo");
    assert_eq!(read(&system), Ok(Settings::default()));
}
