//! Uploads a public key to IAM: the one change that is made at AWS.
//!
//! The credentials are looked for anew when the key is sent, so that no plan and no journal ever holds them.

use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use super::change::Content;
use super::edit::refusal::Refusal;
use super::failure::Failure;
use crate::check::regions::RegionTable;
use crate::collect::access::aws::write;
use crate::system::hands::Hands;
use crate::system::keys;

/// What is said before.
pub const IRREVERSIBLE: &str =
    "A key that was uploaded to IAM stays there; `aws iam delete-ssh-public-key` or the IAM console removes it.";
/// IAM is eventually consistent: what was uploaded may be listed only later (IAM user guide, "Troubleshoot IAM").
const LOOKS: u32 = 8;
/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);

/// Whose key it becomes, and who uploads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The name of the IAM user.
    pub user: String,
    /// The AWS profile, or `environment`.
    pub profile: String,
    /// The region whose STS gives the session of a role; IAM itself has none.
    pub region: String,
    /// The table of regions.
    pub regions: RegionTable,
}

/// A public key to upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The `.pub` file.
    pub path: PathBuf,
    /// `ssh-rsa` and the key in base64. The comment stays here: it often holds names.
    body: String,
    caller: Caller,
}

impl Upload {
    /// The upload of the key that a `.pub` file of this content holds.
    ///
    /// # Errors
    /// [`Refusal::Unavailable`] where that is no RSA public key in one line, the only kind that CodeCommit takes.
    pub fn new(path: PathBuf, text: &[u8], caller: Caller) -> Result<Self, Refusal> {
        let body = body(text);
        let body = body.ok_or_else(|| Refusal::unavailable(format!("{} is no RSA public key", path.display())))?;
        Ok(Self { path, body, caller })
    }

    /// Whether the file still holds that key.
    pub(super) fn is_of(&self, content: &Content) -> bool {
        body(&content.0).as_ref() == Some(&self.body)
    }

    /// What is journaled, as the command of the AWS CLI for it; it names nobody.
    pub(super) fn argv(&self) -> Vec<String> {
        let file = format!("file://{}", self.path.display());
        ["aws", "iam", "upload-ssh-public-key", "--ssh-public-key-body", &file].map(str::to_owned).to_vec()
    }

    /// What is shown: the same with whose key it becomes and by which profile.
    pub(super) fn shown(&self) -> Vec<String> {
        let Caller { user, profile, .. } = &self.caller;
        let named = ["--profile", profile].into_iter().filter(|_| profile != "environment");
        let rest = ["--user-name", user].into_iter().chain(named).map(str::to_owned);
        self.argv().into_iter().chain(rest).collect()
    }

    /// Uploads it, and waits until IAM lists it.
    pub(super) fn send(&self, hands: &dyn Hands) -> Result<(), Failure> {
        let Caller { user, profile, region, regions } = &self.caller;
        let failed = |message: String| Failure::Program { program: "iam:UploadSSHPublicKey".to_owned(), message };
        let iam = write::Iam::of(hands, regions, profile, region).map_err(failed)?;
        let id = iam.upload_ssh_key(user, &self.body).map_err(failed)?;
        for _ in 0..LOOKS {
            // Whoever may not list keys is told by git whether it helped.
            if iam.lists_ssh_key(user, &id).unwrap_or(true) {
                break;
            }
            thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// `ssh-rsa AAAA…` of the only line of a public key.
fn body(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let mut words = lines.next().filter(|_| lines.next().is_none())?.split_ascii_whitespace();
    let (kind, blob) = (words.next().filter(|kind| *kind == "ssh-rsa")?, words.next()?);
    keys::decode_public(blob).map(|_| format!("{kind} {blob}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = include_str!("../../tests/data/keys/rsa.pub");

    fn upload(text: &str) -> Result<Upload, Refusal> {
        let regions = RegionTable::embedded().unwrap();
        let caller = Caller { user: "alice".into(), profile: "dev".into(), region: "us-east-1".into(), regions };
        Upload::new("/home/dev/.ssh/k.pub".into(), text.as_bytes(), caller)
    }

    #[test]
    fn only_rsa_public_keys_are_uploaded() {
        let found = upload(KEY).unwrap();
        assert!(found.is_of(&Content::from(KEY)) && !found.is_of(&Content::from("ssh-rsa AAAA")));
        let others = [
            include_str!("../../tests/data/keys/ed25519.pub"),
            include_str!("../../tests/data/keys/rsa"),
            include_str!("../../tests/data/keys/rsa_rfc4716.pub"),
            "",
            "ssh-rsa !",
        ];
        for text in others.into_iter().chain([format!("{KEY}\n{KEY}").as_str()]) {
            assert!(upload(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_journal_names_nobody() {
        let argv = upload(KEY).unwrap().argv().join(" ");
        assert_eq!(argv, "aws iam upload-ssh-public-key --ssh-public-key-body file:///home/dev/.ssh/k.pub");
        let shown = upload(KEY).unwrap().shown().join(" ");
        assert_eq!(shown, format!("{argv} --user-name alice --profile dev"));
    }
}
