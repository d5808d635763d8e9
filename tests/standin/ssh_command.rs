//! The commands of a git client over SSH, run by the real git.

use std::path::PathBuf;
use std::process::Stdio;

use russh::server::Msg;
use russh::{Channel, ChannelMsg, ChannelReadHalf};
use tokio::io::{AsyncWriteExt as _, copy};
use tokio::process::ChildStdin;

use super::repository;
use super::world::World;

/// A command of git over a repository.
pub(crate) struct Command {
    /// `upload-pack` or `receive-pack`.
    service: String,
    repository: PathBuf,
}

/// What is wrong with a command: the line on standard error, and the exit status.
pub(crate) type Refusal = (String, u32);

/// Which repository a command is about, for this user in this region.
///
/// The texts for an unknown repository and a missing permission are assumed: no transcript of CodeCommit was found.
pub(crate) fn resolve(world: &World, region: &str, user: &str, command: &str) -> Result<Command, Refusal> {
    let words = shlex::split(command).unwrap_or_default();
    let service = words.first().and_then(|word| word.strip_prefix("git-"));
    let (Some(service @ ("upload-pack" | "receive-pack")), [_, path]) = (service, words.as_slice()) else {
        return Err(("Unsupported command".into(), 1));
    };
    let missing = || (format!("ERROR: repository not found: {path}"), 128);
    let (owner, _) = world.by_ssh_key(user).ok_or_else(missing)?;
    let name = path.strip_prefix("/v1/repos/").ok_or_else(missing)?;
    let found = world.repository(region, &owner.account, name).ok_or_else(missing)?;
    let action = if service == "upload-pack" { "codecommit:GitPull" } else { "codecommit:GitPush" };
    if owner.denied.contains(action) {
        let resource = format!("arn:aws:codecommit:{region}:{}:{name}", owner.account);
        let text = format!("User: {} is not authorized to perform: {action} on resource: {resource}", owner.arn());
        return Err((text, 128));
    }
    Ok(Command { service: service.into(), repository: found.path.clone() })
}

/// Runs it over the channel, or tells why not, and closes the channel.
pub(crate) async fn run(channel: Channel<Msg>, command: Result<Command, Refusal>, protocol: Option<String>) {
    let (read, write) = channel.split();
    let status = match command {
        Ok(command) => {
            let (out, err) = (write.make_writer(), write.make_writer_ext(Some(1)));
            spawn(&command, protocol, read, out, err).await.unwrap_or(255)
        }
        Err((text, status)) => {
            let _ = write.extended_data_bytes(1, format!("{text}\n").into_bytes()).await;
            status
        }
    };
    let _ = write.exit_status(status).await;
    let _ = write.eof().await;
    let _ = write.close().await;
}

async fn spawn(
    command: &Command,
    protocol: Option<String>,
    read: ChannelReadHalf,
    mut out: impl tokio::io::AsyncWrite + Unpin,
    mut err: impl tokio::io::AsyncWrite + Unpin,
) -> std::io::Result<u32> {
    let mut git = tokio::process::Command::from(repository::git());
    git.arg(&command.service).arg(&command.repository);
    git.envs(protocol.map(|value| ("GIT_PROTOCOL", value)));
    git.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = git.spawn()?;
    let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let feeder = tokio::spawn(feed(read, stdin));
    if let (Some(mut stdout), Some(mut stderr)) = (stdout, stderr) {
        let _ = tokio::join!(copy(&mut stdout, &mut out), copy(&mut stderr, &mut err));
    }
    let status = child.wait().await?;
    feeder.abort();
    Ok(status.code().and_then(|code| code.try_into().ok()).unwrap_or(255))
}

/// Hands on what the client sends, up to its end.
async fn feed(mut read: ChannelReadHalf, stdin: Option<ChildStdin>) {
    let Some(mut stdin) = stdin else { return };
    while let Some(message) = read.wait().await {
        match message {
            ChannelMsg::Data { data } if stdin.write_all(&data).await.is_ok() => {}
            ChannelMsg::Data { .. } | ChannelMsg::Eof | ChannelMsg::Close => return,
            _ => {}
        }
    }
}
