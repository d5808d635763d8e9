//! Certificates: a CA that machines are told to trust, one that nobody trusts, and the leaves that TLS servers show.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose, date_time_ymd,
};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::switches::Tls;

type Ca = CertifiedIssuer<'static, KeyPair>;

/// Everything that the TLS servers show, and the CA to trust.
pub(crate) struct Pki {
    /// The CA to trust, as PEM.
    pub(crate) ca: String,
    good: Arc<ServerConfig>,
    unknown_ca: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    wrong_name: Arc<ServerConfig>,
}

impl Pki {
    /// Certificates for these names.
    pub(crate) fn new(names: &[String]) -> Self {
        let trusted = authority("Amazon", "Amazon Root CA 1 (stand-in)");
        let inspecting = authority("ExampleCorp", "ExampleCorp SSL Inspection CA");
        Self {
            ca: trusted.pem(),
            good: leaf(&trusted, names, 2100),
            unknown_ca: leaf(&inspecting, names, 2100),
            expired: leaf(&trusted, names, 2021),
            wrong_name: leaf(&trusted, &["captive-portal.example".to_owned()], 2100),
        }
    }

    /// What to show under this fault.
    pub(crate) fn server(&self, tls: Tls) -> Arc<ServerConfig> {
        let config = match tls {
            Tls::UnknownCa => &self.unknown_ca,
            Tls::Expired => &self.expired,
            Tls::WrongName => &self.wrong_name,
            Tls::Good | Tls::ClosesInHandshake | Tls::ClosesAfterHandshake => &self.good,
        };
        Arc::clone(config)
    }
}

fn authority(organisation: &str, name: &str) -> Ca {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::OrganizationName, organisation);
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2100, 1, 1));
    Ca::self_signed(params, KeyPair::generate().expect("a key")).expect("a CA")
}

fn leaf(ca: &Ca, names: &[String], last_year: i32) -> Arc<ServerConfig> {
    let mut params = CertificateParams::new(names).expect("names of hosts");
    params.distinguished_name.push(DnType::CommonName, names[0].as_str());
    params.use_authority_key_identifier_extension = true;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(last_year, 1, 1));
    let key = KeyPair::generate().expect("a key");
    let certificate = params.signed_by(&key, ca).expect("a certificate");
    let chain = vec![certificate.der().clone(), ca.der().clone()];
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("protocol versions")
        .with_no_client_auth()
        .with_single_cert(chain, private)
        .expect("a key and its certificate");
    Arc::new(config)
}
