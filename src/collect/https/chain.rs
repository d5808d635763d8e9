//! The credential settings as git applies them to one URL (`credential_apply_config` in credential.c of git).
//!
//! Unlike for `http`, the most specific section does not win: all sections that match apply in reading order, the
//! last value of a setting wins, an empty `helper` removes all helpers before it.

use super::credential_url::CredentialUrl;
use super::sections::{Line, Pattern, Sections};
use super::settings::{Candidate, last_wins};
use super::url_match;
use crate::collect::mask::mask;
use crate::fact::https::Helper;
use crate::fact::{Setting, Source};

/// What git will do to get credentials.
#[derive(Debug, Default)]
pub struct Chain {
    /// The helpers that it asks, with the lines that name them.
    pub helpers: Vec<Helper>,
    /// The values of those helpers as written, secrets included.
    pub values: Vec<String>,
    /// Store files of those helpers that have a file of their own, and `None` for those with the default files; in
    /// the order of the `store` helpers.
    pub stores: Vec<Option<std::path::PathBuf>>,
    /// Helpers removed by an empty line.
    pub discarded: Vec<Helper>,
    /// The last empty line.
    pub reset: Option<Source>,
    /// `useHttpPath`.
    pub use_http_path: Setting,
    /// Whether it is on.
    pub use_http_path_on: bool,
    /// `username`.
    pub username: Setting,
    /// The user name that helpers are asked for.
    pub user: Option<String>,
    /// Which sections apply.
    pub applies: Vec<bool>,
}

/// Applies the configuration to the URL.
pub fn apply(sections: &Sections, target: &CredentialUrl) -> Chain {
    let normal = url_match::normalize(&target.formatted(), false);
    let mut walk = Walk {
        sections,
        named: target.username.as_deref().is_some_and(|user| !user.is_empty()),
        target: target.clone(),
        chain: Chain { applies: vec![false; sections.sections.len()], ..Chain::default() },
        paths: Vec::new(),
        users: Vec::new(),
    };
    for (line, rank) in sections.fitting(normal.as_ref(), target.host.as_deref()) {
        if rank.is_some() || walk.fits_partially(line) {
            walk.mark(line);
            walk.take(line);
        }
    }
    walk.finish()
}

struct Walk<'a> {
    sections: &'a Sections,
    /// The URL with the user name as far as it is known while reading.
    target: CredentialUrl,
    /// Whether the URL names a user, which then beats `credential.username`.
    named: bool,
    chain: Chain,
    paths: Vec<Candidate>,
    users: Vec<Candidate>,
}

impl Walk<'_> {
    /// Whether the section is no URL and its parts fit.
    fn fits_partially(&self, line: &Line) -> bool {
        match self.sections.sections.get(line.section).map(|section| &section.pattern) {
            Some(Pattern::Partial(wanted)) => wanted.wants(&self.target),
            _ => false,
        }
    }

    fn mark(&mut self, line: &Line) {
        if let Some(applies) = self.chain.applies.get_mut(line.section) {
            *applies = true;
        }
    }

    fn take(&mut self, line: &Line) {
        match line.name.as_str() {
            "helper" if line.text().is_empty() => self.reset(line),
            "helper" => self.helper(line),
            "usehttppath" => {
                self.chain.use_http_path_on = line.boolean == Some(true);
                self.paths.push(Candidate::of(line));
            }
            "username" => {
                if !self.named {
                    self.target.username = Some(line.text().to_owned());
                }
                self.users.push(Candidate::of(line));
            }
            _ => {}
        }
    }

    fn helper(&mut self, line: &Line) {
        let Some(parsed) = &line.helper else { return };
        let url = self.sections.sections.get(line.section).and_then(|section| section.url.as_deref());
        self.chain.values.push(line.text().to_owned());
        self.chain.helpers.push(Helper {
            scope: line.scope.word().into(),
            section_url: url.map(|url| mask(url).into()),
            source: line.source.clone(),
            ..parsed.fact.clone()
        });
        if &*parsed.fact.kind == "store" {
            self.chain.stores.push(parsed.store_file.clone());
        }
    }

    fn reset(&mut self, line: &Line) {
        self.chain.discarded.append(&mut self.chain.helpers);
        self.chain.stores.clear();
        self.chain.values.clear();
        self.chain.reset = Some(line.source.clone());
    }

    fn finish(mut self) -> Chain {
        for list in [&mut self.chain.helpers, &mut self.chain.discarded] {
            for (helper, position) in list.iter_mut().zip(1..) {
                helper.position = position;
            }
        }
        self.chain.use_http_path = last_wins(self.paths, None);
        self.chain.username = if self.named {
            Setting {
                origin: "url".into(),
                lost: self.users.into_iter().map(Candidate::lost).collect(),
                ..Setting::default()
            }
        } else {
            last_wins(self.users, None)
        };
        self.chain.user = self.target.username;
        self.chain
    }
}
