//! From the files of a fixture to a machine in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use cc_doctor::system::fake::FakeSystem;
use cc_doctor::system::{AgentKey, Platform, RunError};
use data_encoding::BASE64;

use crate::spec::{Answer, Change, Spec};

/// One path of the machine.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) content: Content,
    pub(crate) mode: Option<u32>,
    owner: Option<u32>,
}

#[derive(Debug, Clone)]
pub(crate) enum Content {
    File(Vec<u8>),
    Directory,
    Link(String),
    Fifo,
}

/// A machine with its bases laid under it.
#[derive(Debug, Default)]
pub(crate) struct Machine {
    /// Everything that `machine.yaml` says; what bases say is in it where it is inherited.
    pub(crate) spec: Spec,
    pub(crate) nodes: BTreeMap<PathBuf, Node>,
}

impl Machine {
    /// Reads a machine and its bases.
    pub(crate) fn load(folder: &Path, name: &str) -> Result<Self, String> {
        let path = folder.join(name).join("machine.yaml");
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let spec: Spec = serde_yaml::from_str(&text).map_err(|error| format!("{name}/machine.yaml: {error}"))?;
        let mut machine = match &spec.base {
            Some(base) => Self::load(folder, base)?,
            None => Self::default(),
        };
        machine.inherit(spec);
        machine.tree(&folder.join(name).join("root"), Path::new("/"))?;
        machine.tree(&folder.join(name).join("home"), &machine.home())?;
        for change in std::mem::take(&mut machine.spec.files) {
            machine.change(&change).map_err(|error| format!("{}: {error}", change.path))?;
        }
        Ok(machine)
    }

    fn inherit(&mut self, new: Spec) {
        let old = std::mem::take(&mut self.spec);
        self.spec = Spec {
            platform: new.platform.or(old.platform),
            home: new.home.or(old.home),
            cwd: new.cwd.or(old.cwd),
            now: new.now.or(old.now),
            account: new.account.or(old.account),
            env: old.env.into_iter().chain(new.env).collect(),
            programs: old.programs.into_iter().chain(new.programs).collect(),
            agents: old.agents.into_iter().chain(new.agents).collect(),
            urls: if new.urls.is_empty() { old.urls } else { new.urls },
            region: new.region.or(old.region),
            profile: new.profile.or(old.profile),
            regions: new.regions.or(old.regions),
            secrets: old.secrets.into_iter().chain(new.secrets).collect(),
            ..new
        };
    }

    fn home(&self) -> PathBuf {
        self.spec.home.as_deref().unwrap_or("/home/dev").into()
    }

    fn path(&self, path: &str) -> PathBuf {
        self.home().join(path)
    }

    /// Lays a folder of the fixture; a folder `git` that has a `HEAD` is a `.git`.
    fn tree(&mut self, from: &Path, to: &Path) -> Result<(), String> {
        if !from.exists() {
            return Ok(());
        }
        for entry in fs::read_dir(from).map_err(|error| format!("{}: {error}", from.display()))? {
            let from = entry.map_err(|error| error.to_string())?.path();
            let is_repository = from.ends_with("git") && from.join("HEAD").exists();
            let name = if is_repository { ".git".into() } else { from.file_name().unwrap_or_default().to_owned() };
            let to = to.join(name);
            if from.is_dir() {
                self.put(to.clone(), Content::Directory);
                self.tree(&from, &to)?;
            } else {
                let bytes = fs::read(&from).map_err(|error| format!("{}: {error}", from.display()))?;
                self.put(to, Content::File(bytes));
            }
        }
        Ok(())
    }

    pub(crate) fn put(&mut self, path: PathBuf, content: Content) {
        let home = self.home();
        for parent in path.ancestors().skip(1).filter(|parent| parent.starts_with(&home)) {
            let node = Node { content: Content::Directory, mode: None, owner: None };
            self.nodes.entry(parent.to_owned()).or_insert(node);
        }
        let old = self.nodes.get(&path);
        let (mode, owner) = old.map_or((None, None), |old| (old.mode, old.owner));
        self.nodes.insert(path, Node { content, mode, owner });
    }

    fn change(&mut self, change: &Change) -> Result<(), String> {
        let path = self.path(&change.path);
        if change.remove {
            let before = self.nodes.len();
            self.nodes.retain(|known, _| !known.starts_with(&path));
            return if self.nodes.len() < before { Ok(()) } else { Err("is not there to be removed".into()) };
        }
        if let Some(from) = &change.moved_from {
            let node = self.nodes.remove(&self.path(from)).ok_or_else(|| format!("{from} is not there"))?;
            self.nodes.insert(path.clone(), node);
        }
        if let Some(content) = new_content(change)? {
            self.put(path.clone(), content);
        }
        if change.edits() && !self.nodes.contains_key(&path) && change.replace.is_empty() {
            self.put(path.clone(), Content::File(Vec::new()));
        }
        let node = self.nodes.get_mut(&path).ok_or("is not there")?;
        if let Content::File(bytes) = &mut node.content {
            edit(bytes, change)?;
        }
        if let Some(mode) = &change.mode {
            node.mode = Some(u32::from_str_radix(mode, 8).map_err(|error| format!("mode {mode}: {error}"))?);
        }
        node.owner = change.owner.or(node.owner);
        Ok(())
    }

    /// What must not be seen: the secrets that are listed, and a line of every private key.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let keys = self.nodes.values().filter_map(|node| match &node.content {
            Content::File(bytes) => std::str::from_utf8(bytes).ok().filter(|text| text.contains("PRIVATE KEY-----")),
            _ => None,
        });
        let lines = keys.filter_map(|text| text.lines().find(|line| line.len() > 40 && !line.contains("KEY")));
        lines.map(str::to_owned).chain(self.spec.secrets.iter().cloned()).collect()
    }

    /// The machine in memory, with the answers that are recorded.
    pub(crate) fn system(&self) -> Result<FakeSystem, String> {
        let home = self.home();
        let mut system = FakeSystem::new(self.platform()?)
            .in_directory(&text(&self.path(self.spec.cwd.as_deref().unwrap_or("work/demo-repo"))))
            .env_var("HOME", &text(&home));
        for (path, node) in &self.nodes {
            system = lay(system, path, node, &home);
        }
        for (name, value) in &self.spec.env {
            system = match value {
                Some(value) => system.env_var(name, value),
                None => system.without_env(name),
            };
        }
        for (path, answers) in &self.spec.programs {
            system = self.program(system, path, answers.as_deref());
        }
        for (socket, keys) in &self.spec.agents {
            let keys: Result<Vec<_>, String> = keys.iter().map(|name| agent_key(name)).collect();
            system = system.agent(socket, Ok(keys?));
        }
        system = match &self.spec.account {
            Some(account) => system.with_account(cc_doctor::system::Account {
                uid: account.uid,
                name: Some(account.name.clone()),
                home: Some(account.home.clone().into()),
            }),
            None => system.with_account(cc_doctor::system::Account {
                uid: Some(1000).filter(|_| self.spec.platform.as_deref() != Some("windows")),
                name: Some("dev".into()),
                home: Some(home),
            }),
        };
        Ok(system.at(self.spec.now.unwrap_or(1_800_000_000)))
    }

    fn platform(&self) -> Result<Platform, String> {
        match self.spec.platform.as_deref() {
            None | Some("linux") => Ok(Platform::Linux),
            Some("macos") => Ok(Platform::MacOs),
            Some("windows") => Ok(Platform::Windows),
            Some(other) => Err(format!("there is no platform {other}")),
        }
    }

    fn program(&self, system: FakeSystem, path: &str, answers: Option<&[Answer]>) -> FakeSystem {
        let Some(answers) = answers else { return system };
        let there = self.nodes.contains_key(Path::new(path));
        let mut system = if there { system } else { system.program(path) };
        for answer in answers {
            let args: Vec<&str> = answer.args.iter().map(String::as_str).collect();
            system = match &answer.fails {
                Some(words) => system.fails(path, RunError::NotStarted(words.clone())),
                None => system.answers(path, &args, answer.code, &answer.stdout, &answer.stderr),
            };
        }
        system
    }

    /// Whether an answer to arguments that hold this one is recorded for a program.
    pub(crate) fn has_answer(&self, program: &Path, argument: &str) -> bool {
        let answers = self.spec.programs.get(&text(program)).and_then(Option::as_ref);
        answers.is_some_and(|answers| answers.iter().any(|answer| answer.args.iter().any(|arg| arg == argument)))
    }
}

impl Change {
    /// Whether it changes a content that is there.
    fn edits(&self) -> bool {
        !self.replace.is_empty() || self.prepend.is_some() || self.append.is_some()
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn new_content(change: &Change) -> Result<Option<Content>, String> {
    Ok(if let Some(text) = &change.text {
        Some(Content::File(text.clone().into_bytes()))
    } else if let Some(from) = &change.from {
        Some(Content::File(data(from)?))
    } else if let Some(bytes) = &change.base64 {
        Some(Content::File(BASE64.decode(bytes.as_bytes()).map_err(|error| error.to_string())?))
    } else if let Some(link) = &change.link {
        Some(Content::Link(link.clone()))
    } else if change.directory {
        Some(Content::Directory)
    } else {
        change.fifo.then_some(Content::Fifo)
    })
}

/// A file of tests/data.
fn data(name: &str) -> Result<Vec<u8>, String> {
    fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name))
        .map_err(|error| format!("tests/data/{name}: {error}"))
}

fn edit(bytes: &mut Vec<u8>, change: &Change) -> Result<(), String> {
    let mut text = String::from_utf8_lossy(bytes).into_owned();
    for (old, new) in &change.replace {
        if !text.contains(old.as_str()) {
            return Err(format!("does not hold {old:?}"));
        }
        text = text.replace(old, new);
    }
    text = format!("{}{text}{}", change.prepend.as_deref().unwrap_or(""), change.append.as_deref().unwrap_or(""));
    let encoded = match change.encoding.as_deref() {
        None if change.edits() => text.into_bytes(),
        None => return Ok(()),
        Some("crlf") => text.replace('\n', "\r\n").into_bytes(),
        Some("bom") => format!("\u{feff}{text}").into_bytes(),
        Some("utf-16") => format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect(),
        Some("no-final-newline") => text.trim_end().as_bytes().to_vec(),
        Some(other) => return Err(format!("there is no encoding {other}")),
    };
    *bytes = encoded;
    Ok(())
}

fn lay(system: FakeSystem, path: &Path, node: &Node, home: &Path) -> FakeSystem {
    let name = text(path);
    let system = match &node.content {
        Content::File(bytes) => system.file(&name, bytes),
        Content::Directory => system.dir(&name),
        Content::Link(to) => system.link(&name, to),
        Content::Fifo => system.fifo(&name),
    };
    let is_file = matches!(node.content, Content::File(_));
    let mode = node.mode.unwrap_or_else(|| usual_mode(path, is_file));
    let owner = node.owner.unwrap_or(if path.starts_with(home) { 1000 } else { 0 });
    system.mode(&name, mode).owner(&name, owner)
}

/// What careful programs give a file of that name.
fn usual_mode(path: &Path, is_file: bool) -> u32 {
    let below = |name: &str| path.components().any(|part| part == Component::Normal(name.as_ref()));
    let is_public = path.extension().is_some_and(|extension| extension == "pub");
    let is_private = (below(".ssh") || below(".aws")) && !is_public;
    let is_store = path.ends_with(".git-credentials") || path.ends_with(".netrc");
    let is_program = path.parent().is_some_and(|parent| parent.ends_with("bin") || parent.ends_with("git-core"));
    match (is_file, is_private || is_store) {
        (true, true) => 0o600,
        (false, true) => 0o700,
        (true, false) if !is_program => 0o644,
        _ => 0o755,
    }
}

/// A public key of tests/data as an agent holds it.
fn agent_key(name: &str) -> Result<AgentKey, String> {
    let line = String::from_utf8(data(name)?).map_err(|error| error.to_string())?;
    let mut words = line.split_whitespace().skip(1);
    let blob = words.next().ok_or("is no public key")?;
    let blob = BASE64.decode(blob.as_bytes()).map_err(|error| format!("{name}: {error}"))?;
    Ok(AgentKey { blob, comment: words.next().unwrap_or_default().to_owned() })
}
