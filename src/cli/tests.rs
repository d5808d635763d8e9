use std::ffi::OsString;

use super::*;

#[test]
fn clap_finds_no_contradictions() {
    Cli::command().debug_assert();
}

#[test]
fn options_stand_before_or_behind_the_command() {
    let before = parsed(&["--json", "--url", "codecommit://a", "check"]);
    let behind = parsed(&["check", "--json", "--url", "codecommit://a"]);
    assert_eq!(before, behind);
    assert_eq!(before.options.format(), Format::Json);
    assert_eq!(parsed(&[]).command, None);
    assert_eq!(parsed(&["--format", "json"]).options.format(), Format::Json);
    assert_eq!(parsed(&[]).options.format(), Format::Human);
}

#[test]
fn a_report_file_tells_its_format() {
    let cli = parsed(&["--report", "a.json", "--report", "dir/b.JSON"]);
    assert_eq!(cli.options.report.len(), 2);
    assert!(cli.options.report.iter().all(|file| file.format == Format::Json));
}

#[test]
fn an_ssh_key_id_has_the_form_of_iam() {
    let given = |id: &str| parse(["cc-doctor", "--fix", "--ssh-key-id", id].map(OsString::from));
    assert_eq!(given("APKAEIBAERJR2EXAMPLE").unwrap().options.ssh_key_id.as_deref(), Some("APKAEIBAERJR2EXAMPLE"));
    for wrong in ["AKIAEIBAERJR2EXAMPLE", "APKAEIBAERJR2EXAMPL", "apkaeibaerjr2example", "APKA EIBAERJR2EXAMPLE", ""] {
        assert!(matches!(given(wrong), Err(Stop::Usage { .. })), "{wrong}");
    }
}

#[test]
fn manual_and_completions_name_the_options() {
    let mut page = Vec::new();
    man(&mut page).expect("a vector can be written");
    assert!(String::from_utf8_lossy(&page).contains("show\\-identity"));
    let mut script = Vec::new();
    completions(clap_complete::Shell::Bash, &mut script).expect("a vector can be written");
    assert!(String::from_utf8_lossy(&script).contains("--show-identity"));
}

#[test]
fn how_to_repair_is_said_together_with_fix() {
    for args in [&["--dry-run"][..], &["--yes"], &["--only", "ssh-config-misnamed"]] {
        let all = ["cc-doctor"].iter().chain(args).map(OsString::from);
        assert!(matches!(parse(all), Err(Stop::Usage { .. })), "{args:?}");
        assert!(parsed(&[&["--fix"], args].concat()).options.fix);
    }
    let undo = Command::Undo { id: Some("K7QX2M9P".into()), list: false, force: true };
    assert_eq!(parsed(&["undo", "K7QX2M9P", "--force"]).command, Some(undo));
}

#[test]
fn a_command_to_run_stands_behind_two_dashes() {
    let cli = parsed(&["--offline", "run", "-v", "--keep-trace", "t", "--", "git", "-v", "--offline"]);
    let command = ["git", "-v", "--offline"].map(Into::into).to_vec();
    assert_eq!(cli.command, Some(Command::Run { keep_trace: Some("t".into()), command }));
    assert!(cli.options.offline && cli.options.verbose);
    for args in [&["run"][..], &["run", "--"], &["run", "git", "push"]] {
        let all = ["cc-doctor"].iter().chain(args).map(OsString::from);
        assert!(matches!(parse(all), Err(Stop::Usage { .. })), "{args:?}");
    }
}

#[test]
fn what_does_not_work_yet_does_not_exist() {
    for argument in ["--bundle", "--from"] {
        let args = ["cc-doctor", argument].map(OsString::from);
        assert!(matches!(parse(args), Err(Stop::Usage { .. })), "{argument}");
    }
}
