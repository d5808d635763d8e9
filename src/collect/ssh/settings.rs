//! Effective settings: the value from `ssh -G` where it was asked, the place from our own reading.

use super::client::Answer;
use super::evaluate::{Evaluation, Found, Origin};
use super::include::Tree;
use super::{blocks, keywords};
use crate::collect::mask;
use crate::fact::{LostSetting, Setting, Text};

/// How the values of a keyword are written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As it stands.
    Plain,
    /// `yes`, `no` or another word; ssh prints `true` and `false` for some of them.
    Word,
    /// `none` means that there is none.
    NoneIsNull,
    /// A list of algorithms, which ssh prints expanded: `+ssh-rsa` cannot be compared.
    Algorithms,
}

/// The two readings of one host's configuration.
pub(super) struct Readings<'a> {
    pub(super) tree: &'a Tree,
    pub(super) own: &'a Evaluation,
    /// What ssh said; null where it was not asked or refused.
    pub(super) told: Option<&'a Answer>,
}

impl Readings<'_> {
    /// One setting; `default` is what ssh does without any.
    pub(super) fn setting(&self, keyword: &str, form: Form, default: Option<&str>) -> Setting {
        let own = self.own_value(keyword);
        let own_text = own.map(|found| write(&found.value, form));
        let told = self.told.map(|answer| answer.value(keyword).and_then(|value| write(value, form)));
        let agreed = match (&told, &own_text) {
            (None, _) => true,
            (Some(told), Some(own)) => form == Form::Algorithms || same(told.as_deref(), own.as_deref()),
            (Some(_), None) => false,
        };
        let value = match (told, own_text) {
            (Some(told), _) => told.or_else(|| self.told.filter(|_| own.is_none()).and(default.map(str::to_owned))),
            (None, Some(own)) => own,
            (None, None) => default.map(str::to_owned),
        };
        self.finish(keyword, value, own.filter(|_| agreed))
    }

    /// A setting whose value is already known.
    pub(super) fn finish(&self, keyword: &str, value: Option<String>, own: Option<&Found>) -> Setting {
        let any = self.own_value(keyword).is_some();
        Setting {
            value: value.map(|value| Text(mask::mask(&value))),
            origin: own.map_or(if any { "config" } else { "default" }, |found| origin(&found.origin)).into(),
            source: own.and_then(|found| self.source(found)),
            lost: self.lost(keyword, own),
        }
    }

    /// Our own reading's winner. `ProxyJump` and `ProxyCommand` exclude each other, the first one wins.
    pub(super) fn own_value(&self, keyword: &str) -> Option<&Found> {
        let own = self.own.first(keyword)?;
        let rival = match keyword {
            "proxycommand" => self.own.first("proxyjump"),
            "proxyjump" => self.own.first("proxycommand"),
            _ => None,
        };
        let loses = rival.is_some_and(|rival| !rival.value.eq_ignore_ascii_case("none") && self.is_before(rival, own));
        (!loses).then_some(own)
    }

    fn is_before(&self, a: &Found, b: &Found) -> bool {
        let rank = |found: &Found| match found.origin {
            Origin::CommandLine | Origin::Url => (0, 0),
            Origin::Line { file, line } => (file + 1, line),
        };
        rank(a) < rank(b)
    }

    fn source(&self, found: &Found) -> Option<crate::fact::Source> {
        match found.origin {
            Origin::Line { file, line } => blocks::line_source(self.tree, file, line),
            Origin::CommandLine | Origin::Url => None,
        }
    }

    fn lost(&self, keyword: &str, winner: Option<&Found>) -> Vec<LostSetting> {
        if keywords::is_cumulative(keyword) {
            return Vec::new();
        }
        let losers = self.own.all(keyword).iter().filter(|found| Some(*found) != winner);
        losers
            .take(50)
            .filter_map(|found| {
                Some(LostSetting { value: Text(mask::mask(&found.value)), source: self.source(found)? })
            })
            .collect()
    }
}

fn origin(origin: &Origin) -> &'static str {
    match origin {
        Origin::CommandLine => "command-line",
        Origin::Url => "url",
        Origin::Line { .. } => "config",
    }
}

/// The value in the form in which it becomes a fact.
fn write(value: &str, form: Form) -> Option<String> {
    let lower = value.to_ascii_lowercase();
    Some(match (form, lower.as_str()) {
        (Form::NoneIsNull, "none") => return None,
        (Form::Word, "true") => "yes".into(),
        (Form::Word, "false" | "off") => "no".into(),
        (Form::Word, _) => lower,
        _ => value.to_owned(),
    })
}

/// ssh prints some values with their blanks changed.
fn same(told: Option<&str>, own: Option<&str>) -> bool {
    match (told, own) {
        (Some(told), Some(own)) => told.split_whitespace().eq(own.split_whitespace()),
        (None, None) => true,
        _ => false,
    }
}
