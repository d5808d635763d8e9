//! Repairs that are disturbed: killed, short of space, not allowed. Each file is old or new, never torn.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::machine::{AWS_CLI, BLOCK, HTTPS_URL, Machine, binary, chmod, has_account, has_tools, which};
use crate::not_run::not_run;
use crate::repair::contents;

/// A clone with a remote over ssh and one over HTTPS, and a fault of each kind of edit: a file to move, a line of ssh to
/// set in it, a mode, and an entry that git lacks.
pub(crate) fn four_faults() -> Option<Machine> {
    if !has_tools() || !has_account() {
        return None;
    }
    let machine = Machine::ssh();
    fs::remove_file(machine.home(".ssh/config")).expect("a file");
    machine.write_mode(".ssh/config.txt", format!("# mine\n{BLOCK}  Port 2222\n\nHost other\n  User me\n"), 0o600);
    chmod(&machine.home(".ssh/codecommit_rsa"), 0o640);
    machine.program("aws", AWS_CLI);
    machine.aws_files();
    let helper = "[credential \"https://git-codecommit.us-east-1.amazonaws.com\"]\n\
        \thelper = !aws codecommit credential-helper $@\n[user]\n\tname = Dev # mine\n";
    machine.write(".gitconfig", helper);
    machine.git(&["remote", "add", "web", HTTPS_URL]);
    Some(machine)
}

/// Everything below a home, by path: mode and bytes; without the journals.
pub(crate) type Tree = BTreeMap<String, (u32, Option<Vec<u8>>)>;

pub(crate) fn tree(home: &Path) -> Tree {
    let mut found = Tree::new();
    let mut open = vec![home.to_owned()];
    while let Some(folder) = open.pop() {
        for path in fs::read_dir(folder).expect("a directory").map(|entry| entry.expect("an entry").path()) {
            let info = fs::symlink_metadata(&path).expect("metadata");
            let name = path.strip_prefix(home).expect("below home").to_string_lossy().into_owned();
            if name == ".local" {
                continue;
            }
            if info.is_dir() {
                open.push(path.clone());
            }
            let content = info.is_file().then(|| fs::read(&path).expect("a file"));
            found.insert(name, (info.permissions().mode(), content));
        }
    }
    found
}

/// Whether each file is as before or as afterwards. A file on its way may be whole under its temporary name, too.
pub(crate) fn assert_whole(now: &Tree, before: &Tree, mended: &Tree) {
    let (old, new) = (".ssh/config.txt", ".ssh/config");
    assert!(now.contains_key(old) || now.contains_key(new), "the file that is moved is lost");
    for (name, state) in now {
        let mut allowed = [before.get(name), mended.get(name)].into_iter().flatten().collect::<Vec<_>>();
        // Moved, and not edited yet.
        allowed.extend((name == new).then(|| &before[old]));
        let is_ours = name.rsplit('/').next().is_some_and(|name| name.starts_with(".cc-doctor-"));
        // By way of its lock git's configuration gets its place.
        let unlocked = name.strip_suffix(".lock");
        allowed.extend(unlocked.iter().flat_map(|name| [before.get(*name), mended.get(*name)]).flatten());
        assert!(is_ours || allowed.contains(&state), "{name} is torn: {state:?}");
    }
    for name in before.keys().filter(|name| *name != old) {
        assert!(now.contains_key(name), "{name} is missing");
    }
}

/// Numbers that look random, the same ones each time.
struct Dice(u64);

impl Dice {
    /// Less than 65,536.
    fn roll(&mut self) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 48).unwrap_or_default()
    }
}

/// When a run is killed.
enum When {
    /// When so much time has passed.
    After(Duration),
    /// When its journal has grown to so many lines, and so much time has passed since.
    Lines(usize, Duration),
}

/// The number of lines of the journal that a run has begun.
fn lines(machine: &Machine, known: &[std::ffi::OsString]) -> usize {
    let runs = fs::read_dir(machine.home(".local/state/cc-doctor/runs")).into_iter().flatten().flatten();
    let new = runs.filter(|run| !known.contains(&run.file_name()));
    let journals = new.filter_map(|run| fs::read(run.path().join("journal.jsonl")).ok());
    journals.map(|text| text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()).max().unwrap_or(0)
}

/// Starts `--fix --yes` and kills it; whether it was still under way.
fn kill(machine: &Machine, when: &When) -> bool {
    let runs = fs::read_dir(machine.home(".local/state/cc-doctor/runs")).into_iter().flatten().flatten();
    let known: Vec<_> = runs.map(|run| run.file_name()).collect();
    let mut child = machine.begin(&["--fix", "--yes"]);
    let (start, delay) = match when {
        When::After(delay) => (Instant::now(), *delay),
        When::Lines(count, delay) => {
            while lines(machine, &known) < *count && child.try_wait().expect("a child").is_none() {
                std::thread::sleep(Duration::from_micros(200));
            }
            (Instant::now(), *delay)
        }
    };
    while start.elapsed() < delay {
        std::thread::sleep(Duration::from_micros(50));
    }
    let under_way = child.try_wait().expect("a child").is_none();
    child.kill().expect("a child");
    child.wait().expect("a child");
    under_way
}

/// Kills `--fix --yes` until it was under way so many times, and has it taken back or completed each time.
fn killed(seed: u64, times: usize) {
    let Some(machine) = four_faults() else { return };
    let (before, old) = (contents(&machine), tree(&machine.home("")));
    let start = Instant::now();
    assert_eq!(machine.run(&["--fix", "--yes"]).code, Some(0));
    let took = start.elapsed();
    let new = tree(&machine.home(""));
    let total = lines(&machine, &[]);
    assert!(total > 12, "{total} lines");
    assert_eq!(machine.run(&["undo"]).code, Some(0));
    assert_eq!(contents(&machine), before);
    let mut dice = Dice(seed);
    let (mut hits, mut rounds, mut changed) = (0, 0, 0);
    while hits < times {
        rounds += 1;
        assert!(rounds < 5 * times, "killed only {hits} times in {rounds} rounds");
        let delay = Duration::from_micros(u64::from(dice.roll()) / 30);
        let when = match rounds % 3 {
            0 => When::After(took * dice.roll() / 65_536),
            _ => When::Lines(1 + dice.roll() as usize % total, delay),
        };
        hits += usize::from(kill(&machine, &when));
        let now = tree(&machine.home(""));
        assert_whole(&now, &old, &new);
        changed += usize::from(now != old);
        if rounds % 10 == 0 {
            let fixed = machine.run(&["--fix", "--yes"]);
            assert_eq!((fixed.code, tree(&machine.home(""))), (Some(0), new.clone()), "{}", fixed.both());
        }
        let undone = machine.run(&["undo"]);
        assert!(undone.code == Some(0) || undone.stderr().contains("there is no repair to undo"), "{}", undone.both());
        assert_eq!(contents(&machine), before, "round {rounds}");
    }
    assert!(changed * 4 > rounds, "only {changed} of {rounds} were killed when something had changed");
}

#[test]
fn killed_at_any_moment_each_file_is_old_or_new_and_comes_back() {
    std::thread::scope(|scope| {
        let halves = [1, 2].map(|seed| scope.spawn(move || killed(seed, 100)));
        halves.into_iter().for_each(|half| half.join().expect("each file is old or new"));
    });
}

/// Mounts a small file system on the home directory, leaves so many pages of it free, and repairs.
const FULL: &str = "\
set -e
mkdir -p \"$CC_E2E/copy\"
cp -a \"$HOME/.\" \"$CC_E2E/copy\"
mount -t tmpfs -o size=2m,mode=700 none \"$HOME\" || exit 99
cp -a \"$CC_E2E/copy/.\" \"$HOME\"
cd \"$HOME/work/demo\"
dd if=/dev/zero of=\"$HOME/filler\" bs=4096 2>/dev/null || :
dd if=/dev/null of=\"$HOME/filler\" bs=4096 seek=$(( $(stat -c %s \"$HOME/filler\") / 4096 - PAGES )) 2>/dev/null
cp -a \"$HOME/.\" \"$CC_E2E/old\" 
code=0
PATH=\"$CC_E2E/bin\" UNSHARE -U --map-user=4242 --map-group=4242 \"$@\" || code=$?
rm \"$HOME/filler\"
cp -a \"$HOME/.\" \"$CC_E2E/during\"
PATH=\"$CC_E2E/bin\" UNSHARE -U --map-user=4242 --map-group=4242 \"$1\" undo >\"$CC_E2E/undo\" 2>&1 || :
cp -a \"$HOME/.\" \"$CC_E2E/behind\"
exit $code
";

#[test]
fn on_a_full_disk_nothing_is_lost() {
    let Some(mut machine) = four_faults() else { return };
    let Some(unshare) = which("unshare") else { return not_run("a full disk (unshare)") };
    machine.set("UNSHARE", &unshare);
    let script = format!(
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin; export PATH\n{}",
        FULL.replace("UNSHARE", &unshare.to_string_lossy())
    );
    let nested = format!("exec {} -rm /bin/sh -c \"$SCRIPT\" sh \"$@\"", unshare.display());
    machine.set("SCRIPT", &script);
    let old = tree(&machine.home(""));
    let mut refused = 0;
    for pages in (0..24).step_by(2) {
        machine.set("PAGES", pages.to_string());
        let said = machine.shell(&nested, &["--fix", "--yes"]);
        let of = |name: &str| machine.root().join(name);
        if said.code == Some(99) {
            return not_run("a full disk (tmpfs may not be mounted here)");
        }
        assert!(of("old").exists(), "{}", said.both());
        let without = |name: &str| {
            let mut found = tree(&of(name));
            found.remove("filler");
            found
        };
        assert_eq!(without("old"), old);
        let (during, behind) = (without("during"), without("behind"));
        let names: Vec<_> = during.keys().filter(|name| !old.contains_key(*name)).collect();
        assert!(names.is_empty() || names == [".ssh/config"], "{pages} pages: {names:?}");
        let undo = fs::read_to_string(of("undo")).expect("what undo said");
        assert_eq!(behind, old, "{pages} pages: {} {undo}", said.both());
        if said.code != Some(0) {
            refused += 1;
            assert!(said.both().contains("No space left on device"), "{pages} pages: {}", said.both());
        }
        for name in ["copy", "old", "during", "behind"] {
            fs::remove_dir_all(of(name)).expect("a directory");
        }
    }
    assert!((3..12).contains(&refused), "{refused} of 12 were refused");
}

#[test]
fn root_leaves_the_home_of_somebody_else_alone() {
    if !has_tools() {
        return;
    }
    if !nix::unistd::Uid::effective().is_root() {
        return not_run("root with the home of somebody else (the tests are not run by root)");
    }
    let folder = tempfile::tempdir().expect("a directory");
    let home = folder.path().join("home");
    fs::create_dir_all(home.join(".ssh")).expect("a directory");
    fs::write(home.join(".ssh/config.txt"), BLOCK).expect("a file");
    for path in [home.join(".ssh/config.txt"), home.join(".ssh"), home.clone()] {
        std::os::unix::fs::chown(&path, Some(12345), Some(12345)).expect("root can give files away");
    }
    let before = tree(&home);
    let run = || {
        let mut command = Command::new(binary());
        command.args(["--offline", "--fix", "--yes", "--url", crate::machine::SSH_URL]).current_dir(&home);
        command.env_clear().env("HOME", &home).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.output().expect("the program starts")
    };
    let said = run();
    let text = String::from_utf8_lossy(&[said.stdout, said.stderr].concat()).into_owned();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains("belongs to another account (user ID 12345)"), "{text}");
    assert_eq!(tree(&home), before);
    assert!(!home.join(".local").exists(), "not even a journal");
}
