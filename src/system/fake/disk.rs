//! The files of the fake machine, and writing to them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::{FakeSystem, normal};
use crate::system::hands::{Hands, Lock, Moment, Put, Stat};
use crate::system::{Platform, System};

/// What a path of the fake machine is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    File(Vec<u8>),
    Directory,
    Link(PathBuf),
    Fifo,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) node: Node,
    pub(super) mode: u32,
    pub(super) uid: u32,
    pub(super) modified: i64,
    pub(super) links: u64,
    pub(super) immutable: bool,
}

impl Entry {
    pub(super) fn new(node: Node, mode: u32, uid: u32) -> Self {
        Self { node, mode, uid, modified: 0, links: 1, immutable: false }
    }
}

/// What [`FakeSystem::snapshot`] finds at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shot {
    /// Where.
    pub path: PathBuf,
    /// The bytes of a file.
    pub content: Option<Vec<u8>>,
    /// The permission bits.
    pub mode: u32,
    /// When a file was written last, seconds since the Unix epoch.
    pub modified: Option<i64>,
}

pub(super) type Nodes = BTreeMap<PathBuf, Entry>;

/// All files. A clone of a machine is another machine, with the same files at first.
#[derive(Debug)]
pub(super) struct Disk {
    nodes: RwLock<Nodes>,
    /// How many more writing operations there are before the disk is full.
    room: AtomicU64,
    locked: Arc<AtomicBool>,
    pub(super) read_only: bool,
}

impl Clone for Disk {
    fn clone(&self) -> Self {
        Self {
            nodes: RwLock::new(self.nodes().clone()),
            room: AtomicU64::new(self.room.load(Ordering::SeqCst)),
            locked: Arc::default(),
            read_only: self.read_only,
        }
    }
}

impl Default for Disk {
    fn default() -> Self {
        Self { nodes: RwLock::default(), room: AtomicU64::new(u64::MAX), locked: Arc::default(), read_only: false }
    }
}

impl Disk {
    pub(super) fn nodes(&self) -> RwLockReadGuard<'_, Nodes> {
        self.nodes.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    pub(super) fn nodes_mut(&self) -> RwLockWriteGuard<'_, Nodes> {
        self.nodes.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Counts one writing operation.
    fn write(&self) -> io::Result<RwLockWriteGuard<'_, Nodes>> {
        if self.read_only {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let left = self.room.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |room| room.checked_sub(1));
        left.map_err(|_| io::Error::from(io::ErrorKind::StorageFull))?;
        Ok(self.nodes_mut())
    }
}

impl FakeSystem {
    /// After that many more writing operations the disk is full.
    pub fn leave_room_for(&self, operations: u64) {
        self.disk.room.store(operations, Ordering::SeqCst);
    }

    /// Its file systems are mounted read-only.
    #[must_use]
    pub fn mounted_read_only(mut self) -> Self {
        self.disk.read_only = true;
        self
    }

    /// Gives a file more names.
    #[must_use]
    pub fn links(self, path: &str, links: u64) -> Self {
        if let Some(entry) = self.disk.nodes_mut().get_mut(Path::new(path)) {
            entry.links = links;
        }
        self
    }

    /// Marks a file as immutable.
    #[must_use]
    pub fn immutable(self, path: &str) -> Self {
        if let Some(entry) = self.disk.nodes_mut().get_mut(Path::new(path)) {
            entry.immutable = true;
        }
        self
    }

    /// What somebody else writes to a file meanwhile.
    pub fn overwrite(&self, path: &str, content: impl AsRef<[u8]>) {
        if let Some(entry) = self.disk.nodes_mut().get_mut(Path::new(path)) {
            entry.node = Node::File(content.as_ref().to_vec());
        }
    }

    /// Everything below a directory, to be compared.
    pub fn snapshot(&self, below: &str) -> Vec<Shot> {
        let shot = |(path, entry): (&PathBuf, &Entry)| {
            let (content, modified) = match &entry.node {
                Node::File(content) => (Some(content.clone()), Some(entry.modified)),
                _ => (None, None),
            };
            Shot { path: path.clone(), content, mode: entry.mode, modified }
        };
        self.disk.nodes().iter().filter(|(path, _)| path.starts_with(below)).map(shot).collect()
    }

    fn new_entry(&self, node: Node, mode: u32) -> Entry {
        let uid = self.account().uid.unwrap_or(0);
        Entry { modified: self.now(), ..Entry::new(node, mode, uid) }
    }
}

fn vacant(nodes: &Nodes, path: &Path) -> io::Result<()> {
    if nodes.contains_key(path) { Err(io::ErrorKind::AlreadyExists.into()) } else { Ok(()) }
}

/// The entry of a directory in which it may be written.
fn parent_of(nodes: &Nodes, path: &Path) -> io::Result<()> {
    let parent = path.parent().and_then(|parent| nodes.get(parent)).ok_or(io::ErrorKind::NotFound)?;
    match parent.node {
        Node::Directory if parent.mode & 0o200 != 0 => Ok(()),
        Node::Directory => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Err(io::ErrorKind::NotADirectory.into()),
    }
}

impl Hands for FakeSystem {
    fn stat(&self, path: &Path) -> io::Result<Stat> {
        let found = self.symlink_metadata(path)?;
        let nodes = self.disk.nodes();
        let entry = nodes.get(&normal(path)).cloned().unwrap_or_else(|| self.new_entry(Node::Fifo, 0));
        Ok(Stat {
            modified: Moment { seconds: entry.modified, nanos: 0 },
            links: entry.links,
            immutable: entry.immutable,
            read_only: self.disk.read_only,
            found,
        })
    }
    fn put(&self, file: &Put<'_>) -> io::Result<()> {
        let path = self.resolve(file.path)?;
        let mut nodes = self.disk.write()?;
        parent_of(&nodes, &path)?;
        if file.lock.is_some_and(|lock| nodes.contains_key(lock)) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        match file.over {
            None => vacant(&nodes, &path)?,
            Some(over) if nodes.get(&path).is_some_and(|found| found.node == Node::File(over.to_vec())) => {}
            Some(_) => return Err(io::ErrorKind::ResourceBusy.into()),
        }
        let like = file.like.and_then(|like| nodes.get(like)).cloned();
        let mut entry = self.new_entry(Node::File(file.content.to_vec()), 0o600);
        if let Some(like) = like {
            (entry.mode, entry.uid) = (like.mode, like.uid);
        }
        entry.mode = file.mode.unwrap_or(entry.mode);
        entry.modified = file.modified.map_or(entry.modified, |modified| modified.seconds);
        nodes.insert(path, entry);
        Ok(())
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut nodes = self.disk.write()?;
        vacant(&nodes, to)?;
        parent_of(&nodes, to)?;
        let entry = nodes.remove(from).ok_or(io::ErrorKind::NotFound)?;
        nodes.insert(to.to_owned(), entry);
        Ok(())
    }
    fn set_mode(&self, path: &Path, mode: u32) -> io::Result<()> {
        if self.platform() == Platform::Windows {
            return Err(io::ErrorKind::Unsupported.into());
        }
        self.disk.write()?.get_mut(path).ok_or(io::ErrorKind::NotFound)?.mode = mode;
        Ok(())
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut nodes = self.disk.write()?;
        parent_of(&nodes, path)?;
        nodes.remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn make_directory(&self, path: &Path) -> io::Result<()> {
        let mut nodes = self.disk.write()?;
        vacant(&nodes, path)?;
        parent_of(&nodes, path)?;
        nodes.insert(path.to_owned(), self.new_entry(Node::Directory, 0o700));
        Ok(())
    }
    fn remove_directory(&self, path: &Path) -> io::Result<()> {
        let mut nodes = self.disk.write()?;
        if nodes.keys().any(|other| other.parent() == Some(path)) {
            return Err(io::ErrorKind::DirectoryNotEmpty.into());
        }
        nodes.remove(path).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }
    fn append(&self, path: &Path, content: &[u8]) -> io::Result<()> {
        let mut nodes = self.disk.write()?;
        parent_of(&nodes, path)?;
        let entry = nodes.entry(path.to_owned()).or_insert_with(|| self.new_entry(Node::File(Vec::new()), 0o600));
        match &mut entry.node {
            Node::File(found) => found.extend_from_slice(content),
            _ => return Err(io::ErrorKind::Unsupported.into()),
        }
        Ok(())
    }
    fn lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        parent_of(&self.disk.nodes(), path)?;
        let free = self.disk.locked.compare_exchange(false, true, Ordering::SeqCst, Ordering::SeqCst).is_ok();
        Ok(free.then(|| Lock::new(Held(Arc::clone(&self.disk.locked)))))
    }
    fn process_id(&self) -> u32 {
        4711
    }
}

/// Lets go when it is dropped.
struct Held(Arc<AtomicBool>);

impl Drop for Held {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}
