use super::*;
use crate::system::Account;
use crate::system::fake::FakeSystem;
use crate::system::real::RealSystem;

fn linux() -> FakeSystem {
    FakeSystem::new(Platform::Linux)
}

#[test]
fn an_ordinary_linux() {
    let os = collect(&linux().file(
        "/etc/os-release",
        "NAME=\"Debian GNU/Linux\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nVERSION_ID=\"12\"\n",
    ));
    assert_eq!((&*os.family, &*os.arch), ("linux", "x86_64"));
    assert_eq!(os.version, Fact::Known("Debian GNU/Linux 12 (bookworm)".into()));
    assert!(!os.wsl && !os.msys && !os.container && !os.is_root);
    assert_eq!((os.sudo_user, os.user), (None, Fact::Known("dev".into())));
    assert_eq!((os.home, os.home_exists), (Fact::Known("/home/dev".into()), Fact::Known(true)));
    assert_eq!((os.home_owned, os.homes_differ), (Fact::Known(true), Fact::Known(false)));
    assert_eq!(os.account_home, Fact::Known("/home/dev".into()));
}

#[test]
fn alpine_and_nothing_name_themselves_as_well_as_they_can() {
    let alpine = linux().file("/usr/lib/os-release", "NAME='Alpine Linux'\nVERSION_ID=3.20.1\n");
    assert_eq!(collect(&alpine).version, Fact::Known("Alpine Linux 3.20.1".into()));
    assert!(matches!(collect(&linux()).version, Fact::Unavailable(_)));
    assert!(matches!(collect(&linux().fifo("/etc/os-release")).version, Fact::Unavailable(_)));
}

#[test]
fn macos_and_windows() {
    let plist = "<plist><dict>\n<key>ProductName</key>\n<string>macOS</string>\n\
                 <key>ProductVersion</key>\n<string>14.5</string></dict></plist>";
    let mac = FakeSystem::new(Platform::MacOs).file("/System/Library/CoreServices/SystemVersion.plist", plist);
    assert_eq!(collect(&mac).version, Fact::Known("macOS 14.5".into()));

    let windows = FakeSystem::new(Platform::Windows)
        .without_env("HOME")
        .env_var("USERPROFILE", "C:\\Users\\dev")
        .env_var("OS", "Windows_NT")
        .env_var("PATH", "C:\\Windows;\"C:\\Program Files\\Git\\cmd\";~\\bin");
    let os = collect(&windows);
    assert_eq!((&*os.family, os.version), ("windows", Fact::Known("Windows_NT".into())));
    assert_eq!(os.home, Fact::Known("C:\\Users\\dev".into()));
    let entries: Vec<_> = os.path.iter().map(|entry| (&*entry.path, entry.absolute, entry.mistyped)).collect();
    assert_eq!(
        entries,
        [("C:\\Windows", true, false), ("\"C:\\Program Files\\Git\\cmd\"", false, true), ("~\\bin", false, true)]
    );
    assert!(!os.msys);
    assert!(collect(&windows.env_var("MSYSTEM", "MINGW64")).msys);
}

#[test]
fn wsl_is_known_by_its_name_or_kernel_and_not_inside_a_container() {
    let kernel = "Linux version 5.15.153.1-microsoft-standard-WSL2 (root@x) #1 SMP";
    assert!(collect(&linux().env_var("WSL_DISTRO_NAME", "Ubuntu")).wsl);
    let wsl = linux().file("/proc/version", kernel);
    assert!(collect(&wsl).wsl);
    let os = collect(&wsl.file("/.dockerenv", ""));
    assert!(os.container && !os.wsl);
}

#[test]
fn containers_leave_marks() {
    assert!(collect(&linux().file("/run/.containerenv", "")).container);
    assert!(collect(&linux().file("/proc/1/cgroup", "12:pids:/docker/3601745b3bd5\n")).container);
    assert!(!collect(&linux().file("/proc/1/cgroup", "0::/init.scope\n")).container);
    assert!(collect(&linux().env_var("container", "podman")).container);
}

#[test]
fn another_home_is_seen() {
    let root = Account { uid: Some(0), name: Some("root".into()), home: Some("/root".into()) };
    let os = collect(&linux().with_account(root).env_var("SUDO_USER", "dev").dir("/root"));
    assert!(os.is_root);
    assert_eq!(os.sudo_user, Some("dev".into()));
    assert_eq!((os.home_owned, os.homes_differ), (Fact::Known(false), Fact::Known(true)));
}

#[test]
fn the_same_home_by_another_name_is_no_other_home() {
    let os = collect(&linux().link("/mnt/home", "/home").env_var("HOME", "/mnt/home/dev"));
    assert_eq!(os.homes_differ, Fact::Known(false));
}

#[test]
fn without_a_home_nothing_is_said_of_it() {
    let os = collect(&linux().without_env("HOME"));
    assert_eq!((os.home, os.home_exists), (Fact::Absent, Fact::Known(false)));
    assert_eq!((os.home_owned, os.homes_differ), (Fact::Absent, Fact::Absent));
    let os = collect(&linux().env_var("HOME", "/nonexistent"));
    assert_eq!((os.home_exists, os.homes_differ), (Fact::Known(false), Fact::Known(true)));
}

#[test]
fn path_entries_are_described() {
    let os = collect(&linux().env_var("PATH", "/usr/bin:/missing::~/bin:\"/opt/x\":bin"));
    let entries: Vec<_> =
        os.path.iter().map(|entry| (&*entry.path, entry.exists, entry.absolute, entry.mistyped)).collect();
    assert_eq!(
        entries,
        [
            ("/usr/bin", true, true, false),
            ("/missing", false, true, false),
            ("", true, false, false),
            ("~/bin", false, false, true),
            ("\"/opt/x\"", false, false, true),
            ("bin", false, false, false),
        ]
    );
    assert!(os.path_set);
    let empty = collect(&linux().env_var("PATH", ""));
    assert!(empty.path.is_empty() && !empty.path_set);
    assert_eq!(collect(&linux().env_var("PATH", &"/x:".repeat(100_000))).path.len(), 200);
}

#[test]
fn secrets_of_the_environment_do_not_become_facts() {
    let env = collect(
        &linux()
            .env_var("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
            .env_var("HTTPS_PROXY", "http://dev:hunter2@proxy.example:8080")
            .env_var("http_proxy", "dev:hunter2@proxy.example:8080")
            .env_var("no_proxy", "localhost,.example")
            .env_var("AWS_PROFILE", "work"),
    )
    .env;
    let secret = env.aws_secret_access_key.unwrap();
    assert_eq!((secret.value, secret.length), (None, 40));
    assert_eq!(secret.source.excerpt, Some("AWS_SECRET_ACCESS_KEY=••••".into()));
    assert_eq!(env.https_proxy_upper.unwrap().value, Some("http://dev:••••@proxy.example:8080".into()));
    assert_eq!(env.http_proxy.unwrap().value, Some("dev:••••@proxy.example:8080".into()));
    assert_eq!(env.no_proxy.unwrap().value, Some("localhost,.example".into()));
    let profile = env.aws_profile.unwrap();
    assert_eq!((&*profile.name, profile.length), ("AWS_PROFILE", 4));
    assert_eq!(profile.source, Source::variable("AWS_PROFILE", "AWS_PROFILE=work"));
    assert_eq!(env.aws_region, None);
}

#[test]
fn the_name_of_the_machine_is_known() {
    let name = |system: FakeSystem| collect(&system).hostname.known().map(|name| name.0.clone());
    assert_eq!(name(linux().file("/etc/hostname", "jdoe-laptop\n")).as_deref(), Some("jdoe-laptop"));
    assert_eq!(name(linux().env_var("COMPUTERNAME", "JDOE-PC")).as_deref(), Some("JDOE-PC"));
    assert_eq!(name(linux()), None);
}

#[test]
fn the_real_machine_has_an_account_and_a_path() {
    let os = collect(&RealSystem::new());
    assert!(os.path_set && !os.path.is_empty());
    assert_ne!(&*os.arch, "");
}
