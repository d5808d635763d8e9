//! The numbered tokens of one document.

use std::collections::{BTreeMap, HashMap};

/// What an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    Account,
    SshKeyId,
    AccessKeyId,
    IamId,
    User,
    Host,
    Email,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::SshKeyId => "ssh-key-id",
            Self::AccessKeyId => "access-key-id",
            Self::IamId => "iam-id",
            Self::User => "user",
            Self::Host => "host",
            Self::Email => "email",
        }
    }

    /// The form under which two spellings are the same identity. Key IDs differ by case: a wrong case is a fault.
    fn canonical(self, value: &str) -> String {
        match self {
            Self::Account => value.replace('-', ""),
            Self::User | Self::Host | Self::Email => value.to_lowercase(),
            Self::SshKeyId | Self::AccessKeyId | Self::IamId => value.to_owned(),
        }
    }
}

/// Which identity has which number.
#[derive(Debug, Default)]
pub(super) struct Tokens(HashMap<Kind, HashMap<String, usize>>);

impl Tokens {
    /// The token of an identity; the same for the same identity, the next number for a new one.
    pub(super) fn token(&mut self, kind: Kind, value: &str) -> String {
        let numbers = self.0.entry(kind).or_default();
        let next = numbers.len() + 1;
        let number = numbers.entry(kind.canonical(value)).or_insert(next);
        format!("<{}-{number}>", kind.word())
    }

    /// How many identities of each kind have a number.
    pub(super) fn counts(&self) -> BTreeMap<String, usize> {
        self.0.iter().map(|(kind, numbers)| (kind.word().to_owned(), numbers.len())).collect()
    }
}
