//! Where a Python looks for packages, told from files alone (`site.py` and `getpath.py` of CPython).

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};

use super::locate::{is_directory, is_file};
use super::script::{self, Shim};
use crate::collect::os::home;
use crate::system::{Platform, System, path_list};

/// Largest `.pth` or `pyvenv.cfg` file that is read.
const SMALL: u64 = 256 * 1024;
/// Largest number of directories that are searched for packages.
const SITE_LIMIT: usize = 200;

/// One directory with packages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Site {
    /// The directory.
    pub(super) path: PathBuf,
    /// The names in it, sorted.
    pub(super) names: Vec<String>,
}

/// The packages that an interpreter sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Python {
    /// Directories in the order in which modules are looked for; those that do not exist are left out.
    pub(super) sites: Vec<Site>,
    /// Something that could hold packages and that cannot be followed here.
    pub(super) doubt: Option<String>,
    /// Whether it is marked as managed by the operating system (PEP 668); a virtual environment never is.
    pub(super) externally_managed: bool,
}

/// Options and variables that change where Python looks.
struct Settings {
    ignores_environment: bool,
    ignores_user: bool,
}

impl Settings {
    /// From the options behind the interpreter: `-I`, `-E` and `-s`, alone or together as in `-sE`.
    fn new(system: &dyn System, options: &[String]) -> Self {
        let has = |flag: char| {
            options.iter().any(|word| !word.starts_with("--") && word.starts_with('-') && word.contains(flag))
        };
        let ignores_environment = has('I') || has('E');
        let forbidden = system.env("PYTHONNOUSERSITE").is_some_and(|value| !value.is_empty());
        Self { ignores_environment, ignores_user: has('I') || has('s') || (forbidden && !ignores_environment) }
    }
}

/// The packages of `interpreter`, which must exist.
pub(super) fn environment(system: &dyn System, interpreter: &Path, options: &[String]) -> Python {
    let followed = match script::follow_shim(system, interpreter) {
        Some(Shim::Program(program)) => program,
        Some(Shim::NotSelected(_)) => return doubtful("pyenv has no Python of this name selected".into()),
        None => interpreter.to_owned(),
    };
    let settings = Settings::new(system, options);
    let mut search = Search { system, python: Python::default(), seen: HashSet::new() };
    if !settings.ignores_environment {
        search.python_path();
    }
    match virtual_environment(system, &followed) {
        Some((root, config)) => {
            search.prefix(&root, series(system, &followed, &root).as_deref());
            if setting(&config, "include-system-site-packages").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            {
                search.base_of(&root, &config, &followed, &settings);
            }
        }
        None => search.base(&followed, &settings),
    }
    search.python
}

fn doubtful(reason: String) -> Python {
    Python { doubt: Some(reason), ..Python::default() }
}

/// The directory and content of the `pyvenv.cfg` beside the interpreter or one up; links are not followed for this.
fn virtual_environment(system: &dyn System, interpreter: &Path) -> Option<(PathBuf, String)> {
    interpreter.ancestors().skip(1).take(2).find_map(|directory| {
        let config = system.read(&directory.join("pyvenv.cfg"), SMALL).ok()?;
        Some((directory.to_owned(), String::from_utf8_lossy(&config).into_owned()))
    })
}

fn setting<'a>(config: &'a str, wanted: &str) -> Option<&'a str> {
    config.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == wanted).then(|| value.trim())
    })
}

/// `3.11` of an interpreter: from the name of the file behind all links, else from the only library of its prefix.
fn series(system: &dyn System, interpreter: &Path, prefix: &Path) -> Option<String> {
    let real = system.canonicalize(interpreter).ok();
    let name = real.as_deref().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
    if let Some(found) = name.as_deref().and_then(numbered) {
        return Some(found);
    }
    let libraries = system.read_dir(&prefix.join("lib")).unwrap_or_default();
    let mut found = libraries.iter().filter_map(|entry| numbered(&entry.name.to_string_lossy()));
    found.next().filter(|_| found.next().is_none())
}

/// `3.11` of `python3.11` or `pypy3.11`; `None` for `python3`.
fn numbered(name: &str) -> Option<String> {
    let number = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
    let number = number.strip_suffix(".exe").unwrap_or(number);
    let (major, minor) = number.split_once('.')?;
    [major, minor]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
        .then(|| number.to_owned())
}

/// The search as it goes on.
struct Search<'a> {
    system: &'a dyn System,
    python: Python,
    seen: HashSet<PathBuf>,
}

impl Search<'_> {
    fn is_windows(&self) -> bool {
        self.system.platform() == Platform::Windows
    }

    fn doubt(&mut self, reason: String) {
        self.python.doubt.get_or_insert(reason);
    }

    /// `PYTHONPATH`, whose directories come first and whose `.pth` files are not read.
    fn python_path(&mut self) {
        let list = self.system.env("PYTHONPATH").unwrap_or_default();
        for entry in path_list::split(&list, self.system.platform()).iter().take(SITE_LIMIT) {
            if entry.as_os_str().is_empty() {
                continue;
            }
            if is_file(self.system, entry) {
                self.doubt(format!("PYTHONPATH names an archive, {}", entry.display()));
            }
            self.directory(entry);
        }
    }

    /// A Python that is no virtual environment.
    fn base(&mut self, interpreter: &Path, settings: &Settings) {
        if !settings.ignores_environment && self.system.env("PYTHONHOME").is_some_and(|home| !home.is_empty()) {
            self.doubt("PYTHONHOME is set".into());
        }
        let real = self.system.canonicalize(interpreter).unwrap_or_else(|_| interpreter.to_owned());
        if self.system.platform() == Platform::MacOs && real == Path::new("/usr/bin/python3") {
            return self.apple();
        }
        let parent = real.parent();
        let Some(prefix) = (if self.is_windows() { parent } else { parent.and_then(Path::parent) }) else {
            return self.doubt(format!("the place of {} tells nothing of its packages", real.display()));
        };
        let series = series(self.system, interpreter, prefix);
        if !settings.ignores_user {
            self.user(prefix, series.as_deref());
        }
        self.prefix(prefix, series.as_deref());
        self.python.externally_managed = self.is_managed(prefix, series.as_deref());
    }

    /// The Python that a virtual environment with system packages was made from: its own is a link to that one, or a
    /// copy, and then only `pyvenv.cfg` knows.
    fn base_of(&mut self, root: &Path, config: &str, interpreter: &Path, settings: &Settings) {
        let real = self.system.canonicalize(interpreter).ok();
        let is_outside = |path: &PathBuf| !self.system.canonicalize(root).is_ok_and(|root| path.starts_with(root));
        let named = || Some(Path::new(setting(config, "home")?).join(interpreter.file_name()?));
        match real.filter(is_outside).or_else(named) {
            Some(base) => self.base(&base, settings),
            None => self.doubt("pyvenv.cfg names no home".into()),
        }
        self.python.externally_managed = false;
    }

    /// The packages of one installation, in the places that CPython, Debian and Fedora use.
    fn prefix(&mut self, prefix: &Path, series: Option<&str>) {
        if self.is_windows() {
            return self.windows_prefix(prefix);
        }
        let Some(series) = series else {
            return self.doubt(format!("the version of the Python in {} is not known", prefix.display()));
        };
        let library = format!("python{series}");
        if prefix == Path::new("/usr") {
            self.site(&Path::new("/usr/local/lib").join(&library).join("dist-packages"));
            self.site(&Path::new("/usr/local/lib").join(&library).join("site-packages"));
            self.site(&Path::new("/usr/local/lib64").join(&library).join("site-packages"));
            self.site(Path::new("/usr/lib/python3/dist-packages"));
            self.site(&Path::new("/usr/lib").join(&library).join("dist-packages"));
        }
        self.site(&prefix.join("lib").join(&library).join("site-packages"));
        self.site(&prefix.join("lib64").join(&library).join("site-packages"));
    }

    fn windows_prefix(&mut self, prefix: &Path) {
        if prefix.to_string_lossy().contains("WindowsApps") {
            self.doubt("Python of the Microsoft Store keeps its packages elsewhere".into());
        }
        self.site(&prefix.join("Lib").join("site-packages"));
    }

    /// Apple's Python is a placeholder that starts the one of the developer tools.
    fn apple(&mut self) {
        for tools in ["/Library/Developer/CommandLineTools", "/Applications/Xcode.app/Contents/Developer"] {
            let versions = Path::new(tools).join("Library/Frameworks/Python3.framework/Versions");
            let names = self.system.read_dir(&versions).unwrap_or_default();
            let Some(series) =
                names.iter().rev().find_map(|entry| entry.name.to_str().filter(|name| *name != "Current"))
            else {
                continue;
            };
            self.user(&versions.join(series), Some(series));
            self.site(&Path::new("/Library/Python").join(series).join("site-packages"));
            return self.prefix(&versions.join(series), Some(series));
        }
        self.doubt("the Python of the developer tools was not found".into());
    }

    /// What `pip install --user` installs.
    fn user(&mut self, prefix: &Path, series: Option<&str>) {
        let Some(series) = series.map(str::to_owned).or_else(|| windows_series(prefix)) else { return };
        let base = self.system.env("PYTHONUSERBASE").filter(|base| !base.is_empty()).map(PathBuf::from);
        let home = home(self.system);
        if self.is_windows() {
            let roaming = self.system.env("APPDATA").map(|roaming| PathBuf::from(roaming).join("Python"));
            if let Some(base) = base.or(roaming) {
                self.site(&base.join(format!("Python{}", series.replace('.', ""))).join("site-packages"));
            }
        } else if let Some(base) = base.or_else(|| home.as_ref().map(|home| home.join(".local"))) {
            self.site(&base.join("lib").join(format!("python{series}")).join("site-packages"));
        }
        if let Some(home) = home.filter(|_| self.system.platform() == Platform::MacOs) {
            self.site(&home.join("Library/Python").join(&series).join("lib/python/site-packages"));
        }
    }

    fn is_managed(&self, prefix: &Path, series: Option<&str>) -> bool {
        let library = match series {
            _ if self.is_windows() => prefix.join("Lib"),
            Some(series) => prefix.join("lib").join(format!("python{series}")),
            None => return false,
        };
        is_file(self.system, &library.join("EXTERNALLY-MANAGED"))
    }

    /// A directory with packages and everything that its `.pth` files add.
    fn site(&mut self, path: &Path) {
        let Some(names) = self.directory(path) else { return };
        for name in names.iter().filter(|name| name.ends_with(".pth")).take(SITE_LIMIT) {
            match self.system.read(&path.join(name), SMALL) {
                Ok(content) => self.path_file(path, name, &String::from_utf8_lossy(&content)),
                // What we may not read, Python may not read either, and it goes on without a word.
                Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {}
                Err(_) => self.doubt(format!("{} cannot be read", path.join(name).display())),
            }
        }
    }

    /// A `.pth` file holds paths, and lines that Python runs. The latter patch Python (setuptools, virtualenv,
    /// coverage, certificates); only those of an editable installation find modules, and they name their package.
    fn path_file(&mut self, site: &Path, name: &str, content: &str) {
        for line in content.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            if line.starts_with("import ") || line.starts_with("import\t") {
                let names_it = |text: &str| text.replace('-', "_").contains("git_remote_codecommit");
                if names_it(name) || names_it(line) {
                    self.doubt(format!("{} finds its modules by running code", site.join(name).display()));
                }
                continue;
            }
            let added = site.join(line);
            if is_file(self.system, &added) {
                self.doubt(format!("{} is an archive", added.display()));
            }
            self.directory(&added);
        }
    }

    /// Adds a directory if it exists and is new, and gives the names in it.
    fn directory(&mut self, path: &Path) -> Option<Vec<String>> {
        if self.python.sites.len() >= SITE_LIMIT || !is_directory(self.system, path) {
            return None;
        }
        let real = self.system.canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(real) {
            return None;
        }
        // A directory that we may not list, Python may not list either.
        let entries = self.system.read_dir(path).ok()?;
        let names: Vec<_> = entries.into_iter().filter_map(|entry| entry.name.into_string().ok()).collect();
        self.python.sites.push(Site { path: path.to_owned(), names: names.clone() });
        Some(names)
    }
}

/// `3.11` of a directory `Python311`, where Windows' installers put Python.
fn windows_series(prefix: &Path) -> Option<String> {
    let name = prefix.file_name()?.to_string_lossy().into_owned();
    let digits: String = name.strip_prefix("Python")?.chars().take_while(char::is_ascii_digit).collect();
    let (major, minor) = digits.split_at_checked(1)?;
    (!minor.is_empty()).then(|| format!("{major}.{minor}"))
}

/// The packages beside a Windows launcher, `…\Scripts\tool.exe`, that names no interpreter.
pub(super) fn beside_scripts(system: &dyn System, launcher: &Path) -> Option<Python> {
    let prefix = launcher.parent()?.parent()?;
    let mut search = Search { system, python: Python::default(), seen: HashSet::new() };
    search.site(&prefix.join("Lib").join("site-packages"));
    // The user scheme has no `Lib`.
    search.site(&prefix.join("site-packages"));
    (!search.python.sites.is_empty()).then_some(search.python)
}
