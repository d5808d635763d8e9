//! The SSH endpoint of a region: russh's server, with SSH key IDs as users and the real git behind it.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::keys::{Algorithm, HashAlg, PublicKey};
use russh::server::{
    Auth, ChannelOpenHandle, Handle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey, run_stream,
};
use russh::{Channel, ChannelId, Disconnect, MethodKind, MethodSet, Preferred, SshId, kex, server};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional, duplex};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::keys;
use super::records::Record;
use super::shared::Shared;
use super::ssh_command;
use super::switches::Ssh;

/// The software version that CodeCommit announces.
const BANNER: &str = "SSH-2.0-AWSCodeCommit";
/// What a plain login gets, as the user guide prints it; then the server closes the connection.
const WELCOME: &str = "You have successfully authenticated over SSH. You can use Git to interact with AWS CodeCommit. \
    Interactive shells are not supported.";

/// Serves one connection to the SSH port of the region with this number.
pub(crate) async fn serve(shared: Arc<Shared>, number: usize, mut stream: TcpStream) {
    let region = shared.regions[number].name.clone();
    let faults = shared.switches().of(&region);
    shared.note(Record::SshConnection { region: region.clone() });
    sleep(faults.delay).await;
    match faults.ssh {
        Ssh::ClosesAtOnce => return hang_up(stream).await,
        Ssh::ClosesAfterBanner => {
            let _ = stream.write_all(format!("{BANNER}\r\n").as_bytes()).await;
            return hang_up(stream).await;
        }
        _ => {}
    }
    let end = Arc::new(Notify::new());
    let handle = Arc::new(OnceLock::new());
    let client = Client {
        shared: Arc::clone(&shared),
        region,
        ssh: faults.ssh,
        tries: faults.ssh_tries,
        end: Arc::clone(&end),
        handle: Arc::clone(&handle),
        user: String::new(),
        channel: None,
        protocol: None,
    };
    // russh says goodbye before it closes; CodeCommit just closes. So the connection is cut outside of russh.
    let (mut near, far) = duplex(1 << 16);
    let session = tokio::spawn(async move {
        let session = run_stream(config(number, faults.ssh), far, client).await?;
        let _ = handle.set(session.handle());
        session.await
    });
    tokio::select! {
        _ = copy_bidirectional(&mut stream, &mut near) => {}
        () = end.notified() => hang_up(stream).await,
    }
    session.abort();
}

/// Closes so that the client sees an end and no reset: what it still sends is read for a moment.
async fn hang_up(mut stream: TcpStream) {
    let _ = stream.shutdown().await;
    let mut rest = Vec::new();
    let _ = timeout(Duration::from_secs(1), stream.read_to_end(&mut rest)).await;
}

fn config(number: usize, ssh: Ssh) -> Arc<server::Config> {
    let host_key = if ssh == Ssh::WrongHostKey { keys::impostor() } else { keys::of_region(number) };
    let rsa = |hash| Algorithm::Rsa { hash };
    let sha2 = vec![rsa(Some(HashAlg::Sha512)), rsa(Some(HashAlg::Sha256)), rsa(None)];
    let mut preferred = Preferred::DEFAULT;
    preferred.key = Cow::Owned(if ssh == Ssh::Sha1Only { vec![rsa(None)] } else { sha2 });
    if ssh == Ssh::NoCommonKex {
        preferred.kex = Cow::Owned(vec![kex::DH_G1_SHA1]);
    }
    Arc::new(server::Config {
        server_id: SshId::Standard(Cow::Borrowed(BANNER)),
        methods: MethodSet::from(&[MethodKind::PublicKey][..]),
        // `tries` of the client counts instead.
        max_auth_attempts: 0,
        auth_rejection_time: Duration::ZERO,
        auth_rejection_time_initial: Some(Duration::ZERO),
        keys: vec![host_key.private.clone()],
        preferred,
        nodelay: true,
        ..server::Config::default()
    })
}

/// One client of the server.
struct Client {
    shared: Arc<Shared>,
    region: String,
    ssh: Ssh,
    /// How many keys may still be refused.
    tries: usize,
    /// Cuts the connection.
    end: Arc<Notify>,
    /// Sends to the client outside of an answer.
    handle: Arc<OnceLock<Handle>>,
    user: String,
    channel: Option<Channel<Msg>>,
    /// `GIT_PROTOCOL` of the client.
    protocol: Option<String>,
}

impl Client {
    async fn judge(&mut self, user: &str, key: &PublicKey, algorithm: &Algorithm, signed: bool) -> Auth {
        let mut key = key.clone();
        key.set_comment("");
        let line = key.to_openssh().expect("a public key");
        let known = self.shared.with_world(|world| {
            world
                .by_ssh_key(user)
                .is_some_and(|(_, own)| own.active && keys::sha256(&own.public) == keys::sha256(&line))
        });
        // Only RSA keys can be uploaded to IAM.
        let strong = matches!(algorithm, Algorithm::Rsa { hash } if self.ssh != Ssh::Sha1Only || hash.is_none());
        let accepted = known && strong && self.tries > 0;
        self.shared.note(Record::SshKey {
            region: self.region.clone(),
            user: user.into(),
            fingerprint: keys::sha256(&line),
            algorithm: algorithm.to_string(),
            signed,
            accepted,
        });
        if !accepted {
            self.count().await;
            return Auth::reject();
        }
        self.user = user.into();
        Auth::Accept
    }

    /// Hangs up after too many keys, with the words of OpenSSH's server.
    async fn count(&mut self) {
        self.tries = self.tries.saturating_sub(1);
        if let (0, Some(handle)) = (self.tries, self.handle.get()) {
            let text = "Too many authentication failures".to_owned();
            let _ = handle.disconnect(Disconnect::ProtocolError, text, String::new()).await;
        }
    }

    fn note_command(&self, command: Option<String>) {
        let (region, user) = (self.region.clone(), self.user.clone());
        self.shared.note(Record::SshCommand { region, user, command });
    }
}

impl Handler for Client {
    type Error = russh::Error;

    async fn auth_none(&mut self, user: &str) -> Result<Auth, Self::Error> {
        self.shared.note(Record::SshUser { region: self.region.clone(), user: user.into() });
        Ok(Auth::reject())
    }

    async fn auth_publickey_offered(&mut self, user: &str, offer: PublicKeyOffer<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, offer.public_key, offer.algorithm, false).await)
    }

    async fn auth_publickey(&mut self, user: &str, key: VerifiedPublicKey<'_>) -> Result<Auth, Self::Error> {
        Ok(self.judge(user, key.public_key, key.algorithm, true).await)
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channel = Some(channel);
        reply.accept().await;
        Ok(())
    }

    async fn env_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        value: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name == "GIT_PROTOCOL" {
            self.protocol = Some(value.into());
        }
        session.channel_success(channel)
    }

    async fn shell_request(&mut self, channel: ChannelId, session: &mut Session) -> Result<(), Self::Error> {
        self.note_command(None);
        session.channel_success(channel)?;
        session.data(channel, WELCOME.as_bytes().to_vec())?;
        let end = Arc::clone(&self.end);
        tokio::spawn(async move {
            // Time for the text to reach the client.
            sleep(Duration::from_millis(100)).await;
            end.notify_one();
        });
        Ok(())
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        command: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        let command = String::from_utf8_lossy(command).into_owned();
        self.note_command(Some(command.clone()));
        session.channel_success(channel)?;
        let Some(channel) = self.channel.take() else { return Err(russh::Error::Inconsistent) };
        if self.ssh == Ssh::ClosesAfterLogin {
            self.end.notify_one();
            return Ok(());
        }
        let found = self.shared.with_world(|world| ssh_command::resolve(world, &self.region, &self.user, &command));
        tokio::spawn(ssh_command::run(channel, found, self.protocol.clone()));
        Ok(())
    }
}
