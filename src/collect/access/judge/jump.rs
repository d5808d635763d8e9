//! `ProxyJump` as a `ProxyCommand`: ssh would start the ssh of a jump without our options, and that one might write
//! `known_hosts` (`main` in ssh.c of OpenSSH).

use super::{quote, ssh_command};
use crate::collect::live::Tries;
use crate::collect::ssh;

/// Most hosts on the way.
const DEPTH: usize = 4;

/// One host of a `ProxyJump` list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hop {
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

/// The `ProxyCommand` that leads through these hosts; `config` is the file of `-F`, which ssh passes on.
///
/// # Errors
/// Why it cannot be made.
pub(super) fn proxy_command(tries: &Tries<'_>, jump: &str, config: Option<&str>) -> Result<String, String> {
    through(tries, &hops(jump)?, config, DEPTH)
}

/// The command that reaches `%h:%p` through the last of the hops, and that one through those before it.
fn through(tries: &Tries<'_>, hops: &[Hop], config: Option<&str>, depth: usize) -> Result<String, String> {
    let (last, before) = hops.split_last().ok_or("ProxyJump names no host")?;
    if depth == 0 {
        return Err("ProxyJump leads through too many hosts".into());
    }
    let facts = ssh::for_target(tries.context, tries.ssh, &last.host, last.user.as_deref(), last.port);
    let nested = match facts.proxy_jump.value.as_ref().filter(|jump| jump.0 != "none") {
        _ if !before.is_empty() => Some(through(tries, before, config, depth - 1)?),
        Some(jump) => Some(through(tries, &self::hops(jump)?, config, depth - 1)?),
        None => None,
    };
    let command = &tries.git.fact.ssh_command;
    let program = command.program_path.known().filter(|_| &*command.flavour == "openssh");
    let mut words = vec![program.map_or_else(|| "ssh".to_owned(), |path| quote::word(path))];
    words.extend(ssh_command::safe_options(&facts, None)?);
    Ok(join(words, last, config, nested))
}

fn join(mut words: Vec<String>, last: &Hop, config: Option<&str>, nested: Option<String>) -> String {
    words.extend(config.into_iter().flat_map(|file| ["-F".into(), quote::word(file)]));
    words.extend(nested.into_iter().flat_map(|nested| ["-o".into(), quote::word(&format!("ProxyCommand={nested}"))]));
    words.extend(last.user.iter().flat_map(|user| ["-l".into(), quote::word(user)]));
    words.extend(last.port.iter().flat_map(|port| ["-p".into(), port.to_string()]));
    // The ssh that runs this expands percent signs; only those at the end are meant for it.
    format!("{} -W '[%h]:%p' -- {}", words.join(" ").replace('%', "%%"), quote::word(&last.host).replace('%', "%%"))
}

/// `[user@]host[:port]` or `ssh://[user@]host[:port]`, separated by commas (`parse_jump` in readconf.c of OpenSSH).
fn hops(jump: &str) -> Result<Vec<Hop>, String> {
    let hop = |text: &str| {
        let text = text.trim().strip_prefix("ssh://").unwrap_or(text.trim()).trim_end_matches('/');
        let (user, rest) = text.rsplit_once('@').map_or((None, text), |(user, rest)| (Some(user.to_owned()), rest));
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, port)) => (host, port.strip_prefix(':')),
            None if rest.matches(':').count() == 1 => rest.split_once(':').map_or((rest, None), |(h, p)| (h, Some(p))),
            None => (rest, None),
        };
        let port = port.map(str::parse::<u16>).transpose().map_err(|_| format!("ProxyJump {jump} names no port"))?;
        if host.is_empty() || host.starts_with('-') {
            return Err(format!("ProxyJump {jump} names no host"));
        }
        Ok(Hop { user, host: host.to_owned(), port })
    };
    jump.split(',').map(hop).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jumps_are_read_as_ssh_reads_them() {
        let hop = |user: Option<&str>, host: &str, port| Hop { user: user.map(Into::into), host: host.into(), port };
        assert_eq!(hops("a").unwrap(), [hop(None, "a", None)]);
        assert_eq!(hops("u@a:2,ssh://b:3/").unwrap(), [hop(Some("u"), "a", Some(2)), hop(None, "b", Some(3))]);
        assert_eq!(hops("u@[::1]:22,::2").unwrap(), [hop(Some("u"), "::1", Some(22)), hop(None, "::2", None)]);
        assert!(hops("a:b").is_err() && hops("").is_err() && hops("a,-oProxyCommand=x").is_err());
    }

    #[test]
    fn percent_signs_are_for_the_outermost_ssh_only_at_the_end() {
        let hop = |host: &str| Hop { user: Some("u".into()), host: host.into(), port: Some(2) };
        let inner = join(vec!["ssh".into()], &hop("a"), None, None);
        assert_eq!(inner, "ssh -l u -p 2 -W '[%h]:%p' -- a");
        let outer = join(vec!["ssh".into(), "-o".into(), "X=50%".into()], &hop("b"), None, Some(inner));
        assert_eq!(
            outer,
            r"ssh -o X=50%% -o 'ProxyCommand=ssh -l u -p 2 -W '\''[%%h]:%%p'\'' -- a' -l u -p 2 -W '[%h]:%p' -- b"
        );
    }
}
