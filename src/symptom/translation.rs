//! Git's messages in other languages, turned back into English, in which symptoms are written.

use std::sync::OnceLock;

use regex::Regex;

const TABLE: &str = include_str!("translations.txt");
/// What stands around a value, by language.
const QUOTES: [char; 12] = ['\'', '"', '«', '»', '„', '“', '”', '‘', '’', '「', '」', '『'];

/// One message in one language.
#[derive(Debug)]
pub(super) struct Translation {
    english: &'static str,
    translated: &'static str,
    /// The longest piece without values and quotation marks.
    needle: &'static str,
    regex: OnceLock<Option<Regex>>,
}

/// All messages in all languages.
pub(super) fn all() -> Vec<Translation> {
    let mut english = "";
    let mut all = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#')) {
        if let Some(message) = line.strip_prefix("= ") {
            english = message;
        } else {
            let pieces = line.split(QUOTES).flat_map(|piece| piece.split("%s")).map(str::trim);
            let needle = pieces.max_by_key(|piece| piece.len()).unwrap_or_default();
            all.push(Translation { english, translated: line, needle, regex: OnceLock::new() });
        }
    }
    all
}

impl Translation {
    /// A text without which no line is this message.
    pub(super) fn needle(&self) -> &'static str {
        self.needle
    }

    /// The message with the values of the line, as git would have printed it in English.
    pub(super) fn in_english(&self, line: &str) -> Option<String> {
        if !line.contains(self.needle) {
            return None;
        }
        let regex = self.regex.get_or_init(|| Regex::new(&self.expression()).ok()).as_ref()?;
        let found = regex.captures(line)?;
        let mut values = found.iter().skip(1).flatten().map(|value| value.as_str());
        let mut pieces = self.english.split("%s");
        let mut english = format!("fatal: {}", pieces.next().unwrap_or_default());
        for piece in pieces {
            english.push_str(values.next().unwrap_or_default());
            english.push_str(piece);
        }
        Some(match english.strip_prefix("fatal: git: ") {
            Some(rest) => format!("git: {rest}"),
            None => english,
        })
    }

    /// Quotation marks are whatever the text has in their place.
    fn expression(&self) -> String {
        let mut expression = String::new();
        let mut rest = self.translated;
        while let Some(c) = rest.chars().next() {
            if let Some(behind) = rest.strip_prefix("%s") {
                expression.push_str("(.+?)");
                rest = behind;
                continue;
            }
            match c {
                _ if QUOTES.contains(&c) => expression.push_str(r"\W?"),
                ' ' => expression.push_str(r"\s+"),
                _ => expression.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
            }
            rest = rest.get(c.len_utf8()..).unwrap_or_default();
        }
        if self.translated.trim_end_matches(QUOTES).ends_with("%s") {
            expression.push('$');
        }
        expression
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn english(line: &str) -> Option<String> {
        all().iter().find_map(|translation| translation.in_english(line))
    }

    #[test]
    fn messages_of_git_are_read_in_other_languages() {
        let url = "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo/";
        for (line, wanted) in [
            (format!("fatal: Repository '{url}' nicht gefunden"), format!("fatal: repository '{url}' not found")),
            (format!("fatal: dépôt '{url}' non trouvé"), format!("fatal: repository '{url}' not found")),
            (format!("严重错误：仓库 '{url}' 未找到"), format!("fatal: repository '{url}' not found")),
            (format!("fatal: nie znaleziono repozytorium \"{url}\""), format!("fatal: repository '{url}' not found")),
            (
                "git: 'remote-codecommit' ist kein Git-Befehl. Siehe 'git --help'.".into(),
                "git: 'remote-codecommit' is not a git command.".into(),
            ),
            (
                "git : 'remote-codecommit' n'est pas une commande git. Voir 'git --help'.".into(),
                "git: 'remote-codecommit' is not a git command.".into(),
            ),
            (
                "fatal: no es posible encontrar helper remoto para 'codecommit'".into(),
                "fatal: unable to find remote helper for 'codecommit'".into(),
            ),
        ] {
            assert_eq!(english(&line), Some(wanted), "{line}");
        }
        assert_eq!(english("fatal: repository 'x' not found"), None);
    }

    #[test]
    fn every_translation_reads_itself() {
        for translation in all() {
            let line = translation.translated.replace("%s", "X1");
            let read = translation.in_english(&line);
            assert!(read.as_ref().is_some_and(|text| text.contains("X1")), "{line}: {read:?}");
            assert!(translation.needle.len() > 5, "{line}");
        }
    }
}
