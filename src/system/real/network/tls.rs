//! The TLS handshake, with a look at the certificate before anybody judges it.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    AlertDescription, ClientConfig, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme, version,
};

use crate::system::net::{NetError, NetErrorKind, TlsAnswer};

use super::certificate;
use super::fault::{chain, fault, of_io, timed_out, without_links};
use super::wire::Wire;

/// Most certificates of a chain that are kept.
const CHAIN: usize = 10;

/// A handshake that was tried.
pub(super) struct Shaken {
    /// The connection. Anybody may be at its other end: nothing secret is sent on it.
    pub(super) stream: Option<TlsStream<Wire>>,
    /// The certificates that the server sent, whether or not the handshake was completed.
    pub(super) chain: Vec<CertificateDer<'static>>,
}

/// Shakes hands with whoever answers; the verdicts of the answer are for the caller.
pub(super) async fn shake(stream: Wire, host: &str, limit: Duration) -> (Shaken, TlsAnswer) {
    let seen = Arc::new(Witness::new());
    let result = timeout(limit, connect(stream, host, &seen)).await.unwrap_or_else(|_| Err(Failed::Late(limit)));
    let chain = seen.chain.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let stream = result.as_ref().ok().and_then(|stream| stream.get_ref().1.protocol_version());
    let mut answer = TlsAnswer {
        result: Ok(()),
        alert: matches!(&result, Err(Failed::Handshake(error)) if is_refusal(error)),
        version: stream.and_then(version_name),
        chain: chain.iter().map(|der| certificate::describe(der)).collect(),
        name_matches: chain.first().is_some_and(|leaf| certificate::names(leaf, host)),
        verdicts: Vec::new(),
    };
    let stream = match result {
        Ok(stream) => Some(stream),
        Err(failed) => {
            answer.result = Err(failed.into_fault());
            None
        }
    };
    (Shaken { stream, chain }, answer)
}

/// Why a handshake was not completed.
enum Failed {
    Name,
    Late(Duration),
    Setup(Error),
    Handshake(io::Error),
}

impl Failed {
    fn into_fault(self) -> NetError {
        match self {
            Self::Name => fault(NetErrorKind::Other, "no TLS server can have this name"),
            Self::Late(limit) => timed_out(limit),
            Self::Setup(error) => fault(NetErrorKind::Other, error.to_string()),
            Self::Handshake(error) => handshake_fault(&error),
        }
    }
}

async fn connect(stream: Wire, host: &str, seen: &Arc<Witness>) -> Result<TlsStream<Wire>, Failed> {
    let name = server_name(host).ok_or(Failed::Name)?;
    let verifier: Arc<dyn ServerCertVerifier> = Arc::<Witness>::clone(seen);
    let config = ClientConfig::builder_with_provider(Arc::clone(&seen.provider))
        .with_protocol_versions(&[&version::TLS13, &version::TLS12])
        .map_err(Failed::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(Failed::Handshake)
}

/// The host as TLS names it: without the dot that marks a full name.
pub(super) fn server_name(host: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(host.strip_suffix('.').unwrap_or(host).to_owned()).ok()
}

fn version_name(version: ProtocolVersion) -> Option<String> {
    match version {
        ProtocolVersion::TLSv1_2 => Some("TLSv1.2".into()),
        ProtocolVersion::TLSv1_3 => Some("TLSv1.3".into()),
        _ => None,
    }
}

/// The error of TLS in a chain of causes.
pub(super) fn tls_error<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    chain(error).find_map(|cause| cause.downcast_ref::<Error>())
}

/// Whether the server refused what we offer, or chose what we did not.
fn is_refusal(error: &io::Error) -> bool {
    match tls_error(error) {
        Some(Error::AlertReceived(alert)) => *alert != AlertDescription::CloseNotify,
        Some(Error::PeerIncompatible(_)) => true,
        _ => false,
    }
}

fn handshake_fault(error: &io::Error) -> NetError {
    match tls_error(error) {
        Some(error @ Error::InvalidMessage(_)) => {
            fault(NetErrorKind::NotThatProtocol, without_links(&error.to_string()))
        }
        Some(error) => fault(NetErrorKind::Other, without_links(&error.to_string())),
        None => of_io(error),
    }
}

/// Accepts every certificate and remembers the chain.
#[derive(Debug)]
struct Witness {
    provider: Arc<CryptoProvider>,
    chain: Mutex<Vec<CertificateDer<'static>>>,
}

impl Witness {
    fn new() -> Self {
        Self { provider: Arc::new(default_provider()), chain: Mutex::default() }
    }
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates);
        let chain = all.take(CHAIN).map(|der| der.clone().into_owned()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
