//! CodeCommit: whether the repository exists, here, under another name or in another region.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

use super::call::{Api, CallError, LIMIT, Question};
use super::endpoint::{self, Service};
use crate::check::error::nearest;
use crate::collect::aws::secret::AccessKey;
use crate::fact::access::RepositoryAnswer;
use crate::fact::{Fact, Word};

/// Most pages of the list of repositories, of up to 1,000 names each.
const PAGES: usize = 10;
/// Most regions that are asked at the same time.
const AT_ONCE: usize = 16;

/// One repository, and the key that asks for it.
pub(super) struct Wanted<'a> {
    /// The APIs.
    pub(super) api: &'a Api<'a>,
    /// The access key.
    pub(super) key: &'a AccessKey,
    /// The region of the target.
    pub(super) region: &'a str,
    /// The name.
    pub(super) name: &'a str,
}

impl Wanted<'_> {
    /// What CodeCommit says of it.
    pub(super) fn ask(&self) -> Fact<RepositoryAnswer> {
        match self.get(LIMIT, self.region) {
            Ok(()) => Fact::Known(RepositoryAnswer { exists: true, ..RepositoryAnswer::default() }),
            Err(CallError::Refused(error)) if error.kind.0 == "not-found" => {
                Fact::Known(RepositoryAnswer { error: Some(error), ..self.elsewhere() })
            }
            Err(CallError::Refused(error)) if matches!(error.kind.0.as_str(), "denied" | "kms") => {
                Fact::Known(RepositoryAnswer { error: Some(error), ..RepositoryAnswer::default() })
            }
            Err(error) => Fact::Unavailable(error.reason()),
        }
    }

    /// Under another name and in other regions, at the same time.
    fn elsewhere(&self) -> RepositoryAnswer {
        let (names, other_region) = thread::scope(|scope| {
            let names = scope.spawn(|| self.names().unwrap_or_default());
            let other_region = self.other_region();
            (names.join().unwrap_or_default(), other_region)
        });
        let other_case = names.iter().find(|name| name.eq_ignore_ascii_case(self.name) && *name != self.name);
        let near = || nearest(self.name, names.iter().map(String::as_str));
        RepositoryAnswer {
            other_case: other_case.map(|name| name.as_str().into()),
            nearest: if other_case.is_some() { None } else { near().map(Into::into) },
            other_region,
            ..RepositoryAnswer::default()
        }
    }

    fn get(&self, limit: std::time::Duration, region: &str) -> Result<(), CallError> {
        let parameters = [("repositoryName", self.name)];
        let question =
            Question { service: Service::CodeCommit, action: "GetRepository", region, parameters: &parameters };
        let answer: Value = self.json(limit, &question)?;
        if answer.get("repositoryMetadata").is_some() { Ok(()) } else { Err(self.foreign()) }
    }

    fn json(&self, limit: std::time::Duration, question: &Question<'_>) -> Result<Value, CallError> {
        let answer = self.api.call_within(limit, self.key, question)?;
        serde_json::from_str(&answer).map_err(|_| self.foreign())
    }

    fn foreign(&self) -> CallError {
        self.api.foreign(Service::CodeCommit, self.region)
    }

    /// The names of the repositories in the region; an error where the list is not to be had whole.
    fn names(&self) -> Result<Vec<String>, CallError> {
        let mut names = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..PAGES {
            let parameters: Vec<_> = token.iter().map(|token| ("nextToken", token.as_str())).collect();
            let (service, action) = (Service::CodeCommit, "ListRepositories");
            let question = Question { service, action, region: self.region, parameters: &parameters };
            let answer = self.json(LIMIT, &question)?;
            let page = answer.get("repositories").and_then(Value::as_array).ok_or_else(|| self.foreign())?;
            let name = |entry: &Value| entry.get("repositoryName").and_then(Value::as_str).map(str::to_owned);
            names.extend(page.iter().filter_map(name));
            token = answer.get("nextToken").and_then(Value::as_str).map(str::to_owned);
            if token.is_none() {
                break;
            }
        }
        Ok(names)
    }

    /// The first other region of the partition, in the order of the table, that has a repository of that name.
    fn other_region(&self) -> Option<Word> {
        let own = endpoint::partition(self.api.regions, self.region);
        let regions: Vec<&str> = self.api.regions.regions.iter().map(|region| region.name.as_str()).collect();
        let others = |name: &&str| *name != self.region && endpoint::partition(self.api.regions, name) == own;
        let regions: Vec<&str> = regions.into_iter().filter(others).collect();
        let (next, found, began) = (AtomicUsize::new(0), Mutex::new(Vec::new()), self.api.system.time_left());
        thread::scope(|scope| {
            for _ in 0..AT_ONCE.min(regions.len()) {
                scope.spawn(|| {
                    while let Some(region) = regions.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let spent = began.saturating_sub(self.api.system.time_left());
                        let exists = self.get(LIMIT.saturating_sub(spent), region).is_ok();
                        if let (true, Ok(mut found)) = (exists, found.lock()) {
                            found.push(*region);
                        }
                    }
                });
            }
        });
        let found = found.into_inner().unwrap_or_default();
        regions.into_iter().find(|region| found.contains(region)).map(Into::into)
    }
}
