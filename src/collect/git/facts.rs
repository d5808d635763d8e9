//! Makes facts of raw configuration entries: an allow-list of keys whose values may be seen, the rest by length only.

use super::config::{Config, Entry, FileText};
use crate::collect::mask::{MASK, excerpt, mask};
use crate::fact::git::ConfigEntry;
use crate::fact::{Source, Text, Word};

/// Most entries that become facts; the first and the last ones are kept.
const ENTRY_LIMIT: usize = 20_000;

/// Sections all of whose values may be seen (masked).
const SECTIONS: &[&str] = &[
    "core",
    "url",
    "remote",
    "branch",
    "protocol",
    "include",
    "includeif",
    "safe",
    "submodule",
    "init",
    "extensions",
    "push",
    "pull",
    "fetch",
    "clone",
    "transfer",
    "pack",
    "lfs",
    "ssh",
    "gc",
    "checkout",
    "merge",
    "color",
    "advice",
];

/// `http.*` values that may be seen.
const HTTP: &[&str] = &[
    "sslcainfo",
    "sslcapath",
    "sslverify",
    "sslbackend",
    "sslcert",
    "sslversion",
    "sslcertpasswordprotected",
    "schannelcheckrevoke",
    "schannelusesslcainfo",
    "proxy",
    "proxyauthmethod",
    "emptyauth",
    "proactiveauth",
    "followredirects",
    "version",
    "postbuffer",
    "lowspeedlimit",
    "lowspeedtime",
    "delegation",
    "maxrequests",
];

/// `credential.*` values that may be seen.
const CREDENTIAL: &[&str] = &[
    "helper",
    "usehttppath",
    "username",
    "interactive",
    "provider",
    "credentialstore",
    "guiprompt",
    "namespace",
    "sanitizeprompt",
    "protectprotocol",
];

/// Whether the value of this key may be seen, its secrets masked.
fn is_shown(entry: &Entry) -> bool {
    match entry.heading.section.as_str() {
        "http" => HTTP.contains(&entry.name.as_str()),
        "credential" => CREDENTIAL.contains(&entry.name.as_str()),
        section => SECTIONS.contains(&section),
    }
}

/// The value as it may be seen; `None` when the key is not on the allow-list.
fn shown_value(entry: &Entry) -> Option<String> {
    let value = entry.value.as_ref()?;
    if entry.heading.section == "http" && entry.name == "extraheader" {
        return Some(header(value));
    }
    is_shown(entry).then(|| mask(value))
}

/// An HTTP header without its value.
pub fn header(line: &str) -> String {
    match line.split_once(':') {
        Some((name, _)) => format!("{}: {MASK}", mask(name)),
        None => MASK.to_owned(),
    }
}

/// The facts of all entries.
pub fn entries(config: &Config) -> Vec<ConfigEntry> {
    let all = config.entries();
    if all.len() <= ENTRY_LIMIT {
        return all.iter().map(|entry| fact(config, entry)).collect();
    }
    let half = ENTRY_LIMIT / 2;
    all[..half].iter().chain(&all[all.len() - half..]).map(|entry| fact(config, entry)).collect()
}

fn fact(config: &Config, entry: &Entry) -> ConfigEntry {
    let heading = &entry.heading;
    let subsection = heading.subsection.as_deref().map(mask);
    let middle = subsection.as_ref().map(|subsection| format!("{subsection}.")).unwrap_or_default();
    ConfigEntry {
        key: Word(format!("{}.{middle}{}", heading.section, entry.name)),
        section: Word(heading.section.clone()),
        subsection: subsection.map(Word),
        name: Word(entry.name.clone()),
        value: shown_value(entry).map(Text),
        length: entry.text().chars().count().try_into().unwrap_or(i64::MAX),
        scope: entry.scope.word().into(),
        source: config.source(entry),
    }
}

/// An entry that an environment variable holds.
pub(super) fn variable_source(entry: &Entry, variable: &str) -> Source {
    let value = shown_value(entry).unwrap_or_else(|| MASK.to_owned());
    Source::variable(variable, excerpt(&format!("{variable}={value}")))
}

/// An entry on a line of a file; `span` is where it stands in the line, in bytes.
pub(super) fn line_source(entry: &Entry, text: &FileText, line: u32, span: (usize, usize)) -> Source {
    let bytes = text.line(line);
    let lossy = |to: usize| String::from_utf8_lossy(bytes.get(..to).unwrap_or(bytes)).into_owned();
    let (before, through) = (lossy(span.0), lossy(span.1));
    let seen = match (&entry.value, shown_value(entry)) {
        (None, _) => excerpt(&lossy(bytes.len())),
        (Some(_), Some(_)) if entry.name != "extraheader" => excerpt(&lossy(bytes.len())),
        (Some(_), value) => {
            let value = value.unwrap_or_else(|| MASK.to_owned());
            excerpt(&format!("{before}{} = {value}", entry.name))
        }
    };
    let source = Source::line(text.path(), line, &*seen);
    if !seen.starts_with(&before) {
        return source;
    }
    let length = seen.chars().count();
    let end = if seen.starts_with(&through) { through.chars().count() } else { length };
    let column = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
    source.span(column(before.chars().count().min(length)), column(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::git::config::Scope;
    use crate::collect::git::{config_file, reading};

    fn config(text: &str) -> Config {
        let parsed = config_file::parse(text.as_bytes());
        let entries = reading::entries_of(0, &parsed, Scope::Global).collect();
        Config::new(entries, vec![FileText::new("/x/.gitconfig".into(), text.as_bytes())])
    }

    #[test]
    fn secrets_and_unlisted_values_do_not_become_facts() {
        let text = "[http]\n\textraHeader = Authorization: Basic c2VjcmV0\n\tproxy = http://me:hunter2@proxy:80\n\
                    [sendemail]\n\tsmtppass = hunter2\n[url \"https://me:hunter2@x/\"]\n\tinsteadOf = y:\n\
                    [user]\n\temail = hunter2@x\n[http]\n\tcookieFile = /home/hunter2\n\
                    [a \"b\"] token = hunter2\n[credential]\n\thelper = !x --password hunter2\n";
        let facts = entries(&config(text));
        let json = serde_json::to_string(&facts).unwrap();
        assert!(!json.contains("hunter2") && !json.contains("c2VjcmV0"), "{json}");
        assert_eq!(facts[0].value.as_deref(), Some("Authorization: ••••"));
        assert_eq!(facts[1].value.as_deref(), Some("http://me:••••@proxy:80"));
        assert_eq!((facts[2].value.as_ref(), facts[2].length), (None, 7));
        assert_eq!(facts[3].key.0, "url.https://me:••••@x/.insteadof");
    }

    #[test]
    fn a_source_marks_the_entry_in_its_line() {
        let facts = entries(&config("[core]\n\tsshCommand = plink  # x\n[é \"é\"]\n[a \"é\"] b = c\n"));
        assert_eq!(facts.len(), 1, "the second heading is a syntax error");
        let source = &facts[0].source;
        assert_eq!((source.line, source.column, source.end_column), (Some(2), Some(2), Some(20)));
        assert_eq!(source.excerpt.as_deref(), Some("\tsshCommand = plink  # x"));
    }
}
