//! The same on the machine that the tests run on.

use super::*;
use crate::system::System;
use crate::system::real::RealSystem;

#[test]
fn the_git_and_ssh_of_this_machine_answer() {
    let system = RealSystem::new();
    let tools = collect(&system, &Wanted { git: true, ssh: true, curl: true, ..Wanted::default() });
    for (tool, program) in [(&tools.git, "git"), (&tools.ssh, "ssh")] {
        assert_eq!(tool.installed, !system.find_program(program).is_empty());
        if tool.installed {
            assert_eq!(tool.starts, Fact::Known(true), "{tool:?}");
            assert!(tool.version.known().is_some(), "{tool:?}");
        }
    }
}

/// Python itself says where it looks for packages.
#[cfg(unix)]
mod python {
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::collect::tools::site;
    use crate::system::Invocation;

    fn asked(system: &RealSystem, python: &Path) -> Vec<PathBuf> {
        let script = "import sys; print('\\n'.join(p for p in sys.path if p.endswith('-packages')))";
        let output = system.run(&Invocation::new(python, ["-c", script])).unwrap();
        assert!(output.ok(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().lines().map(PathBuf::from).collect()
    }

    fn assert_same(system: &RealSystem, python: &Path) {
        let environment = site::environment(system, python, &[]);
        let own: Vec<_> = environment.sites.iter().map(|site| site.path.clone()).collect();
        assert_eq!(own, asked(system, python), "{}", python.display());
    }

    #[test]
    fn the_directories_are_those_that_python_names() {
        let system = RealSystem::new();
        for python in system.find_program("python3") {
            assert_same(&system, &python);
        }
    }

    #[test]
    fn the_directories_of_virtual_environments_too() {
        let system = RealSystem::new();
        let Some(python) = system.find_program("python3").into_iter().next() else { return };
        let folder = tempfile::tempdir().unwrap();
        for options in
            [&["-m", "venv", "--without-pip"][..], &["-m", "venv", "--without-pip", "--system-site-packages"]]
        {
            let root = folder.path().join(options.len().to_string());
            let args = options.iter().map(PathBuf::from).chain([root.clone()]);
            let made = system.run(&Invocation::new(&python, args).with_deadline(Duration::from_secs(60))).unwrap();
            if !made.ok() {
                // Debian packages venv apart.
                return;
            }
            assert_same(&system, &root.join("bin/python3"));
        }
    }
}
