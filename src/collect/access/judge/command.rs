//! The run of git: arguments, environment, directory.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use super::host_key::Seen;
use super::settings::{self, Settings};
use super::{helpers, quote, ssh_command};
use crate::collect::derive::Planned;
use crate::collect::git::{self, paths};
use crate::collect::live::Tries;
use crate::collect::{https, https_url};
use crate::system::Invocation;

/// How long git may take.
const DEADLINE: Duration = Duration::from_secs(15);
/// Less time than this is not worth a start.
const LEAST: Duration = Duration::from_millis(500);

/// Variables that would lead git to another repository or make it write.
const REMOVED: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_NAMESPACE",
    "GIT_PREFIX",
    "GIT_SHALLOW_FILE",
    "GIT_GRAFT_FILE",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_DEFAULT_HASH",
    "GIT_DEFAULT_REF_FORMAT",
    "GIT_REDIRECT_STDIN",
    "GIT_REDIRECT_STDOUT",
    "GIT_REDIRECT_STDERR",
    "GIT_CURL_VERBOSE",
];
/// Variables that name files, relative to where git runs.
const FILES: &[&str] = &[
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "GIT_SSL_CERT",
    "GIT_SSL_KEY",
    "GIT_PROXY_SSL_CERT",
    "GIT_PROXY_SSL_KEY",
    "GIT_PROXY_SSL_CAINFO",
    "SSL_CERT_FILE",
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
];

/// The run, and the flavour of ssh that it starts.
pub(super) struct Prepared {
    invocation: Invocation,
    pub(super) ssh: Option<ssh_command::Kind>,
}

impl Prepared {
    /// The run in this directory, which is empty.
    pub(super) fn inside(&self, directory: &Path) -> Invocation {
        let parent = directory.parent().unwrap_or(directory);
        let mut invocation = self.invocation.clone().with_cwd(directory);
        invocation.env.push(("GIT_CEILING_DIRECTORIES".into(), Some(parent.into())));
        invocation
    }
}

/// Prepares `git ls-remote`.
///
/// # Errors
/// Why it cannot be run without leaving a trace.
pub(super) fn prepare(
    tries: &Tries<'_>,
    planned: &Planned,
    git: &Path,
    seen: Option<&Seen>,
) -> Result<Prepared, String> {
    let deadline = tries.context.system.time_left().min(DEADLINE);
    if deadline < LEAST {
        return Err("the time of the run was used up".into());
    }
    let mut settings = Settings::of_repository(tries);
    let mut environment = Environment { list: Vec::new() };
    keep_out(tries, planned, &mut environment);
    let ssh = if planned.target.transport.0 == "ssh" {
        let command = ssh_command::command(tries, planned, seen)?;
        environment.set("GIT_SSH_COMMAND", &command.line);
        Some(command.kind)
    } else {
        over_https(tries, planned, &mut settings, &mut environment);
        None
    };
    // The URL has been rewritten already; the longest match wins, and that is the whole URL.
    settings.add(format!("url.{0}.insteadof", planned.url), &planned.url);
    hand_over(tries, &settings, &mut environment);
    let mut invocation =
        Invocation::new(git, ["ls-remote", "--quiet", "--", planned.url.as_str()]).with_deadline(deadline);
    invocation.env = environment.list;
    Ok(Prepared { invocation, ssh })
}

/// Variables on top of the inherited ones.
struct Environment {
    list: Vec<(OsString, Option<OsString>)>,
}

impl Environment {
    fn set(&mut self, name: &str, value: &str) {
        self.list.push((name.into(), Some(value.into())));
    }

    fn remove(&mut self, name: &str) {
        self.list.push((name.into(), None));
    }
}

/// Takes out what would lead git elsewhere, make it write or change what it prints, and puts back what cc-doctor takes
/// from other programs only to be quick.
fn keep_out(tries: &Tries<'_>, planned: &Planned, environment: &mut Environment) {
    let system = tries.context.system;
    for name in system.env_names() {
        let name = name.to_string_lossy();
        if name.starts_with("GIT_TRACE") {
            environment.remove(&name);
        }
    }
    REMOVED.iter().for_each(|name| environment.remove(name));
    // A repository that does not exist stops git; one that does has been read already.
    if let Some(directory) = system.env("GIT_DIR").filter(|directory| !directory.is_empty()) {
        let path = system.current_dir().unwrap_or_default().join(directory);
        if system.metadata(&path).is_err() {
            environment.list.push(("GIT_DIR".into(), Some(path.into())));
        }
    }
    for name in FILES {
        let relative = system.env(name).filter(|path| {
            let path = path.to_string_lossy();
            !path.is_empty() && !path.starts_with('~') && !paths::is_absolute(system, &path)
        });
        if let Some(path) = relative {
            environment.list.push(((*name).into(), Some(settings::base(tries).join(path).into())));
        }
    }
    // An instance role is a login like any other.
    let metadata = system.env("AWS_EC2_METADATA_DISABLED");
    environment.list.push(("AWS_EC2_METADATA_DISABLED".into(), metadata));
    // trace2.* of the configuration would write to files.
    for name in ["GIT_TRACE2", "GIT_TRACE2_EVENT", "GIT_TRACE2_PERF"] {
        environment.set(name, "0");
    }
    environment.set("GIT_ALLOW_PROTOCOL", &protocols(tries, planned));
}

/// `ssh:https:codecommit`, without those that the user's own settings forbid: the variable would overrule them.
fn protocols(tries: &Tries<'_>, planned: &Planned) -> String {
    let by_itself = planned.target.origin.0 == "submodule"
        || tries.context.system.env("GIT_PROTOCOL_FROM_USER").is_some_and(|value| value == "0");
    let is_allowed = |protocol: &&str| match git::protocol_allowed(tries.context, tries.git, protocol).0 {
        "always" => true,
        "user" => !by_itself,
        _ => false,
    };
    let mut allowed: Vec<&str> = ["ssh", "https", "codecommit"].into_iter().filter(is_allowed).collect();
    // For an empty list git looks into its configuration.
    if allowed.is_empty() {
        allowed.push("none");
    }
    allowed.join(":")
}

/// The helpers in their wrapping, and git's view of the conversation. The password in it is read in memory only.
fn over_https(tries: &Tries<'_>, planned: &Planned, settings: &mut Settings, environment: &mut Environment) {
    let url = https_url(tries.context, &planned.target, &planned.url).unwrap_or_default();
    for value in helpers::wrapped(tries.context.system, &https::helper_values(tries.context, tries.git, &url)) {
        settings.add("credential.helper", value);
    }
    let bare = quote::without_login(&url);
    let remote = planned.target.remote.as_ref();
    for name in ["proxy", "proxyauthmethod"] {
        let set = remote.and_then(|remote| tries.git.config.last("remote", Some(&remote.0), name));
        if let Some(entry) = set {
            settings.add(format!("http.{bare}.{name}"), entry.text());
        }
    }
    settings.add("http.savecookies", "false");
    settings.add(format!("http.{bare}.savecookies"), "false");
    // A login stays with the host that was asked for.
    settings.add("http.followredirects", "false");
    settings.add(format!("http.{bare}.followredirects"), "false");
    environment.set("GIT_TRACE_CURL", "1");
    environment.set("GIT_TRACE_CURL_NO_DATA", "1");
    environment.set("GIT_TRACE_REDACT", "0");
}

fn hand_over(tries: &Tries<'_>, settings: &Settings, environment: &mut Environment) {
    let system = tries.context.system;
    let own = |name: &str| system.env(name).map(|value| value.to_string_lossy().into_owned());
    let (parameters, odd) = settings.parameters(own("GIT_CONFIG_PARAMETERS").as_deref());
    environment.set("GIT_CONFIG_PARAMETERS", &parameters);
    let first = own("GIT_CONFIG_COUNT").and_then(|count| count.trim().parse::<usize>().ok()).unwrap_or(0);
    for (number, (key, value)) in odd.iter().enumerate() {
        environment.set(&format!("GIT_CONFIG_KEY_{}", first + number), key);
        environment.set(&format!("GIT_CONFIG_VALUE_{}", first + number), value);
    }
    if !odd.is_empty() {
        environment.set("GIT_CONFIG_COUNT", &(first + odd.len()).to_string());
    }
}
