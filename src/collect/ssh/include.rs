//! A configuration with everything that it includes, read once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::config::{self, Line};
use super::files::{self, FileState};
use super::home::Homes;
use super::{glob, place};
use crate::fact::Source;
use crate::system::System;

/// How deep OpenSSH follows `Include` (`READCONF_MAX_DEPTH` in readconf.c).
const DEPTH_LIMIT: usize = 16;
/// Most files that are read.
const FILE_COUNT_LIMIT: usize = 1_000;
/// Most lines of one file that are read.
const LINE_LIMIT: usize = 200_000;

/// Whose configuration a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    User,
    System,
}

impl Scope {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::System => "system",
        }
    }
}

/// One file of the configuration.
#[derive(Debug, Clone)]
pub(crate) struct ConfigText {
    pub(crate) path: PathBuf,
    pub(crate) scope: Scope,
    pub(crate) state: FileState,
    pub(crate) lines: Vec<Line>,
    /// `Host` lines about CodeCommit that are commented out.
    pub(crate) commented: Vec<Line>,
    pub(crate) included_by: Option<Source>,
    /// Whether ssh looks at owner and mode (not at those of `-F`).
    pub(crate) checked: bool,
}

/// All files, in reading order, and which line includes which.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tree {
    pub(crate) files: Vec<ConfigText>,
    /// The files that ssh reads by itself: the user's, the system's.
    pub(crate) roots: Vec<usize>,
    includes: HashMap<(usize, u32), Vec<usize>>,
    /// The line that makes ssh give up with `Too many recursive configuration includes`.
    pub(crate) endless: Option<Source>,
}

impl Tree {
    /// The files that a line includes.
    pub(crate) fn included(&self, file: usize, line: u32) -> &[usize] {
        self.includes.get(&(file, line)).map_or(&[], Vec::as_slice)
    }

    /// The lines that include a file, each as the including file with the index of its line; none for a file that ssh
    /// reads by itself.
    pub(crate) fn including(&self, file: usize) -> Vec<(usize, usize)> {
        if self.roots.contains(&file) {
            return Vec::new();
        }
        let named = self.includes.iter().filter(|(_, files)| files.contains(&file));
        let index = |&(parent, number): &(usize, u32)| {
            let lines = &self.files.get(parent)?.lines;
            Some((parent, lines.iter().position(|line| line.number == number)?))
        };
        let mut found: Vec<_> = named.filter_map(|(place, _)| index(place)).collect();
        found.sort_unstable();
        found
    }

    /// Whether any line has this keyword and satisfies `test`.
    pub(crate) fn any_line(&self, keyword: &str, test: impl Fn(&Line) -> bool) -> bool {
        self.files.iter().flat_map(|file| &file.lines).any(|line| line.keyword == keyword && test(line))
    }

    /// The file of that path.
    pub(crate) fn by_path(&self, path: &Path) -> Option<&ConfigText> {
        self.files.iter().find(|file| file.path == path)
    }
}

/// Reads configurations.
pub(crate) struct Reader<'a> {
    system: &'a dyn System,
    homes: &'a Homes,
    tree: Tree,
    by_path: HashMap<PathBuf, usize>,
    stack: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(system: &'a dyn System, homes: &'a Homes) -> Self {
        Self { system, homes, tree: Tree::default(), by_path: HashMap::new(), stack: Vec::new() }
    }

    /// Reads a file that ssh reads by itself, whether or not it exists.
    #[must_use]
    pub(crate) fn root(mut self, path: &Path, scope: Scope, checked: bool) -> Self {
        let index = self.load(path, scope, None, checked);
        self.tree.roots.push(index);
        self
    }

    pub(crate) fn finish(self) -> Tree {
        self.tree
    }

    fn load(&mut self, path: &Path, scope: Scope, included_by: Option<Source>, checked: bool) -> usize {
        if let Some(&index) = self.by_path.get(path) {
            return index;
        }
        let mut state = files::look(self.system, path);
        let text = std::mem::take(&mut state.text);
        let commented = text.lines().zip(1..).filter_map(|(line, number)| commented_host(line, number)).collect();
        let mut lines = config::parse(&text);
        if lines.len() > LINE_LIMIT {
            lines.truncate(LINE_LIMIT);
            state.problem = Some(format!("more than {LINE_LIMIT} lines"));
        }
        let index = self.tree.files.len();
        let wanted: Vec<_> =
            lines.iter().enumerate().filter(|(_, line)| line.keyword == "include").map(|(i, _)| i).collect();
        self.tree.files.push(ConfigText {
            path: path.to_owned(),
            scope,
            state,
            lines,
            commented,
            included_by,
            checked,
        });
        self.by_path.insert(path.to_owned(), index);
        self.stack.push(index);
        for line in wanted {
            self.follow(index, line);
        }
        self.stack.pop();
        index
    }

    /// Follows one `Include` line.
    fn follow(&mut self, file: usize, line: usize) {
        let Some((path, scope, line)) =
            self.tree.files.get(file).and_then(|f| f.lines.get(line).map(|l| (f.path.clone(), f.scope, l.clone())))
        else {
            return;
        };
        let mut found = Vec::new();
        for arg in line.args.iter().flatten() {
            let source = place::of_line(&path, &line, &arg.span);
            for target in self.paths(&arg.text, scope) {
                if let Some(index) = self.include(&target, scope, source.clone()) {
                    found.push(index);
                }
            }
        }
        self.tree.includes.insert((file, line.number), found);
    }

    fn include(&mut self, target: &Path, scope: Scope, source: Source) -> Option<usize> {
        let on_stack = self.by_path.get(target).is_some_and(|index| self.stack.contains(index));
        if on_stack || self.stack.len() > DEPTH_LIMIT {
            self.tree.endless.get_or_insert(source);
            return None;
        }
        (self.tree.files.len() < FILE_COUNT_LIMIT).then(|| self.load(target, scope, Some(source), true))
    }

    /// The files that an argument of `Include` names. A path without pattern is returned even if it does not exist.
    fn paths(&self, arg: &str, scope: Scope) -> Vec<PathBuf> {
        let Some(path) = self.homes.include_path(arg, scope) else { return Vec::new() };
        if glob::is_pattern(&path) { glob::expand(self.system, &path) } else { vec![path.into()] }
    }
}

/// A line such as `# Host git-codecommit.*.amazonaws.com`, read as if it were not commented out.
fn commented_host(line: &str, number: u32) -> Option<Line> {
    let inner = line.trim_start().strip_prefix('#')?.trim_start_matches(['#', ' ', '\t']);
    let inner_line = config::parse_line(inner, number).filter(|line| line.keyword == "host")?;
    // Prose begins with "Host" too; patterns are few and hold no sentences.
    let patterns: Vec<_> = inner_line.values().collect();
    let names = patterns.len() <= 10
        && patterns.iter().any(|p| p.to_ascii_lowercase().contains("codecommit") && p.contains(['.', '*', '-']));
    let offset = line.len() - inner.len();
    names.then(|| Line {
        keyword_span: inner_line.keyword_span.start + offset..inner_line.keyword_span.end + offset,
        args: inner_line.args.map(|args| {
            args.into_iter()
                .map(|arg| config::Arg { span: arg.span.start + offset..arg.span.end + offset, ..arg })
                .collect()
        }),
        text: line.trim_end().to_owned(),
        ..inner_line
    })
}
