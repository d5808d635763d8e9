//! The SSH agent, asked through libssh2.

use std::path::Path;

use super::AgentKey;

/// The identities that the agent on `socket` holds; `None`: nobody accepts a connection there. An agent that hangs is
/// given up after two seconds.
#[cfg(feature = "libssh2")]
pub(super) fn keys(socket: &Path) -> Result<Option<Vec<AgentKey>>, String> {
    let limit = std::time::Duration::from_secs(2);
    let socket = socket.to_owned();
    super::deadline::within(limit, move || ask(&socket).map_err(|error| error.message().to_owned()))
        .unwrap_or_else(|| Err(format!("gave no answer within {} s", limit.as_secs())))
}

#[cfg(feature = "libssh2")]
fn ask(socket: &Path) -> Result<Option<Vec<AgentKey>>, ssh2::Error> {
    let mut agent = ssh2::Session::new()?.agent()?;
    agent.set_identity_path(socket)?;
    if agent.connect().is_err() {
        return Ok(None);
    }
    agent.list_identities()?;
    let keys = agent.identities()?;
    let key = |key: &ssh2::PublicKey| AgentKey { blob: key.blob().to_vec(), comment: key.comment().to_owned() };
    Ok(Some(keys.iter().map(key).collect()))
}

/// Without libssh2 nobody can be asked.
#[cfg(not(feature = "libssh2"))]
pub(super) fn keys(_socket: &Path) -> Result<Option<Vec<AgentKey>>, String> {
    Err("built without libssh2".into())
}

#[cfg(test)]
#[cfg(all(unix, feature = "libssh2"))]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    /// An ssh-agent that ends with the test.
    struct Agent(Child);

    impl Drop for Agent {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }

    fn start_agent(socket: &Path) -> Agent {
        let agent = Command::new("ssh-agent").arg("-D").arg("-a").arg(socket).stdout(Stdio::null()).spawn().unwrap();
        let start = Instant::now();
        while !socket.exists() && start.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        Agent(agent)
    }

    #[test]
    fn the_keys_are_those_that_were_added() {
        let folder = tempfile::tempdir().unwrap();
        let (socket, key) = (folder.path().join("agent"), folder.path().join("key"));
        let _agent = start_agent(&socket);
        assert_eq!(keys(&socket), Ok(Some(Vec::new())));

        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f"])
            .arg(&key)
            .status()
            .unwrap();
        assert!(made.success());
        let added = Command::new("ssh-add").arg("-q").arg(&key).env("SSH_AUTH_SOCK", &socket).status().unwrap();
        assert!(added.success());

        let found = keys(&socket).unwrap().unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].comment, "a comment");
        let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
        let encoded = data_encoding::BASE64.encode(&found[0].blob);
        assert_eq!(public.split(' ').nth(1), Some(encoded.as_str()));
    }

    #[test]
    fn an_agent_that_hangs_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("agent");
        let _listener = UnixListener::bind(&socket).unwrap();
        let start = Instant::now();
        assert_eq!(keys(&socket), Err("gave no answer within 2 s".into()));
        assert!(start.elapsed() < Duration::from_secs(10));
    }

    #[test]
    fn where_nobody_listens_there_is_no_agent() {
        assert_eq!(keys(Path::new("/nonexistent/agent")), Ok(None));
        let folder = tempfile::tempdir().unwrap();
        let left_over = folder.path().join("agent");
        drop(UnixListener::bind(&left_over).unwrap());
        assert_eq!(keys(&left_over), Ok(None));
    }
}
