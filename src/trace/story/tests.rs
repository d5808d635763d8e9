use super::*;

/// Events as git 2.47.3 writes them, without the fields that are not read.
fn story(events: &[&str], ssh: &[&str]) -> Story {
    let ssh: Vec<String> = ssh.iter().map(|text| (*text).to_owned()).collect();
    Story::read(&events.join("\n"), &ssh, false)
}

const SSH: &str = r#"{"event":"child_start","sid":"A","child_id":0,"child_class":"transport/ssh","argv":["ssh","-o","SendEnv=GIT_PROTOCOL","-p","2222","me@host","git-upload-pack '/v1/repos/demo'"]}"#;
const RECORD: &str = "ssh\0-v\0-o\0SendEnv=GIT_PROTOCOL\0-p\x002222\0me@host\0git-upload-pack '/v1/repos/demo'\n";

fn only(story: &Story) -> &Connection {
    assert_eq!(story.connections.len(), 1);
    &story.connections[0]
}

#[test]
fn ssh_that_git_waited_for_tells_by_its_code() {
    for (code, failed) in [(0, false), (255, true)] {
        let end = format!(r#"{{"event":"child_exit","sid":"A","child_id":0,"code":{code}}}"#);
        let story = story(&[SSH, &end], &[]);
        assert_eq!((only(&story).failed, only(&story).url.as_str()), (failed, "ssh://me@host:2222/v1/repos/demo"));
    }
}

#[test]
fn ssh_that_git_left_tells_by_what_it_said() {
    let refused = format!("{RECORD}debug1: Offering x\r\nme@host: Permission denied (publickey).\r\n");
    let accepted = format!(
        "{RECORD}Authenticated to host ([1.2.3.4]:22) using \"publickey\".\r\ndebug1: Entering interactive session.\r\n\
         debug1: Sending command: x\r\nTransferred: sent 1, received 2 bytes, in 0.1 seconds\r\n"
    );
    let closed = format!("{accepted}Connection to host closed by remote host.\r\n");
    for (record, failed) in [(&refused, true), (&accepted, false), (&closed, true)] {
        let told = story(&[SSH], &[record]);
        assert_eq!(only(&told).failed, failed, "{record}");
        assert!(only(&told).ssh.contains("debug1: "));
        // Without git's own events the relay alone tells the same.
        assert_eq!(only(&story(&[], &[record])).failed, failed);
        assert_eq!(only(&story(&[], &[record])).url, "ssh://me@host:2222/v1/repos/demo");
    }
    let error = r#"{"event":"error","sid":"A","msg":"Could not read from remote repository.\n\nPlease"}"#;
    assert!(only(&story(&[SSH, error], &[])).failed);
    assert!(!only(&story(&[SSH, r#"{"event":"error","sid":"A","msg":"couldn't find remote ref x"}"#], &[])).failed);
}

#[test]
fn a_remote_helper_tells_by_its_errors() {
    let start = r#"{"event":"child_start","sid":"A","child_id":0,"child_class":"remote-https","argv":["git","remote-https","origin","https://host/v1/repos/demo"]}"#;
    let process = r#"{"event":"start","sid":"A/B","argv":["/usr/lib/git-core/git","remote-https","origin","https://host/v1/repos/demo"]}"#;
    let error = r#"{"event":"error","sid":"A/B","msg":"unable to access 'https://host/v1/repos/demo/': The requested URL returned error: 403"}"#;
    let failed = story(&[start, process, error], &[]);
    assert!(only(&failed).failed && failed.failed(|url| url.contains("demo")).is_some());
    assert_eq!(
        failed.errors,
        ["unable to access 'https://host/v1/repos/demo/': The requested URL returned error: 403"]
    );
    assert!(!only(&story(&[start, process], &[])).failed);
    // The error of another child.
    assert!(!only(&story(&[start, process, r#"{"event":"error","sid":"A/X","msg":"no"}"#], &[])).failed);
    // What git does not push since the other side is ahead.
    let push = r#"{"event":"cmd_name","sid":"A/B/C/D","name":"send-pack"}"#;
    let end = r#"{"event":"exit","sid":"A/B","code":128}"#;
    assert!(!only(&story(&[start, process, push, end], &[])).failed);
    assert!(only(&story(&[start, process, end], &[])).failed);
}

#[test]
fn a_helper_that_is_missing_is_told_without_words_of_git() {
    let start = r#"{"event":"child_start","sid":"A","child_id":0,"child_class":"remote-codecommit","argv":["git","remote-codecommit","origin","us-east-1://demo"]}"#;
    let process = r#"{"event":"start","sid":"A/B","argv":["git","remote-codecommit","origin","us-east-1://demo"]}"#;
    let dashed = r#"{"event":"child_start","sid":"A/B","child_id":0,"child_class":"dashed","argv":["git-remote-codecommit","origin","us-east-1://demo"]}"#;
    let end = r#"{"event":"child_exit","sid":"A/B","child_id":0,"pid":-1,"code":-1}"#;
    let exit = r#"{"event":"exit","sid":"A/B","code":1}"#;
    let missing = story(&[start, process, dashed, end, exit], &[]);
    assert!(only(&missing).failed);
    assert_eq!(only(&missing).url, "codecommit::us-east-1://demo");
    assert_eq!(only(&missing).seen, ["git: 'remote-codecommit' is not a git command. See 'git --help'."]);
}

#[test]
fn command_hook_and_work_tree_are_told() {
    let told = story(
        &[
            r#"{"event":"cmd_name","sid":"A","name":"push","hierarchy":"push"}"#,
            r#"{"event":"def_repo","sid":"A","repo":1,"worktree":"/home/dev/demo"}"#,
            r#"{"event":"child_start","sid":"A","child_id":1,"child_class":"hook","hook_name":"pre-push","argv":["x"]}"#,
            r#"{"event":"child_exit","sid":"A","child_id":1,"code":1}"#,
            r#"{"event":"child_st"#,
        ],
        &[],
    );
    assert!(told.git_ran && told.connections.is_empty());
    assert_eq!((told.command.as_str(), told.hook.as_deref()), ("push", Some("pre-push")));
    assert_eq!(told.worktree, Some("/home/dev/demo".into()));
    assert_eq!(story(&[], &[]), Story::default());
}
