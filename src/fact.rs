//! The typed facts: what collectors observe and checks judge.
//!
//! Every fact is a field of the structs below [`Facts`]. Doc comments are its description, the Rust type gives
//! its type, and text carries its sensitivity in its own type ([`Word`], [`Text`], [`FilePath`], [`Login`],
//! [`Host`], [`Account`]): the [`catalogue`] is derived from these declarations and cannot go stale. Secrets have
//! no type here: collectors drop them.
//!
//! Integers are counts unless the field says a unit. Times are seconds since the Unix epoch.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Serialize, Serializer};

pub mod access;
pub mod aws;
pub mod catalogue;
pub mod elsewhere;
pub mod git;
pub mod https;
pub mod network;
pub mod os;
pub mod ssh;
pub mod target;
pub mod tools;

/// The key under which the serialised form of an unavailable fact keeps its reason.
pub const UNAVAILABLE: &str = "$unavailable";

/// One observation: known, looked for and absent, or not to be had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact<T> {
    /// The value.
    Known(T),
    /// Looked, not there: `null` in an expression.
    Absent,
    /// Could not look; the reason is shown to people.
    Unavailable(String),
}

impl<T> Fact<T> {
    /// The value, if known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            _ => None,
        }
    }

    /// `Known` or `Absent`.
    pub fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Absent, Self::Known)
    }

    /// Applies `f` to a known value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Fact<U> {
        match self {
            Self::Known(value) => Fact::Known(f(value)),
            Self::Absent => Fact::Absent,
            Self::Unavailable(reason) => Fact::Unavailable(reason),
        }
    }
}

/// Nothing has been collected.
impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unavailable("not collected".into())
    }
}

impl<T: Serialize> Serialize for Fact<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Known(value) => value.serialize(serializer),
            Self::Absent => serializer.serialize_none(),
            Self::Unavailable(reason) => {
                std::collections::BTreeMap::from([(UNAVAILABLE, reason)]).serialize(serializer)
            }
        }
    }
}

/// A [`Fact`] is its value's schema, nullable, marked with `"fact": true`.
impl<T: JsonSchema> JsonSchema for Fact<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("Fact_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let inner = generator.subschema_for::<T>();
        json_schema!({ "fact": true, "anyOf": [inner, { "type": "null" }] })
    }
}

macro_rules! text_types {
    ($($(#[$doc:meta])* $name:ident = $sensitivity:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
        pub struct $name(pub String);

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "sensitivity": $sensitivity })
            }
        }

        impl<S: Into<String>> From<S> for $name {
            fn from(text: S) -> Self {
                Self(text.into())
            }
        }

        impl std::ops::Deref for $name {
            type Target = str;
            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

text_types! {
    /// A name that a diagnosis needs and that is kept everywhere: profile, region, repository, remote, helper,
    /// key type, fingerprint, an enumerated word of our own.
    Word = "public";
    /// Free text of a file or a tool, secrets already masked; scanned for identities before it is sent away.
    Text = "text";
    /// A path on this machine; the home directory is shown as `~`, the rest is scanned as text.
    FilePath = "path";
    /// A name that somebody logs in under: an SSH user, an SSH key ID, an IAM user, an access key ID.
    Login = "identity:login";
    /// A host name; CodeCommit's own are kept.
    Host = "identity:host";
    /// An AWS account ID.
    Account = "identity:account";
}

/// Where a fact was read: a place in a file, an environment variable, a command line or a program's output.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Source {
    /// The file; null when it was no file.
    pub path: Option<FilePath>,
    /// Line in the file, from 1.
    pub line: Option<u32>,
    /// First column of the text meant, in characters from 1.
    pub column: Option<u32>,
    /// Column behind the last character meant.
    pub end_column: Option<u32>,
    /// The whole line, secrets masked, at most 300 characters.
    pub excerpt: Option<Text>,
    /// The environment variable.
    pub variable: Option<Word>,
    /// The command whose output said so, arguments joined by spaces.
    pub command: Option<Text>,
}

impl Source {
    /// A whole file.
    pub fn file(path: impl Into<String>) -> Self {
        Self { path: Some(FilePath(path.into())), ..Self::default() }
    }

    /// One line of a file; `excerpt` must already be free of secrets.
    pub fn line(path: impl Into<String>, line: u32, excerpt: impl Into<String>) -> Self {
        Self {
            path: Some(FilePath(path.into())),
            line: Some(line),
            excerpt: Some(Text(excerpt.into())),
            ..Self::default()
        }
    }

    /// Marks the text from `column` (1-based, in characters) to before `end_column`.
    #[must_use]
    pub fn span(mut self, column: u32, end_column: u32) -> Self {
        self.column = Some(column);
        self.end_column = Some(end_column);
        self
    }

    /// An environment variable; `excerpt` is `NAME=value` with secrets masked.
    pub fn variable(name: impl Into<String>, excerpt: impl Into<String>) -> Self {
        Self { variable: Some(Word(name.into())), excerpt: Some(Text(excerpt.into())), ..Self::default() }
    }

    /// A program's output; `excerpt` is the line that matters.
    pub fn command(command: impl Into<String>, excerpt: impl Into<String>) -> Self {
        Self { command: Some(Text(command.into())), excerpt: Some(Text(excerpt.into())), ..Self::default() }
    }
}

/// One setting as it takes effect, with those that lost to it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Setting {
    /// The effective value, secrets masked; null: not set anywhere and no default applies.
    pub value: Option<Text>,
    /// Where it comes from: `url`, `command-line`, `environment`, `config`, `default`.
    pub origin: Word,
    /// The place; null for defaults.
    pub source: Option<Source>,
    /// Further values that were set but do not take effect, in the order in which they were read.
    pub lost: Vec<LostSetting>,
}

/// A value that another one kept from taking effect.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct LostSetting {
    /// The value, secrets masked.
    pub value: Text,
    /// Where it stands.
    pub source: Source,
}

/// All that was observed in one run.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct Facts {
    /// This run itself.
    pub run: Run,
    /// The operating system, the account and the environment.
    pub os: os::Os,
    /// The programs that matter.
    pub tools: Fact<tools::Tools>,
    /// Git's configuration and the repository in the working directory.
    pub git: Fact<git::Git>,
    /// The ssh client's files and the agent.
    pub ssh: Fact<ssh::Ssh>,
    /// The AWS configuration and credentials files.
    pub aws: Fact<aws::Aws>,
    /// The repositories to examine, each with what its own connection would use.
    pub targets: Vec<target::Target>,
}

impl Facts {
    /// The facts about the machine, serialised without its targets.
    pub fn without_targets(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Machine<'a> {
            run: &'a Run,
            os: &'a os::Os,
            tools: &'a Fact<tools::Tools>,
            git: &'a Fact<git::Git>,
            ssh: &'a Fact<ssh::Ssh>,
            aws: &'a Fact<aws::Aws>,
        }
        Machine { run: &self.run, os: &self.os, tools: &self.tools, git: &self.git, ssh: &self.ssh, aws: &self.aws }
    }
}

/// The circumstances of the run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct Run {
    /// When it started.
    pub started_at: i64,
    /// Whether the network may not be used.
    pub offline: bool,
    /// Whether a live connection was tried (the network may be used, and a check that is run asks for it).
    pub live: bool,
    /// The region given with `--region`.
    pub region: Option<Word>,
    /// The profile given with `--profile`.
    pub profile: Option<Word>,
    /// The SSH key ID that the user named, with `--ssh-key-id` or when asked for it.
    pub ssh_key_id: Option<Login>,
    /// How many targets there are.
    pub target_count: i64,
    /// Whether one of the targets uses SSH.
    pub has_ssh_target: bool,
    /// Whether one of the targets uses HTTPS with Git credentials.
    pub has_gitcred_target: bool,
    /// Whether one of the targets uses HTTPS with the AWS CLI credential helper.
    pub has_helper_target: bool,
    /// Whether one of the targets uses git-remote-codecommit.
    pub has_grc_target: bool,
}

/// A value with its place.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct LocatedOption {
    /// The value.
    pub value: Text,
    /// Where it stands.
    pub source: Source,
}
