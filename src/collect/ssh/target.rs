//! What ssh will do for one host.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::blocks::NumberedBlock;
use super::client::Answer;
use super::evaluate::{self, BlockId, Evaluation, Origin, Query};
use super::identities::{self, Places};
use super::known_hosts::{self, Lookup};
use super::proxy::{self, Tokens};
use super::settings::{Form, Readings};
use super::{SshState, agent, blocks, hindrances, keywords, unreached};
use crate::collect::login::{is_wrong_case, user_kind};
use crate::collect::{Context, mask};
use crate::fact::{
    Fact, Setting, Text,
    ssh::{Block, Shadowed, TargetSsh},
};

/// Most blocks and shadowed settings that are kept.
const LIMIT: usize = 200;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) host: String,
    pub(super) user: Option<String>,
    pub(super) port: Option<u16>,
}

/// Collects the facts of one target. `answer` is what ssh said, or why it was not asked.
pub(super) fn collect(
    context: &Context<'_>,
    state: &SshState,
    request: &Request,
    answer: &Result<Arc<Answer>, Option<String>>,
) -> TargetSsh {
    let local_user = context.system.account().name.unwrap_or_default();
    let query = Query {
        host: &request.host,
        user: request.user.as_deref(),
        port: request.port,
        local_user: &local_user,
        options: &state.command_line.options,
    };
    let own = evaluate::evaluate(&state.tree, &query);
    let told = answer.as_ref().ok().filter(|answer| answer.ok).map(AsRef::as_ref);
    let target = Target {
        context,
        state,
        request,
        local_user: &local_user,
        readings: Readings { tree: &state.tree, own: &own, told },
    };
    target.facts(uncertainty(answer, &own, told.is_some()))
}

/// Why the settings may be incomplete.
fn uncertainty(answer: &Result<Arc<Answer>, Option<String>>, own: &Evaluation, told: bool) -> Option<String> {
    if told {
        return None;
    }
    let refused = || match answer {
        Ok(answer) => {
            let said = answer.complaints.first().map_or("no reason given", String::as_str);
            Some(format!("ssh refuses its configuration: {}", mask::excerpt(said)))
        }
        Err(reason) => reason.clone(),
    };
    own.uncertain.clone().or_else(refused)
}

struct Target<'a> {
    context: &'a Context<'a>,
    state: &'a SshState,
    request: &'a Request,
    local_user: &'a str,
    readings: Readings<'a>,
}

impl Target<'_> {
    fn facts(&self, uncertain: Option<String>) -> TargetSsh {
        let plain = |keyword, form, default| self.readings.setting(keyword, form, default);
        let mut facts = TargetSsh {
            told_by: if self.readings.told.is_some() { "ssh -G" } else { "own reader" }.into(),
            uncertain: uncertain.map(Text),
            user: self.user(),
            hostname: self.hostname(),
            port: self.port(),
            identities_only: plain("identitiesonly", Form::Word, Some("no")),
            pubkey_authentication: plain("pubkeyauthentication", Form::Word, Some("yes")),
            preferred_authentications: plain("preferredauthentications", Form::Plain, None),
            pubkey_accepted_algorithms: plain("pubkeyacceptedalgorithms", Form::Algorithms, None),
            host_key_algorithms: plain("hostkeyalgorithms", Form::Algorithms, None),
            proxy_command: plain("proxycommand", Form::NoneIsNull, None),
            proxy_jump: plain("proxyjump", Form::NoneIsNull, None),
            identity_agent: plain("identityagent", Form::Plain, None),
            strict_host_key_checking: plain("stricthostkeychecking", Form::Word, Some("ask")),
            control_path: plain("controlpath", Form::NoneIsNull, None),
            control_master: plain("controlmaster", Form::Word, Some("no")),
            required_rsa_size: plain("requiredrsasize", Form::Plain, None),
            ..TargetSsh::default()
        };
        self.add_user_facts(&mut facts);
        self.add_files(&mut facts);
        self.add_blocks(&mut facts);
        facts.required_rsa_bits = facts.required_rsa_size.value.as_deref().and_then(|bits| bits.parse().ok());
        facts.shadowed = self.shadowed();
        facts.agent_keys_offered = self.agent_keys_offered(&facts);
        facts.identity_agent_reachable = self.identity_agent_reachable(&facts);
        facts
    }

    /// The user; ssh was perhaps asked without the one of the URL, which only loses to the command line.
    fn user(&self) -> Setting {
        let own = self.readings.own_value("user");
        match own.map(|found| &found.origin) {
            Some(Origin::CommandLine | Origin::Url) => {
                self.readings.finish("user", own.map(|found| found.value.clone()), own)
            }
            _ => self.readings.setting("user", Form::Plain, Some(self.local_user)),
        }
    }

    fn port(&self) -> Setting {
        let own = self.readings.own_value("port");
        match own.map(|found| &found.origin) {
            Some(Origin::CommandLine | Origin::Url) => {
                self.readings.finish("port", own.map(|found| found.value.clone()), own)
            }
            _ => self.readings.setting("port", Form::Plain, Some("22")),
        }
    }

    fn hostname(&self) -> Setting {
        let own = self.readings.own_value("hostname");
        let connected = evaluate::connected_host(self.readings.own, &self.request.host);
        let told = self.readings.told.and_then(|answer| answer.value("hostname")).map(str::to_owned);
        let agreed = told.as_ref().is_none_or(|told| *told == connected);
        let mut setting = self.readings.finish("hostname", Some(told.unwrap_or(connected)), own.filter(|_| agreed));
        if own.is_none() {
            setting.origin = "url".into();
        }
        setting
    }

    fn add_user_facts(&self, facts: &mut TargetSsh) {
        let user = facts.user.value.as_deref().unwrap_or("");
        facts.user_wrong_case = is_wrong_case(user);
        facts.user_kind = if &*facts.user.origin == "default" { "os-login" } else { user_kind(user) }.into();
        let host = facts.hostname.value.as_deref().unwrap_or("");
        facts.hostname_is_endpoint = self.context.regions.by_host(host).is_some();
    }

    /// Everything that looks at files: identities, host keys, the proxy's program.
    fn add_files(&self, facts: &mut TargetSsh) {
        let text = |setting: &Setting| setting.value.as_deref().unwrap_or("").to_owned();
        let (host, port, user) = (text(&facts.hostname), text(&facts.port), text(&facts.user));
        let agent = self.agent(facts);
        let places = Places {
            system: self.context.system,
            homes: &self.state.homes,
            tokens: Tokens {
                host: &host,
                typed_host: &self.request.host,
                port: &port,
                user: &user,
                local_user: self.local_user,
                home: &self.state.homes.ssh,
            },
            agent: &agent,
        };
        (facts.identities, facts.identity_configured) = identities::collect(&self.readings, &places);
        facts.usable_identities = identities::usable(&facts.identities);
        facts.hindrances = hindrances::collect(self.context.system, &self.state.homes, &self.readings, &places.tokens);
        facts.proxy_program_found = facts.proxy_command.value.as_deref().map_or(Fact::Absent, |command| {
            proxy::is_found(self.context.system, &self.state.homes, &places.tokens.expand(command))
        });
        let (setting, files) = self.user_known_hosts(&places);
        facts.user_known_hosts_file = setting;
        let alias = self.readings.setting("hostkeyalias", Form::NoneIsNull, None).value;
        let all: Vec<_> = files.into_iter().chain(self.global_known_hosts(&places)).collect();
        let lookup = Lookup { host: &host, port: port.parse().unwrap_or(22), alias: alias.as_deref(), files: &all };
        facts.known_hosts = Fact::Known(known_hosts::look_up(self.context.system, self.context.regions, &lookup));
    }

    /// The setting, and the files that it names.
    fn user_known_hosts(&self, places: &Places<'_>) -> (Setting, Vec<PathBuf>) {
        let own = self.readings.own_value("userknownhostsfile");
        let own_files = own.map_or_else(
            || vec![places.resolve("~/.ssh/known_hosts"), places.resolve("~/.ssh/known_hosts2")],
            |found| self.words(&found.origin, &found.value).iter().map(|path| places.resolve(path)).collect(),
        );
        let joined = join(&own_files);
        let told = self.readings.told.and_then(|answer| answer.value("userknownhostsfile")).map(str::to_owned);
        let agreed = told.as_ref().is_none_or(|told| *told == joined);
        let files = match &told {
            // Printed, paths with blanks cannot be told apart; the defaults are known anyway.
            Some(told) if !agreed && !told.ends_with(".ssh/known_hosts2") => {
                told.split_whitespace().map(|path| places.resolve(path)).collect()
            }
            _ => own_files,
        };
        let value = Some(told.unwrap_or(joined));
        (self.readings.finish("userknownhostsfile", value, own.filter(|_| agreed)), without_none(files))
    }

    fn global_known_hosts(&self, places: &Places<'_>) -> Vec<PathBuf> {
        let told = self.readings.told.and_then(|answer| answer.value("globalknownhostsfile")).map(str::to_owned);
        let own = || self.readings.own_value("globalknownhostsfile").map(|found| found.value.clone());
        let files = told.or_else(own).map_or_else(
            || {
                let directory = &self.state.homes.system_directory;
                vec![directory.join("ssh_known_hosts"), directory.join("ssh_known_hosts2")]
            },
            |value| value.split_whitespace().map(|path| places.resolve(path)).collect(),
        );
        without_none(files)
    }

    /// The arguments of a line, or the words of a value that stands in none.
    fn words(&self, origin: &Origin, value: &str) -> Vec<String> {
        let line = match origin {
            Origin::Line { file, line } => self.state.tree.files.get(*file).and_then(|file| file.lines.get(*line)),
            _ => None,
        };
        line.map_or_else(
            || value.split_whitespace().map(str::to_owned).collect(),
            |line| line.values().map(str::to_owned).collect(),
        )
    }

    fn add_blocks(&self, facts: &mut TargetSsh) {
        let applies = |block: &&NumberedBlock| block.id.is_some_and(|id| self.readings.own.blocks.contains(&id));
        let blocks = &self.state.blocks;
        facts.matching_blocks = blocks.iter().filter(applies).take(LIMIT).map(|b| b.block.clone()).collect();
        facts.host_block_found = blocks.iter().filter(applies).any(|block| block.is_specific);
        let unreached = unreached::find(&self.state.tree, blocks, self.readings.own, &self.request.host);
        facts.near_blocks = blocks
            .iter()
            .filter(|block| is_near(&block.block) && !applies(block))
            .filter(|block| !unreached.iter().any(|(id, _)| block.id == Some(*id)))
            .take(LIMIT)
            .map(|block| block.block.clone())
            .collect();
        facts.unreached_blocks = unreached.into_iter().take(LIMIT).map(|(_, block)| block).collect();
    }

    /// Settings of the blocks about CodeCommit for which an earlier line wins.
    fn shadowed(&self) -> Vec<Shadowed> {
        let blocks: Vec<_> = self
            .state
            .blocks
            .iter()
            .filter(|block| is_near(&block.block))
            .filter_map(|block| block.id.map(|id| (id, block.block.names_codecommit)))
            .collect();
        let named: HashMap<_, _> = blocks.iter().copied().collect();
        let named = |id| named.get(&id).copied().unwrap_or(false);
        let applying = blocks.iter().filter(|(id, _)| self.readings.own.blocks.contains(id)).take(LIMIT);
        let mut shadowed = Vec::new();
        for &((file, start), _) in applying {
            let Some(lines) = self.state.tree.files.get(file).map(|file| &file.lines) else { continue };
            let body = lines.iter().enumerate().skip(start + 1);
            for (number, line) in body.take_while(|(_, line)| !matches!(line.keyword.as_str(), "host" | "match")) {
                let keyword = keywords::canonical(&line.keyword);
                shadowed.extend(self.shadow(keyword, file, number, named));
            }
        }
        shadowed.truncate(LIMIT);
        shadowed
    }

    /// The setting on one line as shadowed; null when it takes effect, adds up, or says the same as the winner.
    fn shadow(&self, keyword: &str, file: usize, line: usize, named: impl Fn(BlockId) -> bool) -> Option<Shadowed> {
        let all = self.readings.own.all(keyword);
        let place = Origin::Line { file, line };
        let own = all.iter().find(|found| found.origin == place)?;
        let winner = all.first().filter(|winner| winner.value != own.value && !keywords::is_cumulative(keyword))?;
        let Origin::Line { file: winner_file, line: winner_line } = winner.origin else { return None };
        Some(Shadowed {
            keyword: keywords::documented(keyword).into(),
            value: Text(mask::mask(&own.value)),
            source: blocks::line_source(&self.state.tree, file, line)?,
            winner: Text(mask::mask(&winner.value)),
            winner_source: blocks::line_source(&self.state.tree, winner_file, winner_line)?,
            winner_names_codecommit: winner.block.is_some_and(named),
        })
    }

    /// The keys of the agent that ssh asks for this host: that of `IdentityAgent`, else that of `SSH_AUTH_SOCK`.
    fn agent(&self, facts: &TargetSsh) -> Fact<Vec<Vec<u8>>> {
        match facts.identity_agent.value.as_deref() {
            Some("none") => Fact::Absent,
            Some(path) if path != "SSH_AUTH_SOCK" && !path.starts_with('$') => {
                agent::blobs_at(self.context.system, Path::new(&self.state.homes.expand(path)))
            }
            _ => self.state.agent.blobs.clone(),
        }
    }

    /// The agent of `SSH_AUTH_SOCK` is a fact of the machine.
    fn identity_agent_reachable(&self, facts: &TargetSsh) -> Fact<bool> {
        match facts.identity_agent.value.as_deref() {
            Some(path) if !matches!(path, "none" | "SSH_AUTH_SOCK") && !path.starts_with('$') => {
                agent::is_reachable(self.context.system, &PathBuf::from(self.state.homes.expand(path)))
            }
            _ => Fact::Absent,
        }
    }

    fn agent_keys_offered(&self, facts: &TargetSsh) -> Fact<i64> {
        if facts.identities_only.value.as_deref() == Some("yes") {
            return Fact::Known(0);
        }
        match self.agent(facts) {
            Fact::Known(blobs) => Fact::Known(i64::try_from(blobs.len()).unwrap_or(i64::MAX)),
            Fact::Absent => Fact::Known(0),
            Fact::Unavailable(reason) => Fact::Unavailable(reason),
        }
    }
}

/// A block that is about CodeCommit one way or another.
pub(super) fn is_near(block: &Block) -> bool {
    block.names_codecommit || block.holds_codecommit_settings || block.user_is_key_id
}

fn join(files: &[PathBuf]) -> String {
    files.iter().map(|path| path.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

fn without_none(files: Vec<PathBuf>) -> Vec<PathBuf> {
    files.into_iter().filter(|path| !path.ends_with("none")).collect()
}
