//! Which transports git may use (`is_transport_allowed` in transport.c of git).

use super::GitState;
use super::config::Entry;
use crate::collect::Context;
use crate::collect::mask::mask;
use crate::fact::{LocatedOption, Source};

/// Whether git may use the transport, as git decides: `GIT_ALLOW_PROTOCOL`, `protocol.<name>.allow`,
/// `protocol.allow`, git's defaults. `user` means: unless git acts by itself, as for submodules
/// (`GIT_PROTOCOL_FROM_USER=0`). The place is that of the setting; `None` for git's default.
pub fn protocol_allowed(
    context: &Context<'_>,
    git: &GitState,
    protocol: &str,
) -> (&'static str, Option<LocatedOption>) {
    if let Some(list) = context.system.env("GIT_ALLOW_PROTOCOL") {
        let list = mask(&list.to_string_lossy());
        let allowed = if list.split(':').any(|name| name == protocol) { "always" } else { "never" };
        let source = Source::variable("GIT_ALLOW_PROTOCOL", format!("GIT_ALLOW_PROTOCOL={list}"));
        return (allowed, Some(LocatedOption { value: list.into(), source }));
    }
    let config = &git.config;
    let set = config.last("protocol", Some(protocol), "allow").or_else(|| config.last("protocol", None, "allow"));
    match set {
        Some(entry) => {
            (policy(entry), Some(LocatedOption { value: mask(entry.text()).into(), source: config.source(entry) }))
        }
        None => (default(protocol), None),
    }
}

fn policy(entry: &Entry) -> &'static str {
    match entry.text().to_ascii_lowercase().as_str() {
        "always" => "always",
        "user" => "user",
        // Git dies of any other word.
        _ => "never",
    }
}

fn default(protocol: &str) -> &'static str {
    match protocol {
        "http" | "https" | "git" | "ssh" => "always",
        "ext" => "never",
        _ => "user",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::regions::RegionTable;
    use crate::system::Platform;
    use crate::system::fake::FakeSystem;

    fn allowed(system: &FakeSystem, protocol: &str) -> (&'static str, Option<u32>) {
        let regions = RegionTable::embedded().unwrap();
        let context =
            Context { system, regions: &regions, region: None, profile: None, urls: &[], live: Default::default() };
        let git = super::super::collect(&context);
        let (policy, option) = protocol_allowed(&context, &git, protocol);
        (policy, option.and_then(|option| option.source.line))
    }

    #[test]
    fn the_nearest_setting_decides() {
        let plain = FakeSystem::new(Platform::Linux);
        assert_eq!(allowed(&plain, "codecommit"), ("user", None));
        assert_eq!(allowed(&plain, "https"), ("always", None));
        assert_eq!(allowed(&plain, "ext"), ("never", None));
        let set = plain.file(
            "/home/dev/.gitconfig",
            "[protocol]\n\tallow = never\n[protocol \"https\"]\n\tallow = Always\n[protocol \"x\"]\n\tallow = yes\n",
        );
        assert_eq!(allowed(&set, "codecommit"), ("never", Some(2)));
        assert_eq!(allowed(&set, "https"), ("always", Some(4)));
        assert_eq!(allowed(&set, "x"), ("never", Some(6)));
        let listed = set.env_var("GIT_ALLOW_PROTOCOL", "ssh:codecommit");
        assert_eq!(allowed(&listed, "codecommit"), ("always", None));
        assert_eq!(allowed(&listed, "https"), ("never", None));
    }
}
