//! cc-doctor beside the programs that it runs.

use std::fs;
use std::num::NonZero;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::available_parallelism;
use std::time::Duration;

use super::machine::Machine;
use super::measure::{self, Cost};
use super::{ROUNDS, Row};

/// Measures both in turn. The error names a program that is not installed.
pub(crate) fn row(machine: &Machine) -> Result<Row, &'static str> {
    for program in &machine.programs {
        find(program).ok_or(*program)?;
    }
    let commands = commands_of(machine);
    let processors = available_parallelism().map_or(1, NonZero::get);
    let mut rounds = Vec::new();
    for _ in 0..=ROUNDS {
        let own = measure::run(&mut machine.doctor()).wall;
        let costs: Vec<Cost> = commands.iter().map(|command| measure::run(&mut command.command(machine))).collect();
        rounds.push(own.as_secs_f64() / bound(&costs, processors).as_secs_f64());
    }
    Ok(Row {
        case: format!("{} ({} programs, ratio)", machine.name, commands.len()),
        measured: measure::median(rounds.split_off(1)),
        limit: 1.25,
        unit: "",
        memory: measure::peak_memory(&mut machine.doctor()),
    })
}

/// The larger of the slowest program and the CPU time of all divided by the processors.
fn bound(costs: &[Cost], processors: usize) -> Duration {
    let slowest = costs.iter().map(|cost| cost.wall).max().unwrap_or_default();
    let total: Duration = costs.iter().map(|cost| cost.cpu).sum();
    slowest.max(total / u32::try_from(processors).unwrap_or(1))
}

/// A program that cc-doctor ran.
struct Ran {
    program: PathBuf,
    directory: PathBuf,
    arguments: Vec<String>,
}

impl Ran {
    fn command(&self, machine: &Machine) -> Command {
        let mut command = machine.command(&self.program);
        command.args(&self.arguments).current_dir(&self.directory);
        command
    }
}

/// Finds out what cc-doctor runs: on a PATH of wrappers that write down how they are called.
fn commands_of(machine: &Machine) -> Vec<Ran> {
    let (wrappers, log) = (machine.root.join("wrappers"), machine.root.join("log"));
    fs::create_dir_all(&wrappers).expect("a directory");
    let real: Vec<PathBuf> = machine.programs.iter().filter_map(|name| find(name)).collect();
    for path in &real {
        let wrapper = wrappers.join(path.file_name().unwrap_or_default());
        let (log, path) = (log.display(), path.display());
        let script = format!(
            "#!/bin/sh\n{{ printf '%s\\t' '{path}' \"$PWD\" \"$@\"; echo; }} >> '{log}'\nexec '{path}' \"$@\"\n"
        );
        fs::write(&wrapper, script).expect("a wrapper");
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755)).expect("a program");
    }
    measure::run(machine.doctor().env("PATH", &wrappers));
    let log = fs::read_to_string(log).unwrap_or_default();
    log.lines().filter_map(ran).collect()
}

fn ran(line: &str) -> Option<Ran> {
    let mut fields = line.trim_end_matches('\t').split('\t').map(str::to_owned);
    Some(Ran { program: fields.next()?.into(), directory: fields.next()?.into(), arguments: fields.collect() })
}

/// The first program of that name on PATH.
fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|path| Path::is_file(path))
}
