//! The changes of a repair, made on a machine in memory.

use std::path::{Path, PathBuf};

use cc_doctor::fix::change as fix;

use crate::layout::{Content, Machine};

impl Machine {
    /// What a file holds; `None`: there is none.
    pub(crate) fn content(&self, path: &Path) -> Option<&[u8]> {
        match &self.nodes.get(path)?.content {
            Content::File(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Makes the changes of a repair. Complaints of programs about what they read are no longer those of this machine.
    pub(crate) fn mend(&mut self, changes: &[fix::Change]) -> Result<(), String> {
        for change in changes {
            match change {
                fix::Change::Write(write) => {
                    let path = self.followed(&write.path);
                    if self.content(&path) != write.before.as_ref().map(|content| content.0.as_slice()) {
                        return Err(format!("{} is not as it was planned", path.display()));
                    }
                    let is_new = !self.nodes.contains_key(&path);
                    self.put(path.clone(), Content::File(write.after.0.clone()));
                    let node = self.nodes.get_mut(&path).ok_or("is not there")?;
                    node.mode = if is_new { Some(write.mode) } else { node.mode };
                }
                fix::Change::Move { from, to, .. } => {
                    let node = self.nodes.remove(from).ok_or_else(|| format!("{} is not there", from.display()))?;
                    self.nodes.insert(to.clone(), node);
                }
                fix::Change::SetMode { path, after, .. } => {
                    let path = self.followed(path);
                    self.nodes.get_mut(&path).ok_or_else(|| format!("{} is not there", path.display()))?.mode =
                        Some(*after);
                }
                other => return Err(format!("is not made in memory: {other:?}")),
            }
        }
        for answers in self.spec.programs.values_mut().flatten() {
            answers.retain(|answer| !answer.args.iter().any(|word| ["-G", "config"].contains(&word.as_str())));
        }
        Ok(())
    }

    /// The file that a link leads to.
    fn followed(&self, path: &Path) -> PathBuf {
        match self.nodes.get(path).map(|node| &node.content) {
            Some(Content::Link(to)) => path.parent().unwrap_or(path).join(to),
            _ => path.to_owned(),
        }
    }
}
