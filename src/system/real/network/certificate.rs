//! Certificates, as far as they are shown.

use std::net::IpAddr;

use tokio_rustls::rustls::client::verify_server_name;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::server::ParsedCertificate;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use crate::system::net::Certificate;

use super::tls::server_name;

/// Most names of one certificate that are kept.
const NAMES: usize = 100;

/// What a certificate says; empty when it cannot be read.
pub(super) fn describe(der: &[u8]) -> Certificate {
    X509Certificate::from_der(der).map(|(_, certificate)| shown(&certificate)).unwrap_or_default()
}

fn shown(certificate: &X509Certificate<'_>) -> Certificate {
    let issuer = certificate.issuer();
    Certificate {
        subject: certificate.subject().to_string(),
        issuer: issuer.to_string(),
        issuer_organization: organization(issuer),
        names: alternative_names(certificate),
        not_before: certificate.validity().not_before.timestamp(),
        not_after: certificate.validity().not_after.timestamp(),
    }
}

fn organization(name: &X509Name<'_>) -> Option<String> {
    let mut told = name.iter_organization().chain(name.iter_common_name());
    told.find_map(|attribute| attribute.as_str().ok()).map(ToOwned::to_owned)
}

fn alternative_names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let name = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(name).take(NAMES).collect()
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    let four = <[u8; 4]>::try_from(bytes).map(IpAddr::from);
    four.or_else(|_| <[u8; 16]>::try_from(bytes).map(IpAddr::from)).ok()
}

/// Whether a certificate is one of this host.
pub(super) fn names(der: &CertificateDer<'_>, host: &str) -> bool {
    let (Ok(certificate), Some(name)) = (ParsedCertificate::try_from(der), server_name(host)) else { return false };
    verify_server_name(&certificate, &name).is_ok()
}

/// Name of the issuer of a certificate: for people, and as the content of its DER sequence, as trust anchors keep it.
pub(super) fn issuer(der: &[u8]) -> Option<(String, Vec<u8>)> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let raw = certificate.issuer().as_raw();
    // Tag and length: one byte each up to 127 bytes, else 0x80 plus the number of bytes that the length takes.
    let header = match raw.get(1)? {
        length if *length < 0x80 => 2,
        length => 2 + usize::from(length & 0x7f),
    };
    Some((certificate.issuer().to_string(), raw.get(header..)?.to_vec()))
}
