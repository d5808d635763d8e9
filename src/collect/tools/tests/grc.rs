use super::*;
use crate::fact::tools::{GrcInstall, Package};

const SCRIPT: &str = "/home/dev/.local/bin/git-remote-codecommit";
const SYSTEM_SITE: &str = "/usr/lib/python3/dist-packages";

/// A machine with Debian's Python and `script` as git-remote-codecommit.
fn machine(script: &str) -> FakeSystem {
    linux()
        .env_var("PATH", "/home/dev/.local/bin:/usr/bin")
        .program("/usr/bin/python3.11")
        .link("/usr/bin/python3", "python3.11")
        .dir(SYSTEM_SITE)
        .file(SCRIPT, script)
        .mode(SCRIPT, 0o755)
}

/// Puts git-remote-codecommit and botocore into a directory.
fn packages(system: FakeSystem, site: &str) -> FakeSystem {
    system
        .file(&format!("{site}/git_remote_codecommit/__init__.py"), "")
        .file(&format!("{site}/git_remote_codecommit-1.17.egg-info/PKG-INFO"), "Name: x\nVersion: 1.17\n")
        .file(&format!("{site}/botocore/__init__.py"), "")
        .file(&format!("{site}/botocore-1.34.51.dist-info/METADATA"), "Version: 1.34.51\n")
}

fn grc(system: &FakeSystem) -> (Tool, Option<GrcInstall>) {
    let tools = collect(system, &Wanted { grc: true, ..Wanted::default() });
    (tools.grc, tools.grc_install.known().cloned())
}

fn works(system: &FakeSystem) -> GrcInstall {
    let (tool, install) = grc(system);
    assert_eq!((tool.starts, tool.complaint), (Fact::Known(true), None));
    assert_eq!(tool.version, known("1.17"));
    let install = install.unwrap();
    assert_eq!((&install.module_found, &install.botocore_version), (&Fact::Known(true), &known("1.34.51")));
    install
}

fn lacks_its_module(system: &FakeSystem) -> GrcInstall {
    let (tool, install) = grc(system);
    assert_eq!(tool.starts, Fact::Known(false));
    assert_eq!(tool.complaint, Some("ModuleNotFoundError: No module named 'git_remote_codecommit'".into()));
    let install = install.unwrap();
    assert_eq!((&install.module_found, &install.version), (&Fact::Known(false), &Fact::Absent));
    install
}

fn is_uncertain(system: &FakeSystem) {
    let (tool, install) = grc(system);
    assert!(matches!(tool.starts, Fact::Unavailable(_)), "{:?}", tool.starts);
    assert!(matches!(install.unwrap().module_found, Fact::Unavailable(_)));
}

#[test]
fn it_is_not_there() {
    let (tool, install) = grc(&linux());
    assert!(!tool.installed && install.is_none());
    assert_eq!(tool.starts, Fact::Absent);
}

#[test]
fn the_user_site_of_debian_works() {
    let site = "/home/dev/.local/lib/python3.11/site-packages";
    let system = packages(machine("#!/usr/bin/python3\n"), site);
    let install = works(&system);
    assert_eq!(install.site_packages, known(site));
    assert_eq!((install.has_awscrt, install.externally_managed), (Fact::Known(false), Fact::Known(false)));
    let system =
        system.file("/usr/lib/python3.11/EXTERNALLY-MANAGED", "").file(&format!("{site}/awscrt/__init__.py"), "");
    let install = works(&system);
    assert_eq!((install.has_awscrt, install.externally_managed), (Fact::Known(true), Fact::Known(true)));
    lacks_its_module(&system.clone().env_var("PYTHONNOUSERSITE", "1"));
    lacks_its_module(&system.file(SCRIPT, "#!/usr/bin/python3 -sP\n").mode(SCRIPT, 0o755));
}

#[test]
fn another_python_lacks_the_module() {
    let elsewhere = packages(machine("#!/usr/bin/env python3\n"), "/home/dev/.local/lib/python3.9/site-packages");
    let install = lacks_its_module(&elsewhere);
    assert_eq!(install.site_packages, known(SYSTEM_SITE));
    let (tool, _) = grc(&elsewhere);
    assert_eq!((tool.interpreter, tool.interpreter_exists), (Some("/usr/bin/python3".into()), Some(true)));
}

#[test]
fn what_an_uninstallation_left_is_no_module() {
    let left =
        machine("#!/usr/bin/python3\n").file(&format!("{SYSTEM_SITE}/git_remote_codecommit/__pycache__/x.pyc"), "");
    lacks_its_module(&left);
}

#[test]
fn without_botocore_it_does_not_start() {
    let system = machine("#!/usr/bin/python3\n").file(&format!("{SYSTEM_SITE}/git_remote_codecommit/__init__.py"), "");
    let (tool, install) = grc(&system);
    assert_eq!(tool.starts, Fact::Known(false));
    assert_eq!(tool.complaint, Some("ModuleNotFoundError: No module named 'botocore'".into()));
    assert_eq!(install.unwrap().botocore_version, Fact::Absent);
}

#[test]
fn an_interpreter_that_is_gone_or_no_program() {
    let gone = machine("#!/usr/local/opt/python@3.8/bin/python3.8\n");
    let (tool, install) = grc(&gone);
    assert_eq!((tool.interpreter_exists, tool.starts), (Some(false), Fact::Known(false)));
    let complaint = "/usr/local/opt/python@3.8/bin/python3.8: bad interpreter: No such file or directory";
    assert_eq!(tool.complaint, Some(complaint.into()));
    assert!(matches!(install.unwrap().version, Fact::Unavailable(_)));
    let plain = machine("#!/opt/python3\n").file("/opt/python3", "text");
    assert_eq!(grc(&plain).0.complaint, Some("/opt/python3: bad interpreter: Permission denied".into()));
    let carriage_return = machine("#!/usr/bin/python3\r\nimport sys\r\n");
    assert_eq!(grc(&carriage_return).0.interpreter_exists, Some(false));
}

fn venv(config: &str) -> FakeSystem {
    machine("#!/home/dev/venv/bin/python\n")
        .file("/home/dev/venv/pyvenv.cfg", config)
        .link("/home/dev/venv/bin/python", "/usr/bin/python3")
        .dir("/home/dev/venv/lib/python3.11/site-packages")
}

#[test]
fn a_virtual_environment_sees_only_its_own_packages() {
    let config = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n";
    works(&packages(venv(config), "/home/dev/venv/lib/python3.11/site-packages"));
    lacks_its_module(&packages(venv(config), SYSTEM_SITE));
    let shared = "home = /usr/bin\ninclude-system-site-packages = true\n";
    works(&packages(venv(shared), SYSTEM_SITE));
    works(&packages(venv(shared), "/home/dev/.local/lib/python3.11/site-packages"));
}

#[test]
fn a_virtual_environment_does_not_survive_an_upgrade_of_its_python() {
    let config = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.9.2\n";
    lacks_its_module(&packages(venv(config), "/home/dev/venv/lib/python3.9/site-packages"));
}

#[test]
fn long_paths_go_through_a_shell() {
    let interpreter = "/home/dev/a b/bin/python";
    let config = "home = /usr/bin\n";
    let build = |script: &str| {
        machine(script)
            .program("/usr/bin/sh")
            .file("/home/dev/a b/pyvenv.cfg", config)
            .link(interpreter, "/usr/bin/python3.11")
    };
    let site = "/home/dev/a b/lib/python3.11/site-packages";
    let pip = format!("#!/bin/sh\n'''exec' \"{interpreter}\" \"$0\" \"$@\"\n' '''\nimport re\n");
    let system = packages(build(&pip), site);
    works(&system);
    assert_eq!(grc(&system).0.interpreter, Some(interpreter.into()));
    let uv = "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n";
    let moved = build("")
        .file("/home/dev/a b/bin/git-remote-codecommit", uv)
        .mode("/home/dev/a b/bin/git-remote-codecommit", 0o755);
    works(&packages(moved.link(SCRIPT, "/home/dev/a b/bin/git-remote-codecommit"), site));
}

#[test]
fn pythonpath_and_path_files_are_followed() {
    works(&packages(machine("#!/usr/bin/python3\n").env_var("PYTHONPATH", "/opt/modules"), "/opt/modules"));
    let isolated = machine("#!/usr/bin/python3 -I\n").env_var("PYTHONPATH", "/opt/modules");
    lacks_its_module(&packages(isolated, "/opt/modules"));
    let added = machine("#!/usr/bin/python3\n").file(&format!("{SYSTEM_SITE}/more.pth"), "# comment\n/opt/modules\n");
    works(&packages(added, "/opt/modules"));
    let egg = "/usr/lib/python3/dist-packages/git_remote_codecommit-1.17-py3.11.egg";
    let easy = machine("#!/usr/bin/python3\n")
        .file(&format!("{SYSTEM_SITE}/easy-install.pth"), "./git_remote_codecommit-1.17-py3.11.egg\n")
        .file(&format!("{egg}/git_remote_codecommit/__init__.py"), "")
        .file(&format!("{SYSTEM_SITE}/botocore-1.34.51.egg-info"), "")
        .file(&format!("{SYSTEM_SITE}/botocore/__init__.py"), "");
    works(&easy);
}

#[test]
fn absence_is_uncertain_where_something_cannot_be_followed() {
    let with =
        |name: &str, content: &str| machine("#!/usr/bin/python3\n").file(&format!("{SYSTEM_SITE}/{name}"), content);
    is_uncertain(&with("__editable__.git_remote_codecommit-1.17.pth", "import __editable___finder; x.install()\n"));
    is_uncertain(&with("zip.pth", "/opt/all.zip\n").file("/opt/all.zip", "PK"));
    is_uncertain(&machine("#!/usr/bin/python3\n").env_var("PYTHONPATH", "/opt/all.zip").file("/opt/all.zip", "PK"));
    is_uncertain(&machine("#!/usr/bin/python3\n").env_var("PYTHONHOME", "/opt/python"));
    is_uncertain(&machine("#!/opt/x/bin/python\n").program("/opt/x/bin/python"));
    is_uncertain(&machine("#!/bin/bash\nexec /nix/store/x/bin/git-remote-codecommit \"$@\"\n"));
    is_uncertain(&machine("\x7fELF"));
    lacks_its_module(&with("distutils-precedence.pth", "import os; os.environ.get('SETUPTOOLS_USE_DISTUTILS')\n"));
}

/// pyenv with two versions, the newer of which holds the packages.
fn pyenv() -> FakeSystem {
    let root = "/home/dev/.pyenv";
    let shim = format!("{root}/shims/git-remote-codecommit");
    let program = format!("{root}/versions/3.11.7/bin/git-remote-codecommit");
    let system = linux()
        .env_var("PATH", "/home/dev/.pyenv/shims:/usr/bin")
        .file(&shim, "#!/usr/bin/env bash\nexec \"/home/dev/.pyenv/libexec/pyenv\" exec \"$program\" \"$@\"\n")
        .mode(&shim, 0o755)
        .dir(&format!("{root}/versions/3.9.18/bin"))
        .program(&format!("{root}/versions/3.11.7/bin/python3.11"))
        .file(&program, "#!/home/dev/.pyenv/versions/3.11.7/bin/python3.11\n")
        .mode(&program, 0o755);
    packages(system, &format!("{root}/versions/3.11.7/lib/python3.11/site-packages"))
}

#[test]
fn a_shim_of_pyenv_is_followed_to_the_selected_version() {
    let global = |version: &str| pyenv().file("/home/dev/.pyenv/version", format!("{version}\n"));
    works(&global("3.11.7"));
    works(&global("3.11"));
    works(&global("3.9.18").file("/home/dev/work/.python-version", "3.11.7\n"));
    works(&global("3.9.18").env_var("PYENV_VERSION", "3.9.18:3.11.7"));
    let (tool, _) = grc(&global("3.9.18"));
    assert_eq!(tool.starts, Fact::Known(false));
    let complaint = "pyenv: git-remote-codecommit: command not found (it exists in 3.11.7)";
    assert_eq!(tool.complaint, Some(complaint.into()));
}

#[test]
fn a_copy_off_path_is_examined_too() {
    let system = packages(machine("#!/usr/bin/python3\n").env_var("PATH", "/usr/bin"), SYSTEM_SITE);
    let (tool, install) = grc(&system);
    assert!(!tool.installed);
    assert_eq!(tool.off_path, [FilePath::from(SCRIPT)]);
    assert_eq!(install.unwrap().version, known("1.17"));
}

#[test]
fn windows_launchers_name_their_python_inside() {
    let launcher = "/c/Users/dev/venv/Scripts/git-remote-codecommit";
    let content = "MZ #! not this \0\0#!\"/c/Users/dev/venv/Scripts/python.exe\"\r\nPK\x03\x04";
    let base = FakeSystem::new(Platform::Windows)
        .env_var("PATH", "/c/Users/dev/venv/Scripts")
        .file(launcher, content)
        .mode(launcher, 0o755);
    let site = "/c/Users/dev/venv/Lib/site-packages";
    let venv = base
        .clone()
        .program("/c/Users/dev/venv/Scripts/python.exe")
        .file("/c/Users/dev/venv/pyvenv.cfg", "home = C:\\Python311\n");
    let install = works(&packages(venv, site));
    assert_eq!(install.site_packages, known(site));
    assert_eq!(grc(&packages(base.clone(), site)).0.interpreter_exists, Some(false));
    let bare = base.file(launcher, "MZ").mode(launcher, 0o755);
    works(&packages(bare, site));
}

#[test]
fn pip_is_read_from_its_metadata() {
    let system = linux().program("/usr/bin/python3.11").link("/usr/bin/python3", "python3.11").answers(
        "/usr/bin/python3",
        &["--version"],
        0,
        "Python 3.11.2\n",
        "",
    );
    let pip = |system: &FakeSystem| collect(system, &Wanted { python: true, ..Wanted::default() }).pip;
    let none = Package { installed: Fact::Known(false), version: Fact::Absent, source: None };
    assert_eq!(pip(&system), none);
    let found = pip(&system.dir(&format!("{SYSTEM_SITE}/pip-23.0.1.dist-info")));
    assert_eq!((found.installed, found.version), (Fact::Known(true), known("23.0.1")));
    assert_eq!(found.source.unwrap().path, Some(format!("{SYSTEM_SITE}/pip-23.0.1.dist-info").into()));
    assert_eq!(pip(&linux()), Package { installed: Fact::Absent, version: Fact::Absent, source: None });
}
