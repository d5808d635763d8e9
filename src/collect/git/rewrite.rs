//! `url.<base>.insteadOf` and `pushInsteadOf` (`alias_url` in remote.c of git).

use super::config::{Config, Entry};
use crate::collect::mask::mask;
use crate::fact::git::Rewrite;

/// The rules in reading order.
pub fn rules(config: &Config) -> Vec<Rewrite> {
    config.section("url").filter(|entry| prefix(entry).is_some()).map(|entry| fact(config, entry)).collect()
}

/// The URL after rewriting and the rule that did it. For a push URL that stands in `pushurl`, ask with `push`
/// false: git applies `pushInsteadOf` only to URLs that serve both ways.
pub fn rewrite(config: &Config, url: &str, push: bool) -> (String, Option<Rewrite>) {
    let applied = if push { apply(config, url, true) } else { None };
    match applied.or_else(|| apply(config, url, false)) {
        Some((rewritten, entry)) => (rewritten, Some(fact(config, entry))),
        None => (url.to_owned(), None),
    }
}

/// The longest prefix wins; of equally long ones the one read first.
fn apply<'a>(config: &'a Config, url: &str, push: bool) -> Option<(String, &'a Entry)> {
    let mut best: Option<(&str, &Entry)> = None;
    for entry in config.section("url") {
        let Some((prefix, push_only)) = prefix(entry) else { continue };
        let longer = best.is_none_or(|(best, _)| prefix.len() > best.len());
        if push_only == push && longer && url.starts_with(prefix) {
            best = Some((prefix, entry));
        }
    }
    let (prefix, entry) = best?;
    Some((format!("{}{}", entry.subsection()?, &url[prefix.len()..]), entry))
}

/// The prefix that the rule replaces and whether it holds for pushing only.
fn prefix(entry: &Entry) -> Option<(&str, bool)> {
    entry.subsection()?;
    let prefix = entry.value.as_deref()?;
    match entry.name.as_str() {
        "insteadof" => Some((prefix, false)),
        "pushinsteadof" => Some((prefix, true)),
        _ => None,
    }
}

fn fact(config: &Config, entry: &Entry) -> Rewrite {
    Rewrite {
        base: mask(entry.subsection().unwrap_or_default()).into(),
        prefix: mask(entry.text()).into(),
        push_only: entry.name == "pushinsteadof",
        source: config.source(entry),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::testing::{config, git_says};

    const RULES: &str = "[url \"ssh://git@\"]\n\tinsteadOf = https://\n[url \"codecommit::us-east-1://\"]\n\tinsteadOf = cc:\n\
        [url \"https://long/\"]\n\tinsteadOf = https://git-codecommit.us-east-1.amazonaws.com/\n\
        [url \"ssh://push/\"]\n\tpushInsteadOf = cc:\n[url \"a:\"]\n\tinsteadOf = same:\n[url \"b:\"]\n\tinsteadOf = same:\n\
        [url \"empty:\"]\n\tpushInsteadOf = \"\"\n";

    #[test]
    fn urls_are_rewritten_as_git_does() {
        let config = config(RULES);
        for url in [
            "https://github.com/x",
            "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/x",
            "cc:demo",
            "same:x",
            "file:///x",
            "HTTPS://x/y",
        ] {
            let given = format!("{RULES}[remote \"o\"]\n\turl = {url}\n");
            let Some(said) = git_says(&given, &["remote", "get-url", "o"]) else { return };
            assert_eq!(rewrite(&config, url, false).0, said, "{url}");
            let Some(said) = git_says(&given, &["remote", "get-url", "--push", "o"]) else { return };
            assert_eq!(rewrite(&config, url, true).0, said, "{url} to push");
        }
    }

    #[test]
    fn the_rule_is_named() {
        let rule = rewrite(&config(RULES), "https://x/y", false).1.unwrap();
        assert_eq!((&*rule.prefix, &*rule.base, rule.source.line), ("https://", "ssh://git@", Some(2)));
        assert_eq!(rules(&config(RULES)).len(), 7);
        assert_eq!(rewrite(&config(RULES), "file:///x", false).1, None);
    }
}
