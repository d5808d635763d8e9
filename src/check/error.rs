//! Errors of definitions: all of them at once, each with its place and a hint.

use std::fmt;

/// One error in one definition.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefinitionError {
    /// The file.
    pub path: String,
    /// Line, from 1; 0: the file as a whole.
    pub line: u32,
    /// Column in characters, from 1; 0: the file as a whole.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for DefinitionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path)?;
        if self.line > 0 {
            write!(f, ":{}:{}", self.line, self.column)?;
        }
        write!(f, ": {}", self.message)?;
        if let Some(hint) = &self.hint {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

/// All errors of a set of definitions, ordered by file and place.
#[derive(Debug, Clone, PartialEq, Eq, Default, thiserror::Error)]
pub struct Errors(pub Vec<DefinitionError>);

impl Errors {
    /// The errors in order, or nothing when there are none.
    ///
    /// # Errors
    /// When there is at least one.
    pub fn into_result(mut self) -> Result<(), Self> {
        self.0.sort();
        self.0.dedup();
        if self.0.is_empty() { Ok(()) } else { Err(self) }
    }
}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

/// The name of `known` that was probably meant by `word`: the nearest one, or one that `word` is the start of.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let distance = |name: &str| {
        let distance = strsim::damerau_levenshtein(word, name);
        let near = distance <= 1 + name.len() / 4 || (word.len() > 2 && name.starts_with(word));
        near.then_some(distance)
    };
    known.into_iter().filter_map(|name| Some((distance(name)?, name))).min().map(|(_, name)| name)
}

/// `did you mean …?` for the nearest name.
pub(crate) fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|name| format!("did you mean `{name}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(path: &str, line: u32, message: &str) -> DefinitionError {
        DefinitionError { path: path.into(), line, column: 2, message: message.into(), hint: None }
    }

    #[test]
    fn errors_are_ordered_by_file_and_line() {
        let errors = Errors(vec![error("b", 1, "x"), error("a", 9, "y"), error("a", 2, "z"), error("b", 1, "x")]);
        let sorted = errors.into_result().expect_err("there are errors");
        assert_eq!(sorted.to_string(), "a:2:2: z\na:9:2: y\nb:1:2: x");
    }

    #[test]
    fn a_hint_stands_on_its_own_line() {
        let error = DefinitionError { hint: Some("write `&&`".into()), ..error("a", 0, "no") };
        assert_eq!(error.to_string(), "a: no\n  hint: write `&&`");
    }

    #[test]
    fn only_near_names_are_suggested() {
        assert_eq!(nearest("severty", ["severity", "layer"]), Some("severity"));
        assert_eq!(nearest("vers", ["path", "version", "version_text"]), Some("version"));
        assert_eq!(nearest("frobnicate", ["severity", "layer"]), None);
    }
}
