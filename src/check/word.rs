//! The closed vocabularies of definitions: severity, layer, transport, area and so on.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

/// A vocabulary: an enum whose variants have names in definitions and reports.
pub trait Word: Sized + Copy + 'static {
    /// All words in order.
    const ALL: &'static [Self];
    /// The word as it is written.
    fn name(self) -> &'static str;
    /// The value of a word.
    fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|value| value.name() == word)
    }
}

macro_rules! vocabulary {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl Word for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),*];
            fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "enum": [$($word),*] })
            }
        }
    )*};
}

vocabulary! {
    /// How bad a failing check is.
    Severity {
        /// Git cannot work like this.
        Error = "error",
        /// It works, but insecurely or not for long.
        Warning = "warning",
        /// Good to know.
        Info = "info",
    }
    /// How sure a failing check is to be the cause.
    Confidence {
        /// The fact alone proves it.
        Certain = "certain",
        /// Usually.
        Likely = "likely",
        /// Another explanation is about as good.
        Possible = "possible",
    }
    /// The order in which a connection is made.
    Layer {
        /// The programs.
        Tools = "tools",
        /// Their configuration.
        Config = "config",
        /// Finding the host.
        Dns = "dns",
        /// Reaching it.
        Tcp = "tcp",
        /// TLS, or SSH and its host key.
        Handshake = "handshake",
        /// Being known.
        Authentication = "authentication",
        /// Being allowed.
        Authorization = "authorization",
        /// The repository itself.
        Repository = "repository",
    }
    /// How git reaches a repository.
    Transport {
        /// SSH.
        Ssh = "ssh",
        /// HTTPS with IAM Git credentials.
        HttpsGitcred = "https-gitcred",
        /// HTTPS with the AWS CLI credential helper.
        HttpsHelper = "https-helper",
        /// git-remote-codecommit.
        Grc = "grc",
    }
    /// The folder of a definition.
    Area {
        /// Programs.
        Tools = "tools",
        /// Git's configuration.
        Git = "git",
        /// The ssh client.
        Ssh = "ssh",
        /// HTTPS and credential helpers.
        Https = "https",
        /// git-remote-codecommit.
        Grc = "grc",
        /// AWS profiles and credentials.
        Aws = "aws",
        /// The network.
        Network = "network",
        /// Permissions in AWS.
        Access = "access",
        /// The URL and the repository.
        Repository = "repository",
    }
    /// What came out of a check.
    Outcome {
        /// It does not hold.
        Fail = "fail",
        /// It could not be told.
        Unknown = "unknown",
        /// It was not asked.
        Skipped = "skipped",
        /// It holds.
        Pass = "pass",
    }
    /// Who may apply a fix.
    Applicability {
        /// Local, reversible, cannot change who the user is or what program runs.
        Safe = "safe",
        /// Only after the user has agreed to this one.
        Consent = "consent",
        /// Only told.
        Manual = "manual",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_values_are_the_same_thing() {
        assert_eq!(Transport::parse("https-helper"), Some(Transport::HttpsHelper));
        assert_eq!(Transport::parse("https"), None);
        for layer in Layer::ALL {
            assert_eq!(Layer::parse(layer.name()), Some(*layer));
        }
    }

    #[test]
    fn orders_are_meaningful() {
        assert!(Layer::Tools < Layer::Config && Layer::Authorization < Layer::Repository);
        assert!(Confidence::Certain < Confidence::Likely);
        assert!(Severity::Error < Severity::Warning);
        assert!(Outcome::Fail < Outcome::Unknown && Outcome::Skipped < Outcome::Pass);
    }
}
