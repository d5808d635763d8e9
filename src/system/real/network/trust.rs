//! Chains judged offline, with the trust store of each client.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::ServerCertVerifier;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, UnixTime};
use tokio_rustls::rustls::{CertificateError, Error, OtherError, RootCertStore};

use crate::system::FILE_LIMIT;
use crate::system::net::{Probe, Protocol, Route, TrustProblem, TrustStore, TrustVerdict};
use crate::system::real::files;

use super::certificate;
use super::tls::server_name;

/// The trust stores of one call; each is read when first needed, once.
#[derive(Debug, Default)]
pub(super) struct Stores(HashMap<TrustStore, OnceLock<Result<Store, String>>>);

/// The issuers of one trust store.
#[derive(Debug)]
struct Store {
    roots: Arc<RootCertStore>,
    verifier: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Stores {
    /// Those that the probes name; nothing is read yet.
    pub(super) fn of(probes: &[&Probe]) -> Self {
        let mut stores = Self::default();
        for probe in probes {
            if let Protocol::Https { stores: named, .. } = &probe.protocol {
                stores.0.extend(named.iter().map(|store| (store.clone(), OnceLock::new())));
            }
            if matches!(probe.route, Route::HttpsProxy(_)) {
                stores.0.insert(TrustStore::System, OnceLock::new());
            }
        }
        stores
    }

    /// What a client with this store thinks of the certificate of a host. Reads files.
    pub(super) fn judge(&self, store: &TrustStore, chain: &[CertificateDer<'static>], host: &str) -> TrustVerdict {
        let Some(cell) = self.0.get(store) else { return TrustVerdict::NoStore("is not among the stores".into()) };
        match cell.get_or_init(|| Store::load(store)) {
            Ok(store) => store.judge(chain, host),
            Err(text) => TrustVerdict::NoStore(text.clone()),
        }
    }
}

impl Store {
    fn load(store: &TrustStore) -> Result<Self, String> {
        let certificates = certificates(store)?;
        let roots = Arc::new(roots(&certificates));
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::new(default_provider())).build();
        let verifier = verifier.map_err(|error| error.to_string())?;
        Ok(Self { roots, verifier, certificates })
    }

    fn judge(&self, chain: &[CertificateDer<'static>], host: &str) -> TrustVerdict {
        let (Some((leaf, others)), Some(name)) = (chain.split_first(), server_name(host)) else {
            return refused(TrustProblem::Other, "no certificate for such a name");
        };
        match self.verifier.verify_server_cert(leaf, others, &name, &[], UnixTime::now()) {
            Ok(_) => TrustVerdict::Accepted { root: self.root(chain) },
            Err(error) if is_its_own_authority(&error) => self.judge_self_signed(leaf, host),
            Err(error) => refused(problem(&error), &error.to_string()),
        }
    }

    /// A server certificate that is an authority of itself, which webpki never accepts and others do when it stands in
    /// their store.
    fn judge_self_signed(&self, leaf: &CertificateDer<'static>, host: &str) -> TrustVerdict {
        let (shown, now) = (certificate::describe(leaf), i64::try_from(UnixTime::now().as_secs()).unwrap_or(i64::MAX));
        if !self.certificates.contains(leaf) {
            refused(TrustProblem::UnknownIssuer, "the certificate is self-signed, and nobody vouches for it")
        } else if now > shown.not_after {
            refused(TrustProblem::Expired, "the certificate has expired")
        } else if now < shown.not_before {
            refused(TrustProblem::NotYetValid, "the certificate is not valid yet")
        } else if !certificate::names(leaf, host) {
            refused(TrustProblem::WrongName, "the certificate is not one of this host")
        } else {
            TrustVerdict::Accepted { root: Some(shown.subject) }
        }
    }

    /// The first issuer along the chain that the store holds.
    fn root(&self, chain: &[CertificateDer<'static>]) -> Option<String> {
        chain.iter().filter_map(|der| certificate::issuer(der)).find_map(|(shown, raw)| {
            let known = self.roots.roots.iter().any(|anchor| anchor.subject.as_ref() == raw);
            known.then_some(shown)
        })
    }
}

fn refused(problem: TrustProblem, text: &str) -> TrustVerdict {
    TrustVerdict::Refused { problem, text: text.into() }
}

/// `CaUsedAsEndEntity` of webpki, which rustls hands on as something else.
fn is_its_own_authority(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(CertificateError::Other(OtherError(other)))
        if other.to_string() == "CaUsedAsEndEntity")
}

fn problem(error: &Error) -> TrustProblem {
    let Error::InvalidCertificate(error) = error else { return TrustProblem::Other };
    match error {
        CertificateError::UnknownIssuer => TrustProblem::UnknownIssuer,
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => TrustProblem::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => TrustProblem::NotYetValid,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TrustProblem::WrongName,
        _ => TrustProblem::Other,
    }
}

/// The issuers of a store, for a client that trusts them. The error says why the store cannot be read.
pub(super) fn load_roots(store: &TrustStore) -> Result<RootCertStore, String> {
    certificates(store).map(|certificates| roots(&certificates))
}

/// What cannot be read as an issuer is left out, as by every client.
fn roots(certificates: &[CertificateDer<'static>]) -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates.iter().cloned());
    roots
}

fn certificates(store: &TrustStore) -> Result<Vec<CertificateDer<'static>>, String> {
    let found = match store {
        TrustStore::System => {
            let loaded = rustls_native_certs::load_native_certs();
            if let (true, Some(error)) = (loaded.certs.is_empty(), loaded.errors.first()) {
                return Err(error.to_string());
            }
            loaded.certs
        }
        TrustStore::File(path) => in_file(path).map_err(|error| error.to_string())?,
        TrustStore::Directory(path) => in_directory(path).map_err(|error| error.to_string())?,
    };
    if found.is_empty() { Err("holds no certificate".into()) } else { Ok(found) }
}

fn in_file(path: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let content = files::read(path, FILE_LIMIT)?;
    Ok(CertificateDer::pem_slice_iter(&content).filter_map(Result::ok).collect())
}

/// Every file of a directory, whatever its name: GnuTLS reads all of them, OpenSSL those that are named by their hash.
fn in_directory(path: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let mut all: Vec<CertificateDer<'static>> = Vec::new();
    for entry in files::read_dir(path)? {
        // A hash is most often a link to a file beside it.
        for certificate in in_file(&path.join(entry.name)).unwrap_or_default() {
            if !all.contains(&certificate) {
                all.push(certificate);
            }
        }
    }
    Ok(all)
}
