//! The certificate of the server, and what each client thinks of it.

use std::path::PathBuf;

use super::Endpoint;
use super::ladder::{milliseconds, words};
use crate::collect::git::paths;
use crate::collect::live::Tries;
use crate::collect::{self, aws};
use crate::fact::network::{Tls, TlsClient};
use crate::fact::target::Target;
use crate::fact::{FilePath, Setting, Source, Text};
use crate::system::net::{Certificate, NetErrorKind, Timed, TlsAnswer, TrustProblem, TrustStore, TrustVerdict};

/// Most names of a certificate that are kept.
const NAME_LIMIT: usize = 10;

/// One client whose trust is asked for.
pub(super) struct Client {
    /// `git`, `aws-cli` or `python`.
    name: &'static str,
    /// What it trusts.
    pub(super) store: TrustStore,
    /// Where that is set.
    source: Option<Source>,
    /// Whether it looks at certificates at all.
    looks: bool,
}

/// Git, and the AWS client of the target where another bundle is set for it than its own.
pub(super) fn clients(tries: &Tries<'_>, target: &Target) -> Vec<Client> {
    let mut clients = vec![git(tries, target)];
    let name = match &*target.transport.0 {
        "https-helper" => "aws-cli",
        "grc" => "python",
        _ => return clients,
    };
    let bundle = collect::aws_of(tries.context, tries.aws, target, aws::Client::Botocore).ca_bundle;
    if let Some(path) = bundle.value.map(|path| PathBuf::from(path.0)).filter(|path| path.is_absolute()) {
        clients.push(Client { name, store: TrustStore::File(path), source: bundle.source, looks: true });
    }
    clients
}

/// What git trusts: `http.sslCAInfo`, else `http.sslCAPath`, else the system's store.
fn git(tries: &Tries<'_>, target: &Target) -> Client {
    let https = target.https.known();
    let path = |setting: &Setting| -> Option<(PathBuf, Option<Source>)> {
        let value = setting.value.as_ref()?;
        Some((paths::expand(tries.context.system, value)?, setting.source.clone()))
    };
    let file = https.and_then(|https| path(&https.ssl_ca_info));
    let directory = https.and_then(|https| path(&https.ssl_ca_path));
    let looks = https.is_none_or(|https| https.ssl_verify.value.as_deref() != Some("false"));
    let (store, source) = match (file, directory) {
        (Some((path, source)), _) => (TrustStore::File(path), source),
        (None, Some((path, source))) => (TrustStore::Directory(path), source),
        (None, None) => (TrustStore::System, None),
    };
    Client { name: "git", store, source, looks }
}

/// The handshake as facts.
pub(super) fn fact(tries: &Tries<'_>, endpoint: &Endpoint, answer: &Timed<TlsAnswer>) -> Tls {
    let TlsAnswer { result, alert, version, chain, name_matches, verdicts } = &answer.value;
    let now = tries.context.system.now();
    let clients: Vec<TlsClient> =
        endpoint.clients.iter().zip(verdicts).map(|(client, verdict)| verdict_of(client, verdict)).collect();
    let first = chain.first();
    let organization = first.and_then(|leaf| leaf.issuer_organization.clone());
    Tls {
        outcome: match result {
            Ok(()) => "done",
            Err(_) if *alert => "refused",
            Err(error) => failure(error.kind),
        }
        .into(),
        version: version.as_deref().map(Into::into),
        error: result.as_ref().err().map(|error| words(&error.text)),
        subject: first.map(|leaf| words(&leaf.subject)),
        issuer: first.map(|leaf| words(&leaf.issuer)),
        issued_by_amazon: organization.as_deref().is_some_and(|name| name.trim() == "Amazon"),
        issuer_organization: organization.as_deref().map(words),
        root: root(chain, verdicts),
        names: first
            .map(|leaf| leaf.names.iter().take(NAME_LIMIT).map(|name| words(name)).collect())
            .unwrap_or_default(),
        name_matches: *name_matches,
        not_before: first.map(|leaf| leaf.not_before),
        not_after: first.map(|leaf| leaf.not_after),
        outside_validity: first.is_some_and(|leaf| now < leaf.not_before || now > leaf.not_after),
        chain_length: i64::try_from(chain.len()).unwrap_or(i64::MAX),
        git_accepts: clients.iter().find(|client| client.client.0 == "git").and_then(|client| client.accepts),
        clients,
        duration_ms: milliseconds(answer.took),
    }
}

fn verdict_of(client: &Client, verdict: &TrustVerdict) -> TlsClient {
    let path = match &client.store {
        TrustStore::System => None,
        TrustStore::File(path) | TrustStore::Directory(path) => Some(FilePath(paths::shown(path))),
    };
    let (accepts, problem, error) = match verdict {
        TrustVerdict::Accepted { .. } => (Some(true), None, None),
        TrustVerdict::Refused { problem, text } => {
            (Some(false), Some(problem_word(*problem).into()), Some(words(text)))
        }
        TrustVerdict::NoStore(text) => (None, None, Some(words(text))),
    };
    let accepts = accepts.filter(|_| client.looks);
    TlsClient { client: client.name.into(), store: path, source: client.source.clone(), accepts, problem, error }
}

fn problem_word(problem: TrustProblem) -> &'static str {
    match problem {
        TrustProblem::UnknownIssuer => "unknown-issuer",
        TrustProblem::Expired => "expired",
        TrustProblem::NotYetValid => "not-yet-valid",
        TrustProblem::WrongName => "wrong-name",
        TrustProblem::Other => "bad-certificate",
    }
}

/// The topmost issuer that is known.
fn root(chain: &[Certificate], verdicts: &[TrustVerdict]) -> Option<Text> {
    let trusted = verdicts.iter().find_map(|verdict| match verdict {
        TrustVerdict::Accepted { root } => root.clone(),
        _ => None,
    });
    trusted.or_else(|| chain.last().map(|top| top.issuer.clone())).as_deref().map(words)
}

fn failure(kind: NetErrorKind) -> &'static str {
    match kind {
        NetErrorKind::TimedOut => "timed-out",
        NetErrorKind::Closed => "closed",
        NetErrorKind::Reset => "reset",
        NetErrorKind::NotThatProtocol => "not-tls",
        _ => "failed",
    }
}
