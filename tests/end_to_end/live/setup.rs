//! Machines on which nothing is set up: what `--fix` makes of them, and that all of it can be taken back.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::desk::{Desk, GIT_PASSWORD, GIT_USER, HOST, SECRET};
use crate::consent::{ANSWER, Step, dialogue};
use crate::machine::{HTTPS_URL, KEY_ID, SSH_URL, python_with};
use crate::output::{Output, text};
use crate::repair::{contents, of_check, statuses};
use crate::standin::records::Record;
use crate::standin::world::IamUser;

const GRC_URL: &str = "codecommit::us-east-1://demo";

/// A machine on which ssh finds the stand-in, as it finds CodeCommit elsewhere, and whose IAM user has no key yet.
fn over_ssh() -> Option<Desk> {
    let desk = Desk::bare(SSH_URL, IamUser::new("alice"))?;
    let region = desk.standin.region("us-east-1");
    let known = desk.machine.root().join("etc/known_hosts");
    fs::write(&known, region.known_hosts_line()).expect("a file");
    let way = format!("Match all\n{}  GlobalKnownHostsFile {}\n", region.ssh_config_lines(), known.display());
    desk.machine.system_ssh_config(&way).then_some(desk)
}

/// Mends the machine so that git reaches [`Desk::url`].
fn fix(desk: &Desk, args: &[&str]) -> Output {
    desk.report(&[&["--url", desk.url, "--fix"], args].concat())
}

/// The calls that change something at AWS.
fn uploads(desk: &Desk) -> usize {
    let is_upload = |r: &Record| matches!(r, Record::Api { action, .. } if action == "iam:UploadSSHPublicKey");
    desk.standin.records().iter().filter(|record| is_upload(record)).count()
}

/// The public half of a key that the machine made is uploaded under this ID.
fn upload_by_hand(desk: &Desk, file: &str) {
    let public = fs::read_to_string(desk.machine.home(file)).expect("a public key");
    desk.standin.with_world(|world| {
        let alice = world.users.remove(0).ssh_key(KEY_ID, &public);
        world.users.insert(0, alice);
    });
}

/// `--fix` has nothing left to do, and `undo` brings back every byte.
fn check_end(desk: &Desk, before: &BTreeMap<PathBuf, String>) {
    let made = contents(&desk.machine);
    let again = fix(desk, &["--yes"]);
    assert_eq!((statuses(&again), again.code), (Vec::new(), Some(0)), "{}", again.stdout());
    assert_eq!(contents(&desk.machine), made, "a second --fix changes nothing");
    let undone = desk.machine.run(&["undo"]);
    assert_eq!(undone.code, Some(0), "{}", undone.both());
    assert_eq!(&contents(&desk.machine), before, "undo brings it back");
    assert!(desk.git_fails());
}

#[test]
fn ssh_is_set_up_from_nothing() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    let before = contents(&desk.machine);
    assert!(desk.git_fails());
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}\n{}", fixed.stdout(), fixed.stderr());
    assert_eq!((fixed.failing(), fixed.code), (Vec::new(), Some(0)), "{}", fixed.stdout());
    let found = statuses(&fixed);
    for check in ["ssh-key-missing", "access-ssh-key-not-in-iam", "ssh-user-missing"] {
        assert_eq!(of_check(&found, check), Some(("applied".into(), true)), "{check}: {found:?}");
    }
    assert_eq!(fixed.document()["targets"][0]["clone"], serde_json::json!(["git", "clone", desk.url]));
    assert_eq!(desk.machine.tool("git", &["clone", "-q", desk.url]).code, Some(0));
    fs::remove_dir_all(desk.machine.home("demo")).expect("a clone");
    assert_eq!(uploads(&desk), 1);
    let made = desk.machine.tool("ssh-keygen", &["-l", "-f", ".ssh/codecommit_rsa"]).stdout();
    assert!(made.starts_with("4096 ") && made.ends_with("(RSA)\n"), "{made}");
    let config = fs::read_to_string(desk.machine.home(".ssh/config")).expect("a file");
    assert!(config.contains("  IdentityFile ~/.ssh/codecommit_rsa\n"), "{config}");
    assert!(config.contains("  User APKAUPLOADED"), "{config}");
    let mode = |name: &str| fs::metadata(desk.machine.home(name)).expect("a file").permissions().mode() & 0o777;
    assert_eq!(["", "config", "codecommit_rsa"].map(|name| mode(&format!(".ssh/{name}"))), [0o700, 0o600, 0o600]);
    assert!(!fixed.both().contains(SECRET) && !fixed.both().contains("APKAUPLOADED"), "{}", fixed.both());
    check_end(&desk, &before);
}

#[test]
fn what_stays_at_aws_is_said_before_and_by_undo() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    let regions = desk.machine.home("regions.yaml").to_string_lossy().into_owned();
    let said = desk.machine.run(&["--regions", &regions, "--url", desk.url, "--fix", "--yes"]);
    assert!(said.stdout().contains(&format!("  Clone it: git clone {}\n", desk.url)), "{}", said.stdout());
    assert!(said.stderr().contains("A key that was uploaded to IAM stays there"), "{}", said.stderr());
    let undone = desk.machine.run(&["undo"]);
    let stays =
        "not taken back: Upload the public key to IAM [access-ssh-key-not-in-iam]: what this did stays: aws iam";
    let said = undone.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains(stays) && said.matches("stays").count() == 1, "{said}");
    let listed = desk.machine.run(&["undo", "--list"]);
    let listed = listed.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(listed.contains(stays) && listed.matches("taken back: ").count() > 1, "{listed}");
    assert!(!listed.replace(stays, "").contains("taken back: Upload"), "{listed}");
    assert_eq!(uploads(&desk), 1);
}

#[test]
fn without_consent_nothing_is_made_or_uploaded() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    let before = contents(&desk.machine);
    let fixed = fix(&desk, &[]);
    let declined = |(_, status, _): &(String, String, bool)| status == "declined";
    assert!(!statuses(&fixed).is_empty() && statuses(&fixed).iter().all(declined), "{}", fixed.stdout());
    assert_eq!((contents(&desk.machine), uploads(&desk)), (before, 0));
}

#[test]
fn a_key_that_is_there_is_uploaded_and_no_other_made() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    desk.machine.key("id_rsa");
    let before = contents(&desk.machine);
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    assert_eq!((fixed.failing(), uploads(&desk)), (Vec::new(), 1), "{}", fixed.stdout());
    assert!(!desk.machine.home(".ssh/codecommit_rsa").exists());
    check_end(&desk, &before);
}

#[test]
fn a_key_that_is_uploaded_already_is_found_in_iam() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    desk.machine.key("work");
    upload_by_hand(&desk, ".ssh/work.pub");
    let before = contents(&desk.machine);
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    assert_eq!((fixed.failing(), uploads(&desk)), (Vec::new(), 0), "{}", fixed.stdout());
    check_end(&desk, &before);
}

#[test]
fn a_refused_upload_is_told_in_the_words_of_aws() {
    let Some(desk) = over_ssh() else { return };
    desk.machine.aws_files();
    desk.standin.with_world(|world| world.users[0].denied.insert("iam:UploadSSHPublicKey".into()));
    let fixed = fix(&desk, &["--yes"]);
    let fixes = fixed.document()["fixes"].clone();
    let failed = fixes.as_array().expect("a list").iter().find(|fix| fix["status"] == "failed").expect("a failure");
    assert!(text(&failed["reason"]).contains("is not authorized to perform: iam:UploadSSHPublicKey"), "{failed}");
    assert!(!fixed.stdout().contains("alice"), "{}", fixed.stdout());
    let command = "--ssh-public-key-body file://~/.ssh/codecommit_rsa.pub --profile default";
    let remedy = text(&fixed.finding("access-ssh-key-not-in-iam")["remedy"]);
    assert!(remedy.contains(command) && !remedy.contains("YOUR"), "{remedy}");
    let undone = desk.machine.run(&["undo"]);
    assert!(undone.stdout().contains("ssh-key-missing"), "{}", undone.stdout());
    assert!(
        !undone.stdout().contains("access-ssh-key-not-in-iam"),
        "what failed is not taken back: {}",
        undone.stdout()
    );
}

#[test]
fn without_credentials_the_key_id_is_given() {
    let Some(desk) = over_ssh() else { return };
    let before = contents(&desk.machine);
    let first = fix(&desk, &["--yes"]);
    let told: Vec<String> =
        first.document()["fixes"].as_array().expect("a list").iter().map(|fix| text(&fix["reason"])).collect();
    assert!(told.iter().any(|reason| reason.contains("--ssh-key-id")), "{told:?}");
    upload_by_hand(&desk, ".ssh/codecommit_rsa.pub");
    let fixed = fix(&desk, &["--yes", "--ssh-key-id", KEY_ID]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    assert_eq!(fixed.failing(), Vec::<String>::new());
    assert_eq!(desk.machine.run(&["undo"]).code, Some(0));
    assert_eq!(desk.machine.run(&["undo"]).code, Some(0));
    assert_eq!(contents(&desk.machine), before);
}

#[test]
fn on_a_terminal_the_key_id_is_asked_for() {
    let Some(mut desk) = over_ssh() else { return };
    desk.machine.key("id_rsa");
    upload_by_hand(&desk, ".ssh/id_rsa.pub");
    let regions = desk.machine.home("regions.yaml").to_string_lossy().into_owned();
    let args = ["--color", "never", "--regions", &regions, "--url", SSH_URL, "--fix"];
    let asked = |keys| Step { expect: "nothing to leave it: ", write: None, keys };
    let Some(left) = dialogue(&mut desk.machine, &args, &[asked("AKIAWRONG\n"), asked("\n")]) else { return };
    assert!(left.stdout().contains("an SSH key ID is APKA and at least 16"), "{}", left.stdout());
    assert!(desk.git_fails());
    let id = format!("{KEY_ID}\n");
    let agreed = Step { expect: ANSWER, write: None, keys: "y\n" };
    let said = dialogue(&mut desk.machine, &args, &[asked(&id), agreed]).expect("python3");
    assert!(said.stdout().contains("SSH key ID (APKA…), or nothing to leave it: "), "{}", said.stdout());
    assert!(desk.git_works(), "{}", said.stdout());
}

#[test]
fn the_helper_is_set_up_from_nothing() {
    let Some(desk) = Desk::bare(HTTPS_URL, IamUser::new("alice")) else { return };
    let Some(()) = desk.aws_cli() else { return };
    desk.machine.aws_files();
    let before = contents(&desk.machine);
    assert!(desk.git_fails());
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    assert_eq!((fixed.failing(), fixed.code), (Vec::new(), Some(0)), "{}", fixed.stdout());
    assert_eq!(fixed.document()["targets"][0]["clone"], serde_json::json!(["git", "clone", desk.url]));
    let set = |key: &str, url: &str| desk.machine.tool("git", &["config", "--get-urlmatch", key, url]).stdout();
    assert_eq!(set("credential.useHttpPath", HTTPS_URL), "true\n");
    assert_eq!(set("credential.helper", "https://github.com"), "", "no other host asks the helper");
    check_end(&desk, &before);
}

#[test]
fn the_profile_that_is_named_is_handed_to_the_helper() {
    let Some(desk) = Desk::bare(HTTPS_URL, IamUser::new("alice")) else { return };
    let Some(()) = desk.aws_cli() else { return };
    desk.machine.aws_files();
    assert_eq!(fix(&desk, &["--yes", "--profile", "default"]).code, Some(0));
    let helper = desk.machine.tool("git", &["config", "--get-urlmatch", "credential.helper", HTTPS_URL]).stdout();
    assert_eq!(helper, "!aws --profile default codecommit credential-helper $@\n");
}

/// A machine with a pipx that installs the real git-remote-codecommit of `python`, and says with which arguments it ran.
fn with_pipx(url: &'static str, python: &str) -> Option<Desk> {
    let mut desk = Desk::bare(url, IamUser::new("alice"))?;
    let own = crate::machine::python()?.display();
    let script = "import os, sys\n\
        assert sys.argv[1:] == ['install', 'git-remote-codecommit'], sys.argv\n\
        folder = os.environ['HOME'] + '/.local/bin'\n\
        os.makedirs(folder, exist_ok=True)\n\
        with open(folder + '/git-remote-codecommit', 'w') as file:\n    file.write(PROGRAM)\n\
        os.chmod(file.name, 0o755)\n";
    let program = format!("#!{python}\nimport sys\nfrom git_remote_codecommit import main\nsys.exit(main())\n");
    desk.machine.program("pipx", &format!("#!{own}\nPROGRAM = {program:?}\n{script}"));
    let path = [desk.machine.root().join("bin"), desk.machine.home(".local/bin")];
    desk.machine.set("PATH", std::env::join_paths(path).expect("a list of directories"));
    desk.machine.aws_files();
    Some(desk)
}

#[test]
fn git_remote_codecommit_is_installed() {
    let Some(python) = python_with("git_remote_codecommit") else { return };
    let Some(desk) = with_pipx(GRC_URL, &python) else { return };
    assert!(desk.git_fails());
    let fixed = fix(&desk, &["--yes"]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    assert_eq!((fixed.failing(), fixed.code), (Vec::new(), Some(0)), "{}", fixed.stdout());
    assert_eq!(of_check(&statuses(&fixed), "grc-not-installed"), Some(("applied".into(), true)));
    assert_eq!(fixed.document()["targets"][0]["clone"], serde_json::json!(["git", "clone", desk.url]));
    let again = fix(&desk, &["--yes"]);
    assert_eq!((statuses(&again), again.code), (Vec::new(), Some(0)), "{}", again.stdout());
    let undone = desk.machine.run(&["undo"]);
    let said = undone.stdout().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("what this did stays:") && said.contains("pipx install"), "{said}");
    assert!(desk.git_works(), "what was installed is not removed");
}

#[test]
fn what_is_installed_off_path_is_told_with_the_line_for_this_machine() {
    let Some(mut desk) = with_pipx(GRC_URL, "/usr/bin/python3") else { return };
    desk.machine.set("PATH", desk.machine.root().join("bin"));
    let fixed = fix(&desk, &["--yes"]);
    // Git gets no further by it alone.
    assert_eq!(of_check(&statuses(&fixed), "grc-not-installed"), Some(("applied".into(), false)), "{}", fixed.stdout());
    let remedy = text(&fixed.finding("grc-off-path")["remedy"]);
    assert!(remedy.contains("/.local/bin:$PATH' >> ~/.profile"), "{remedy}");
}

#[test]
fn region_and_profile_are_wired() {
    let Some(python) = python_with("git_remote_codecommit") else { return };
    let Some(desk) = with_pipx("codecommit://demo", &python) else { return };
    let keys = fs::read_to_string(desk.machine.home(".aws/credentials")).expect("a file");
    fs::remove_file(desk.machine.home(".aws/config")).expect("a file");
    let fixed = fix(&desk, &["--yes", "--region", "us-east-1"]);
    assert!(desk.git_works(), "{}", fixed.stdout());
    let config = fs::read_to_string(desk.machine.home(".aws/config")).expect("a file");
    assert_eq!(config, "[default]\nregion = us-east-1\n");
    desk.machine.write_mode(".aws/credentials", keys.replace("[default]", "[work]"), 0o600);
    let other = fix(&desk, &["--yes", "--profile", "work", "--region", "us-east-1"]);
    let remedy = text(&other.finding("grc-profile-not-in-url")["remedy"]);
    let line = remedy.lines().find(|line| line.contains("git clone")).unwrap_or_default().trim().to_owned();
    assert_eq!(line, "git clone codecommit::us-east-1://work@demo");
    let url = line.rsplit(' ').next().unwrap_or_default();
    assert_eq!(desk.machine.tool("git", &["ls-remote", url]).code, Some(0));
}

#[test]
fn git_credentials_cannot_be_invented() {
    let Some(desk) = Desk::bare(HTTPS_URL, IamUser::new("alice").git_credential(GIT_USER, GIT_PASSWORD)) else {
        return;
    };
    let before = contents(&desk.machine);
    let fixed = fix(&desk, &["--yes"]);
    assert_eq!(
        of_check(&statuses(&fixed), "gitcred-no-storing-helper").map(|(status, _)| status),
        Some("applied".into()),
        "{}",
        fixed.stdout()
    );
    assert_eq!(fixed.code, Some(1));
    let said = fixed.stdout();
    assert!(said.contains("HTTPS Git credentials for AWS CodeCommit"), "{said}");
    let remedy = text(&fixed.finding("access-prompt-needed")["remedy"]);
    assert!(remedy.lines().any(|line| line.trim() == format!("git ls-remote {HTTPS_URL}")), "{remedy}");
    // What is entered then is kept.
    let typed = format!("protocol=https\nhost={HOST}\nusername={GIT_USER}\npassword={GIT_PASSWORD}\n\n");
    let enter = format!(
        "printf '{typed}' | git credential approve && git ls-remote {HTTPS_URL}; \
        code=$?; git credential-cache exit; exit $code"
    );
    assert_eq!(desk.machine.shell(&enter, &[]).code, Some(0));
    fs::remove_dir_all(desk.machine.home(".cache")).expect("the directory of git credential-cache");
    assert_eq!(desk.machine.run(&["undo"]).code, Some(0));
    assert_eq!(contents(&desk.machine), before);
}
