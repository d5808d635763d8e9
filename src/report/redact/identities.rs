//! What is known to identify the user and the machine.

use super::home::Home;
use super::host;
use super::login;
use super::token::Kind;
use crate::check::regions::RegionTable;
use crate::fact::os::Os;
use crate::fact::target::Target;
use crate::fact::{Facts, Setting};
use crate::finding::{IdentityKind, Message, Segment, Sensitivity};
use crate::report::Report;

/// Home directories, login names and hosts of the user, and the hosts that are no secret.
#[derive(Debug, Clone, Default)]
pub struct Identities {
    homes: Vec<Home>,
    logins: Vec<String>,
    hosts: Vec<String>,
    kept_hosts: Vec<String>,
}

impl Identities {
    /// Those that the facts hold.
    pub fn of(facts: &Facts) -> Self {
        let mut identities = Self::of_machine(&facts.os);
        if let Some(repository) = facts.git.known().and_then(|git| git.repository.known()) {
            identities.login(repository.owner.known().map(|owner| owner.0.as_str()));
        }
        for block in facts.ssh.known().iter().flat_map(|ssh| &ssh.blocks) {
            identities.login(block.user.as_deref());
            identities.host(block.hostname.as_deref());
        }
        for profile in facts.aws.known().iter().flat_map(|aws| &aws.profiles) {
            identities.login(profile.access_key_id.as_deref());
        }
        facts.targets.iter().for_each(|target| identities.target(target));
        identities
    }

    /// Those of the machine and the account alone.
    pub fn of_machine(os: &Os) -> Self {
        let mut identities = Self::default();
        let home = os.home.known().map_or("", |path| path.0.as_str());
        let account_home = os.account_home.known().map_or("", |path| path.0.as_str());
        let user = os.user.known().map(|name| name.0.as_str());
        identities.add_homes(home, account_home, user, os.family.0 == "windows");
        identities.login(user);
        identities.login(os.sudo_user.as_deref());
        // A machine called `aws` would make every `aws` of a text unreadable.
        identities.host(os.hostname.known().map(|name| name.0.as_str()).filter(|name| name.len() > 3));
        for path in [home, account_home] {
            identities.login(path.rsplit(['/', '\\']).find(|part| !part.is_empty()));
        }
        identities
    }

    /// Adds the hosts of the table of regions, which are kept.
    #[must_use]
    pub fn with_regions(mut self, table: &RegionTable) -> Self {
        let hosts = table.regions.iter().flat_map(|region| [&region.git_host, &region.fips_host]);
        self.kept_hosts.extend(hosts.flatten().map(|host| host.to_lowercase()));
        self
    }

    /// Adds every value of a report that is typed as an identity.
    pub(super) fn with_values_of(&self, report: &Report) -> Self {
        let mut all = self.clone();
        let hosts = report.targets.iter().filter_map(|target| target.host.as_ref());
        hosts.for_each(|segment| all.segment(segment));
        for finding in &report.findings {
            let fix = finding.fix.iter().flat_map(|fix| {
                let edits = fix.edits.iter().flat_map(|edit| edit.parameters.values());
                fix.commands.iter().flatten().chain([&fix.title]).chain(edits)
            });
            let messages =
                [&finding.message, &finding.remedy].into_iter().chain(&finding.subject).chain(&finding.reason);
            messages.chain(fix).for_each(|message| all.message(message));
        }
        all
    }

    /// Names that are to be found in free text, with their kinds.
    pub(super) fn names(&self) -> Vec<(String, Kind)> {
        let logins = self.logins.iter().filter_map(|name| Some((name.clone(), login::kind(name)?)));
        let hosts = self.hosts.iter().filter(|name| !host::is_kept(name, &self.kept_hosts));
        logins.chain(hosts.map(|name| (name.clone(), Kind::Host))).collect()
    }

    pub(super) fn homes(&self) -> &[Home] {
        &self.homes
    }

    pub(super) fn kept_hosts(&self) -> &[String] {
        &self.kept_hosts
    }

    /// `~` is `HOME`; the account's own home, where it is another directory, is `~name`.
    fn add_homes(&mut self, home: &str, account_home: &str, user: Option<&str>, windows: bool) {
        self.homes.extend(Home::new(home, None, windows));
        let same = home.trim_end_matches(['/', '\\']) == account_home.trim_end_matches(['/', '\\']);
        if !same {
            self.homes.extend(Home::new(account_home, user.filter(|_| !home.is_empty()), windows));
        }
    }

    fn login(&mut self, name: Option<&str>) {
        self.logins.extend(name.filter(|name| !login::is_nobody(name)).map(str::to_owned));
    }

    /// What git takes for the host of `https://https://…` is a word that stands in every text about git.
    fn host(&mut self, name: Option<&str>) {
        const WORDS: [&str; 7] = ["ssh", "http", "https", "codecommit", "git", "arn", "aws"];
        let is_word = |name: &str| WORDS.iter().any(|word| name.eq_ignore_ascii_case(word));
        let plausible = |name: &&str| name.len() > 1 && !login::is_nobody(name) && !is_word(name);
        self.hosts.extend(name.filter(plausible).map(str::to_owned));
    }

    fn target(&mut self, target: &Target) {
        self.login(target.url_user.as_deref());
        self.host(target.host.as_deref());
        if let Some(ssh) = target.ssh.known() {
            self.login(value(&ssh.user));
            self.host(value(&ssh.hostname));
        }
        if let Some(https) = target.https.known() {
            self.login(value(&https.username));
            for stored in &https.stored {
                self.login(Some(&stored.user));
                self.host(Some(&stored.host));
            }
        }
        self.login(target.aws.known().and_then(|aws| aws.access_key_id.as_deref()));
    }

    fn message(&mut self, message: &Message) {
        message.iter().for_each(|segment| self.segment(segment));
    }

    fn segment(&mut self, segment: &Segment) {
        match segment {
            Segment::Value { text, sensitivity: Sensitivity::Identity(kind) } if *kind == IdentityKind::Host => {
                self.host(Some(text))
            }
            Segment::Value { text, sensitivity: Sensitivity::Identity(_) } => self.login(Some(text)),
            _ => {}
        }
    }
}

fn value(setting: &Setting) -> Option<&str> {
    setting.value.as_ref().map(|value| value.0.as_str())
}
