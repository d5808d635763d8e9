//! The closed set of edits that a fix can name, and the parameters of each.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::json;

use super::error::did_you_mean;
use super::node::{Located, Node};
use super::sheet::Notes;

/// A kind of edit.
#[derive(Debug)]
pub struct EditKind {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// Parameters that must be given.
    pub required: &'static [&'static str],
    /// Parameters that may be given.
    pub optional: &'static [&'static str],
}

macro_rules! edits {
    ($($name:literal [$($required:literal),*] [$($optional:literal),*] $text:literal;)*) => {
        /// All kinds of edits.
        pub static EDITS: &[EditKind] = &[$(EditKind {
            name: $name,
            description: $text,
            required: &[$($required),*],
            optional: &[$($optional),*],
        }),*];
    };
}

edits! {
    "move" ["from", "to"] [] "Renames a file; never overwrites one.";
    "set-mode" ["path", "mode"] [] "Sets the permission bits of a file (octal), or its ACL on Windows.";
    "ssh-config-set" ["path", "line", "value"] [] "Sets the value of one line of an ssh configuration (of a `Host` line: its patterns).";
    "ssh-config-move-block" ["path", "line"] [] "Moves the block that starts at that line above the first line that wins over one of its settings, an `Include` line above the first block.";
    "ssh-config-insert-block" ["path", "host"]
        ["hostname", "user", "port", "identity_file", "identities_only", "identity_agent", "pubkey_authentication",
         "preferred_authentications", "pubkey_accepted_algorithms", "host_key_algorithms", "remote_command",
         "session_type", "fork_after_authentication", "address_family", "control_path", "proxy_jump", "host_key_alias",
         "kex_algorithms", "ciphers", "macs", "required_rsa_size"]
        "Makes settings take effect for hosts of CodeCommit: in their Host block, or in a new one above what would win.";
    "ssh-config-ignore" ["path", "keyword"] [] "Lets ssh pass over an option that it does not know.";
    "git-config-set" ["key", "value"] ["scope", "file"]
        "Sets a git configuration key; a scoped credential helper takes back all helpers before it.";
    "git-config-unset" ["key"] ["value", "scope", "file"] "Removes a git configuration key.";
    "git-config-replace" ["key", "from", "to"] ["scope", "file"] "Replaces one value of a git configuration key.";
    "aws-config-set" ["profile", "key", "value"] ["file"] "Sets a key (never a secret) of an AWS profile.";
    "aws-config-unset" ["profile", "key"] ["file"] "Removes a session token that stands beside long-term keys in a profile.";
    "aws-config-rename" ["line", "heading"] ["file"] "Gives the section that begins at that line another heading.";
    "known-hosts-add" ["host"] ["path"] "Adds the published host key of a CodeCommit host.";
    "known-hosts-remove" ["path", "line", "host"] [] "Removes a host from one line of a known_hosts file.";
    "remote-set-url" ["remote", "url"] ["push"] "Changes the URL of a remote.";
    "generate-key" ["path"] ["bits"] "Creates an RSA key pair.";
    "upload-ssh-key" ["path", "user", "profile", "region"] []
        "Uploads an RSA public key to an IAM user, with the credentials of an AWS profile; cannot be taken back.";
    "forget-credential" ["host", "helper"] ["user", "path"] "Makes one credential helper forget a login.";
    "re-encode" ["path"] ["line_ends"] "Rewrites a text file as UTF-8 without a byte order mark.";
    "install" ["tool"] [] "Runs the installer of a tool on the allow-list.";
}

/// A parameter that every kind takes: the edit is left out where it is not `true`.
pub const WHEN: &str = "when";

/// One edit as written.
#[derive(Debug)]
pub(crate) struct RawEdit {
    /// Its kind.
    pub(crate) kind: &'static str,
    /// Its parameters (templates).
    pub(crate) parameters: BTreeMap<String, Located<String>>,
}

/// Reads `kind: { parameter: text }`.
pub(crate) fn read(node: Located<Node>, notes: &mut Notes<'_>) -> Option<RawEdit> {
    let place = node.place;
    let mut entries = match node.value {
        Node::Map(entries) if entries.len() == 1 => entries,
        _ => {
            notes.note(place, "an edit is written `kind: { parameter: value, … }`", None);
            return None;
        }
    };
    let (name, parameters) = entries.pop()?;
    let Some(kind) = EDITS.iter().find(|kind| kind.name == name.value) else {
        let hint = did_you_mean(&name.value, EDITS.iter().map(|kind| kind.name));
        let all = || format!("the edits are: {}", EDITS.iter().map(|kind| kind.name).collect::<Vec<_>>().join(", "));
        notes.note(name.place, format!("there is no edit `{}`", name.value), Some(hint.unwrap_or_else(all)));
        return None;
    };
    let mut sheet = notes.sheet("the edit", parameters)?;
    let mut found = BTreeMap::new();
    for key in kind.required {
        found.extend(sheet.need_text(key, notes).map(|text| ((*key).to_owned(), text)));
    }
    for key in kind.optional.iter().chain([&WHEN]) {
        found.extend(sheet.text(key, notes).map(|text| ((*key).to_owned(), text)));
    }
    sheet.finish(notes);
    Some(RawEdit { kind: kind.name, parameters: found })
}

impl JsonSchema for RawEdit {
    fn schema_name() -> Cow<'static, str> {
        "Edit".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let variants: Vec<_> = EDITS.iter().map(schema).collect();
        schemars::json_schema!({ "description": "One change (its parameters are templates).", "oneOf": variants })
    }
}

fn schema(kind: &EditKind) -> serde_json::Value {
    let names = kind.required.iter().chain(kind.optional).chain([&WHEN]);
    let properties: serde_json::Map<_, _> =
        names.map(|name| ((*name).to_owned(), json!({ "type": "string" }))).collect();
    json!({
        "type": "object",
        "description": kind.description,
        "properties": { kind.name: {
            "type": "object", "properties": properties, "required": kind.required, "additionalProperties": false,
        } },
        "required": [kind.name],
        "additionalProperties": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::node;

    fn notes_of(yaml: &str) -> Vec<String> {
        let mut notes = Notes { path: "c", errors: Vec::new() };
        read(node::parse(yaml).expect("is YAML"), &mut notes);
        notes.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn parameters_are_checked() {
        assert_eq!(notes_of("move: {from: a, to: b}"), Vec::<String>::new());
        assert_eq!(notes_of("move: {from: a}"), ["c:1:7: the edit has no `to`"]);
        assert_eq!(
            notes_of("move: {from: a, to: b, force: c}"),
            ["c:1:24: the edit has no key `force`\n  hint: the keys are: from, to, when"]
        );
    }

    #[test]
    fn only_known_edits_exist() {
        assert_eq!(notes_of("mov: {from: a}"), ["c:1:1: there is no edit `mov`\n  hint: did you mean `move`?"]);
        assert!(notes_of("run: {command: sh}")[0].contains("there is no edit `run`"));
        assert!(notes_of("[a]")[0].contains("an edit is written"));
    }
}
