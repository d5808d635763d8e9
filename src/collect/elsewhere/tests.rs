use super::*;
use crate::collect::os;
use crate::system::fake::FakeSystem;

fn look(system: &FakeSystem) -> Elsewhere {
    collect(system, &os::collect(system), &Git::default())
}

fn linux() -> FakeSystem {
    FakeSystem::new(Platform::Linux).env_var("PATH", "/usr/bin:/bin").dir("/home/dev")
}

fn said(exports: &[ShellExport]) -> Vec<(&str, Option<&str>, Option<u32>)> {
    exports.iter().map(|export| (&*export.name, export.value.as_deref(), export.source.line)).collect()
}

#[test]
fn start_up_files_of_shells_are_read_without_being_run() {
    let found = look(
        &linux()
            .file(
                "/home/dev/.bashrc",
                "# export AWS_PROFILE=old\nif x; then\n  export AWS_PROFILE=\"work\" # mine\nfi\n",
            )
            .file("/home/dev/.profile", "AWS_REGION=eu-west-1\nexport AWS_DEFAULT_REGION=$(region)\n")
            .file("/home/dev/.config/fish/config.fish", "set -gx HTTPS_PROXY http://dev:hunter2@proxy:3128\n"),
    );
    assert_eq!(
        said(&found.exports),
        [
            ("AWS_DEFAULT_REGION", None, Some(2)),
            ("AWS_PROFILE", Some("work"), Some(3)),
            ("HTTPS_PROXY", Some("http://dev:••••@proxy:3128"), Some(1)),
        ]
    );
    assert!(!format!("{found:?}").contains("hunter2"));
}

#[test]
fn what_is_set_here_is_no_difference() {
    let system = linux().env_var("AWS_PROFILE", "home").file("/home/dev/.bashrc", "export AWS_PROFILE=work\n");
    assert_eq!(look(&system).exports, []);
}

#[test]
fn directories_that_only_a_terminal_has_on_its_path_are_named() {
    let found = look(&linux().file("/home/dev/.bashrc", "export PATH=\"$HOME/.local/bin:/usr/bin:$PATH\"\n").file(
        "/home/dev/.zshrc",
        "path+=(~/go/bin)\nexport PATH=$(brew --prefix)/bin:$PATH\nfish_add_path ~/.cargo/bin\n",
    ));
    assert_eq!(
        said(&found.path_additions),
        [
            ("PATH", Some("/home/dev/.local/bin"), Some(1)),
            ("PATH", Some("/home/dev/go/bin"), Some(1)),
            ("PATH", Some("/home/dev/.cargo/bin"), Some(3)),
        ]
    );
}

#[test]
fn the_home_of_the_user_behind_sudo_is_looked_into() {
    let root = crate::system::Account { uid: Some(0), name: Some("root".into()), home: Some("/root".into()) };
    let system = linux()
        .with_account(root)
        .env_var("HOME", "/root")
        .env_var("SUDO_USER", "ann")
        .dir("/root")
        .file("/etc/passwd", "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/srv/ann:/bin/sh\n")
        .file("/srv/ann/.gitconfig", "[credential]\n\thelper = !aws codecommit credential-helper $@\n")
        .file("/srv/ann/.aws/credentials", "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n")
        .file("/srv/ann/.local/bin/git-remote-codecommit", "#!/usr/bin/python3\n");
    let found = look(&system).homes;
    let [home] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((&*home.path, &*home.kind, &home.ssh_config), ("/srv/ann", "sudo", &None));
    assert_eq!(home.git_config.as_deref(), Some("/srv/ann/.gitconfig"));
    assert_eq!(home.aws_file.as_deref(), Some("/srv/ann/.aws/credentials"));
    assert_eq!(home.grc.as_deref(), Some("/srv/ann/.local/bin/git-remote-codecommit"));
}

#[test]
fn one_home_is_no_other_home() {
    let own =
        linux().file("/home/dev/.aws/config", "").file("/home/dev/.gitconfig", "[credential]\n\thelper = store\n");
    assert_eq!(look(&own).homes, []);
    let elsewhere = look(&own.env_var("HOME", "/srv/job").dir("/srv/job")).homes;
    assert_eq!(elsewhere.iter().map(|home| (&*home.path, &*home.kind)).collect::<Vec<_>>(), [("/home/dev", "account")]);
}

#[test]
fn the_home_of_windows_is_seen_from_wsl_only() {
    let drive = linux()
        .file("/mnt/c/Users/Ann/.ssh/config", "Host git-codecommit.*.amazonaws.com\n")
        .dir("/mnt/c/Users/Public");
    assert_eq!(look(&drive).homes, []);
    let found = look(&drive.env_var("WSL_DISTRO_NAME", "Ubuntu")).homes;
    assert_eq!(
        found.iter().map(|home| (&*home.path, &*home.kind)).collect::<Vec<_>>(),
        [("/mnt/c/Users/Ann", "windows")]
    );
    assert_eq!(found[0].ssh_config.as_deref(), Some("/mnt/c/Users/Ann/.ssh/config"));
}

#[test]
fn the_git_of_another_program_is_told_by_its_configuration() {
    let config = "[credential]\n\thelper = osxkeychain\n";
    let fork = "/Applications/Fork.app/Contents/Resources/git-instance/etc/gitconfig";
    let found =
        look(&FakeSystem::new(Platform::MacOs).file(fork, config).file("/opt/homebrew/etc/gitconfig", "[core]\n"));
    let [git] = found.gits.as_slice() else { panic!("{:?}", found.gits) };
    assert_eq!((&*git.program, &*git.helpers[0], git.source.line), ("Fork", "osxkeychain", Some(2)));
}

#[test]
fn what_this_git_reads_itself_is_no_other_git() {
    let system = linux().file("/etc/gitconfig", "[credential]\n\thelper = store\n");
    let file = crate::fact::git::ConfigFile { path: "/etc/gitconfig".into(), ..Default::default() };
    let git = Git { files: vec![file], ..Git::default() };
    assert_eq!(collect(&system, &os::collect(&system), &git).gits, []);
    assert_eq!(look(&system).gits.len(), 1);
}

/// What the home of the account has while `HOME` names another.
fn of_account(system: FakeSystem) -> Option<crate::fact::elsewhere::OtherHome> {
    look(&system.env_var("HOME", "/srv/job").dir("/srv/job")).homes.into_iter().next()
}

#[test]
fn a_helper_for_other_hosts_is_no_set_up_for_codecommit() {
    let with = |heading: &str| {
        let text = format!("[{heading}]\n\thelper = !aws codecommit credential-helper $@\n");
        of_account(linux().file("/home/dev/.gitconfig", &text)).is_some_and(|home| home.git_config.is_some())
    };
    for heading in [
        "credential",
        "credential \"https://git-codecommit.us-east-1.amazonaws.com\"",
        "credential \"https://git-codecommit.*.amazonaws.com\"",
        "credential \"https://*.*.amazonaws.com.cn\"",
    ] {
        assert!(with(heading), "{heading}");
    }
    for heading in ["credential \"https://github.com\"", "credential \"https://gist.github.com\"", "credential \"x\""] {
        assert!(!with(heading), "{heading}");
    }
}

#[test]
fn a_region_alone_is_no_aws_set_up() {
    let with = |text: &str| {
        of_account(linux().file("/home/dev/.aws/config", text)).is_some_and(|home| home.aws_file.is_some())
    };
    assert!(!with("[default]\nregion = us-east-1\noutput = json\n"));
    assert!(with("[profile work]\nrole_arn = arn:aws:iam::210987654321:role/Dev\n"));
    assert!(with("[profile work]\nsso_session=corp\n"));
    let wanted = linux().env_var("AWS_PROFILE", "work").file("/home/dev/.aws/config", "[profile work]\nregion = x\n");
    assert!(of_account(wanted).is_some_and(|home| home.aws_file.is_some()));
}

#[test]
fn agents_of_other_accounts_are_not_asked() {
    let key = crate::system::AgentKey { blob: vec![0, 0, 0, 0], comment: "key".into() };
    let found = |directory: u32, socket: u32| {
        let system = linux()
            .dir("/tmp/ssh-AbC")
            .agent("/tmp/ssh-AbC/agent.1", Ok(vec![key.clone()]))
            .owner("/tmp/ssh-AbC", directory)
            .owner("/tmp/ssh-AbC/agent.1", socket);
        look(&system).agents.len()
    };
    assert_eq!((found(1000, 1000), found(1001, 1001), found(1000, 1001)), (1, 0, 0));
}
