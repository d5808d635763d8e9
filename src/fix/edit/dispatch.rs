//! From the kind of an edit and its parameters to the editor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::git_config::{self, Key};
use super::known_hosts;
use super::refusal::Refusal;
use super::splice::Splice;
use super::ssh_config::{self, Scene, Setting};
use super::{Planner, SHARED, action, aws_config, credential_store, files, git_place, machine_wide, remote};
use crate::check::edit::WHEN;
use crate::evaluate::NOT_KNOWN;
use crate::fix::change::{Change, PRIVATE};
use crate::fix::upload::{self, Upload};
use crate::system::Platform;

/// The parameters of an edit.
pub(super) struct Parameters<'a>(BTreeMap<&'a str, String>);

impl<'a> Parameters<'a> {
    pub(super) fn new(texts: BTreeMap<&'a str, String>) -> Self {
        Self(texts)
    }

    /// A parameter that says something. A definition leaves it empty where the machine does not tell what is right, and
    /// what hangs on a fact that is unavailable is written so.
    fn need(&self, name: &str) -> Result<&str, Refusal> {
        match self.get(name) {
            Some("" | NOT_KNOWN) => {
                Err(Refusal::unavailable(format!("what is right here ({name}) has to be known first")))
            }
            Some(value) => Ok(value),
            None => Err(Refusal::invalid(format!("the edit has no `{name}`"))),
        }
    }

    /// Whether the definition wants the edit on other machines than this one.
    pub(super) fn is_left_out(&self) -> bool {
        self.get(WHEN).is_some_and(|when| when != "true")
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

type Planned = Result<Vec<Change>, Refusal>;

/// Plans one edit.
///
/// # Errors
/// [`Refusal`] as the editors say.
pub(super) fn plan(planner: &mut Planner<'_>, kind: &str, given: &Parameters<'_>) -> Planned {
    match kind {
        "move" => move_file(planner, given),
        "set-mode" => set_mode(planner, given),
        "re-encode" => {
            let ends = files::LineEnds::parse(given.get("line_ends").unwrap_or("keep"))?;
            edit(planner, given.need("path")?, PRIVATE, |text| files::re_encode(text, ends))
        }
        "ssh-config-set" | "ssh-config-move-block" | "ssh-config-insert-block" | "ssh-config-ignore" => {
            ssh(planner, kind, given)
        }
        "git-config-set" | "git-config-unset" | "git-config-replace" => git(planner, kind, given),
        "remote-set-url" => set_url(planner, given),
        "aws-config-set" | "aws-config-unset" | "aws-config-rename" => aws(planner, kind, given),
        "known-hosts-add" | "known-hosts-remove" => hosts(planner, kind, given),
        "forget-credential" => forget(planner, given),
        "generate-key" => {
            let path = planner.path(given.need("path")?)?;
            let planned = action::generate_key(planner.context.system, &path, given.get("bits").unwrap_or("4096"))?;
            let made: Vec<PathBuf> = planned.creates.iter().map(|path| planner.real(path)).collect();
            planner.taken.extend(made);
            Ok(vec![Change::Act(planned)])
        }
        "install" => Ok(vec![Change::Act(action::install(planner.context.system, given.need("tool")?)?)]),
        "upload-ssh-key" => upload(planner, given),
        other => Err(Refusal::invalid(format!("there is no edit `{other}`"))),
    }
}

fn edit(
    planner: &mut Planner<'_>,
    path: &str,
    mode: u32,
    editor: impl FnOnce(&[u8]) -> Result<Vec<Splice>, Refusal>,
) -> Planned {
    let path = planner.path(path)?;
    edit_at(planner, &path, mode, editor)
}

/// The same at a path that was looked at already.
fn edit_at(
    planner: &mut Planner<'_>,
    path: &Path,
    mode: u32,
    editor: impl FnOnce(&[u8]) -> Result<Vec<Splice>, Refusal>,
) -> Planned {
    let text = planner.text(path)?;
    planner.write(path, mode, &editor(&text)?)
}

fn move_file(planner: &mut Planner<'_>, given: &Parameters<'_>) -> Planned {
    let (from, to) = (planner.path(given.need("from")?)?, planner.path(given.need("to")?)?);
    let before = planner.moved(&from, &to)?;
    Ok(vec![Change::Move { from, to, before }])
}

fn set_mode(planner: &mut Planner<'_>, given: &Parameters<'_>) -> Planned {
    let path = planner.path(given.need("path")?)?;
    let found = planner.context.system.metadata(&path);
    let found = found.map_err(|error| Refusal::unavailable(format!("{}: {error}", path.display())))?;
    let before = found.mode.filter(|_| planner.context.system.platform() != Platform::Windows);
    let before = before.ok_or_else(|| Refusal::unavailable("this system has no permission bits"))?;
    let after = files::mode(before, given.need("mode")?)?;
    let change = Change::SetMode { path, before: before & 0o7777, after };
    Ok(if before & 0o7777 == after { Vec::new() } else { vec![change] })
}

fn ssh(planner: &mut Planner<'_>, kind: &str, given: &Parameters<'_>) -> Planned {
    let path = planner.path(given.need("path")?)?;
    let line = given.get("line").map(|line| planner.line(&path, line)).transpose()?;
    let line = || line.ok_or_else(|| Refusal::invalid("the edit has no `line`"));
    let text = planner.text(&path)?;
    let splices = planner.with_machine(|system| {
        let scene = Scene { system, path: &path, text: &text, regions: planner.context.regions };
        match kind {
            "ssh-config-set" => ssh_config::set(&scene, line()?, given.need("value")?),
            "ssh-config-move-block" => ssh_config::move_block(&scene, line()?),
            "ssh-config-ignore" => ssh_config::ignore(&scene, given.need("keyword")?),
            _ => ssh_config::insert(&scene, given.need("host")?, &settings(given)?),
        }
    })?;
    planner.write(&path, PRIVATE, &splices)
}

/// The settings of a new block, in the order in which the documentation of CodeCommit writes them.
fn settings(given: &Parameters<'_>) -> Result<Vec<Setting>, Refusal> {
    let names = [
        "hostname",
        "user",
        "port",
        "identity_file",
        "identities_only",
        "identity_agent",
        "pubkey_authentication",
        "preferred_authentications",
        "pubkey_accepted_algorithms",
        "host_key_algorithms",
        "remote_command",
        "session_type",
        "fork_after_authentication",
        "address_family",
        "control_path",
        "proxy_jump",
        "host_key_alias",
        "kex_algorithms",
        "ciphers",
        "macs",
        "required_rsa_size",
    ];
    let settings: Result<Vec<_>, _> =
        names.iter().filter_map(|name| given.get(name).map(|_| setting(name, given))).collect();
    settings.and_then(|settings| {
        if settings.is_empty() { Err(Refusal::invalid("the block would be empty")) } else { Ok(settings) }
    })
}

fn setting(name: &str, given: &Parameters<'_>) -> Result<Setting, Refusal> {
    if name == "user" && matches!(given.get(name), Some("" | NOT_KNOWN)) {
        return Err(Refusal::KeyIdNeeded);
    }
    Setting::new(&name.replace('_', ""), given.need(name)?)
}

fn git(planner: &mut Planner<'_>, kind: &str, given: &Parameters<'_>) -> Planned {
    let key = Key::parse(given.need("key")?)?;
    let value = given.get("value");
    match kind {
        "git-config-set" if key.name == "proxy" => git_config::check_set(&key, value.unwrap_or_default())?,
        "git-config-set" => git_config::check_set(&key, given.need("value")?)?,
        "git-config-replace" => git_config::check_set(&key, given.need("to")?)?,
        _ => git_config::check_unset(&key, value)?,
    }
    let holding = if kind == "git-config-replace" { given.get("from") } else { value };
    let paths = planner.with_machine(|system| -> Result<Vec<PathBuf>, Refusal> {
        let repository = planner.context.repository;
        match (given.get("file"), given.get("scope")) {
            (Some(file), _) => Ok(vec![PathBuf::from(file)]),
            (None, Some(scope)) => Ok(vec![git_place::of_scope(system, repository, scope)?]),
            (None, None) if kind == "git-config-set" => Ok(vec![git_place::for_setting(system, repository, &key)?]),
            (None, None) => Ok(git_place::holding(system, repository, &key, holding)),
        }
    })?;
    let mut changes = Vec::new();
    for path in paths {
        let by_hand = machine_wide::arguments(kind, given.need("key")?, (value, given.get("from"), given.get("to")));
        let path = planner.git_path(&path, &by_hand)?;
        changes.extend(edit_at(planner, &path, SHARED, |text| match kind {
            "git-config-set" => set_git(text, &key, value.unwrap_or_default()),
            "git-config-unset" => git_config::unset(text, &key, value),
            _ => git_config::replace(text, &key, given.need("from")?, given.need("to")?),
        })?);
    }
    Ok(of_git(changes))
}

/// The same of files that git writes, too.
fn of_git(mut changes: Vec<Change>) -> Vec<Change> {
    for change in &mut changes {
        if let Change::Write(write) = change {
            write.by_git = true;
        }
    }
    changes
}

/// Credential sections apply in their order, so that the place of the entry matters; of `http` the closest URL wins.
fn set_git(text: &[u8], key: &Key, value: &str) -> Result<Vec<Splice>, Refusal> {
    let is_credential = key.heading.section == "credential";
    match (is_credential && key.name == "helper", &key.heading.subsection) {
        (true, Some(_)) => git_config::set_helper(text, key, value),
        (true, None) if git_config::values(text, key)?.iter().any(|present| present != value) => {
            Err(Refusal::side_effect("other hosts use the credential helpers that are set for all of them"))
        }
        _ => git_config::set(text, key, value, |_| is_credential && key.heading.subsection.is_some()),
    }
}

fn set_url(planner: &mut Planner<'_>, given: &Parameters<'_>) -> Planned {
    let repository = planner.context.repository.ok_or_else(|| Refusal::stale("there is no repository here"))?;
    let path = repository.common_dir.join("config");
    let regions = planner.context.regions;
    let push = given.get("push").is_some_and(|word| word == "true");
    let (remote, url) = (given.need("remote")?, given.need("url")?);
    edit(planner, &path.to_string_lossy(), SHARED, |text| remote::set_url(text, regions, remote, url, push)).map(of_git)
}

fn aws(planner: &mut Planner<'_>, kind: &str, given: &Parameters<'_>) -> Planned {
    let system = planner.context.system;
    let variable = |name: &str| {
        system.env(name).filter(|value| !value.is_empty()).map(|value| value.to_string_lossy().into_owned())
    };
    let credentials = variable("AWS_SHARED_CREDENTIALS_FILE").unwrap_or_else(|| "~/.aws/credentials".to_owned());
    let config = || variable("AWS_CONFIG_FILE").unwrap_or_else(|| "~/.aws/config".to_owned());
    let file = given.get("file").map_or_else(config, str::to_owned);
    let path = planner.path(&file)?;
    let is_credentials = planner.path(&credentials).is_ok_and(|credentials| credentials == path);
    let kind_of_file = if is_credentials { aws_config::Kind::Credentials } else { aws_config::Kind::Config };
    if kind == "aws-config-rename" {
        let line = planner.line(&path, given.need("line")?)?;
        let heading = given.need("heading")?;
        return edit(planner, &file, PRIVATE, |text| aws_config::rename(text, kind_of_file, line, heading));
    }
    let (profile, key) = (given.need("profile")?, given.need("key")?);
    if kind == "aws-config-unset" {
        return edit(planner, &file, PRIVATE, |text| aws_config::unset(text, kind_of_file, profile, key));
    }
    let value = given.need("value")?;
    edit(planner, &file, PRIVATE, |text| aws_config::set(text, kind_of_file, profile, key, value))
}

fn hosts(planner: &mut Planner<'_>, kind: &str, given: &Parameters<'_>) -> Planned {
    let host = given.need("host")?.to_ascii_lowercase();
    let context = planner.context;
    let key = known_hosts::proved(context.regions, context.offered, &host)?;
    // The home of the account, whatever HOME says: ssh goes by that one.
    let home = context.system.account().home.map(|home| home.join(".ssh/known_hosts").to_string_lossy().into_owned());
    let usual = home.as_deref().unwrap_or("~/.ssh/known_hosts");
    let file = given.get("path").unwrap_or(usual);
    if kind == "known-hosts-add" {
        return edit(planner, file, PRIVATE, |text| known_hosts::add(text, &host, key));
    }
    let path = planner.path(file)?;
    let line = planner.line(&path, given.need("line")?)?;
    edit(planner, file, PRIVATE, |text| known_hosts::remove(text, line, &host, key))
}

fn upload(planner: &mut Planner<'_>, given: &Parameters<'_>) -> Planned {
    let path = planner.path(given.need("path")?)?;
    let text = planner.text(&path)?;
    let caller = upload::Caller {
        user: given.need("user")?.to_owned(),
        profile: given.need("profile")?.to_owned(),
        region: given.need("region")?.to_owned(),
        regions: planner.context.regions.clone(),
    };
    Ok(vec![Change::Upload(Upload::new(path, &text, caller)?)])
}

fn forget(planner: &mut Planner<'_>, given: &Parameters<'_>) -> Planned {
    let (host, helper, user) = (given.need("host")?, given.need("helper")?, given.get("user"));
    let context = planner.context;
    if helper != "store" {
        let planned = action::forget(context.system, context.regions, helper, host, user)?;
        return Ok(vec![Change::Act(planned)]);
    }
    action::demand_endpoint(context.regions, host)?;
    let file = given.get("path").unwrap_or("~/.git-credentials");
    let path = planner.path(file)?;
    if context.system.metadata(Path::new(&path)).is_err() {
        return Ok(Vec::new());
    }
    edit(planner, file, PRIVATE, |text| credential_store::forget(text, host, user))
}
