//! The command line: types and help text. The only user of clap.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

mod parse;

pub use parse::{Stop, parse};

/// Width of help text where nothing else is said, in columns.
const HELP_WIDTH: usize = 100;

const AFTER_HELP: &str = "\
Examples:
  cc-doctor                                     examine the remotes of the clone you are in
  cc-doctor --url ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/demo
                                                examine one repository, from anywhere
  cc-doctor --json --report doctor.json         print the report and keep it in a file
  git fetch 2>&1 | cc-doctor diagnose           what does this error come from?
  cc-doctor explain ssh-config-misnamed         read about one problem
  cc-doctor run -- git push                     run it, and learn why it fails
  cc-doctor --fix --dry-run                     see what could be mended, as diffs
  cc-doctor --fix                               mend it; cc-doctor undo takes it back

Exit codes:
  0  nothing failed at or above --fail-on (an error, unless said otherwise)
  1  something did
  2  cc-doctor itself failed: wrong usage, a broken check definition, an unreadable file,
     a repair that could not begin or be taken back
  3  nothing failed, but something that matters could not be looked at

Privacy:
  Secrets are never shown. In JSON, in files and in whatever does not go to a terminal, account IDs,
  user names, key IDs, host names and e-mail addresses become tokens such as <account-1>.";

/// Finds out why git cannot reach an AWS CodeCommit repository from this machine.
///
/// cc-doctor looks at the programs, at the configuration of git, ssh and the AWS CLI, and at the repository you are
/// in, and it tries the connection: step by step, and by a `git ls-remote` of your own git that leaves no trace. It says
/// what is wrong, where that is written, why it matters and what to type. It changes nothing unless you say --fix.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "cc-doctor", version, after_help = AFTER_HELP, max_term_width = HELP_WIDTH)]
pub struct Cli {
    /// What to do; `None` is the same as [`Command::Check`].
    #[command(subcommand)]
    pub command: Option<Command>,
    /// The options, which every command takes.
    #[command(flatten)]
    pub options: Options,
}

/// What cc-doctor can be told to do.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Examine this machine (what cc-doctor does when told nothing).
    Check,
    /// Find the causes of a pasted error message, then look whether they hold here.
    Diagnose {
        /// What was printed; `-` or nothing: read it from standard input.
        text: Option<String>,
        /// Do not look at this machine: the text comes from another one.
        #[arg(long)]
        text_only: bool,
    },
    /// Tell what a check looks for, why it matters and how to mend it by hand.
    Explain {
        /// The ID of the check, such as `ssh-config-misnamed`.
        id: String,
    },
    /// Run a command that fails, such as `run -- git push`, and explain why it does.
    ///
    /// The command has your terminal, and cc-doctor ends with its exit code; when it succeeds, nothing is added. When it
    /// fails, what git and ssh did in it tells at which step, and this machine is examined for the repository that it was
    /// about. That goes to standard error, and with --report FILE to a file; --json is not taken, because standard output
    /// is the command's. A command that cannot be started ends with 127 or 126.
    Run {
        /// Keep what git and ssh told of their work in this new directory, secrets and identities taken out.
        #[arg(long, value_name = "DIR")]
        keep_trace: Option<PathBuf>,
        /// The command and its arguments.
        #[arg(last = true, required = true)]
        command: Vec<OsString>,
    },
    /// Take back the last repair, byte for byte.
    Undo {
        /// The ID that --fix told; without it, the last repair that stands.
        id: Option<String>,
        /// List the repairs that are kept, and take back nothing.
        #[arg(long, conflicts_with_all = ["id", "force"])]
        list: bool,
        /// Take back also what has been changed since; a copy of that is kept beside the journal.
        #[arg(long)]
        force: bool,
    },
    /// List the checks, or test their definitions.
    #[command(arg_required_else_help = false)]
    Checks {
        /// What to do with them.
        #[command(subcommand)]
        action: ChecksAction,
    },
    /// Print the JSON Schema of the report or of a check definition.
    Schema {
        /// Which schema.
        #[arg(value_enum)]
        document: SchemaDocument,
    },
    /// Print the completions of your shell, to be sourced by it.
    Completions {
        /// Your shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, in the format of man(7).
    Man,
}

/// What can be done with the definitions of checks.
#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum ChecksAction {
    /// List every check with its severity and title.
    List,
    /// Run the examples that every definition holds.
    Test {
        /// A directory of your own definitions; without it, the built-in ones are tested.
        directory: Option<PathBuf>,
    },
}

/// What there is a JSON Schema of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaDocument {
    /// What `--json` prints.
    Report,
    /// A file below `checks/`.
    Check,
    /// A file below `checks/knowledge/`.
    Knowledge,
}

/// How the report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Text for people.
    #[default]
    Human,
    /// One JSON document.
    Json,
}

/// When to use colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Color {
    /// On a terminal that can show them, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The severity from which on a failing check makes cc-doctor exit with 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
}

/// A file that the report is written to, and its format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The file.
    pub path: PathBuf,
    /// The format that its extension names.
    pub format: Format,
}

/// The options, which every command takes.
#[derive(Debug, Clone, PartialEq, Eq, Args)]
pub struct Options {
    /// Examine this repository instead of the remotes of the clone you are in (repeatable).
    #[arg(long, value_name = "URL", global = true, help_heading = "What to examine", value_parser = repository_url)]
    pub url: Vec<String>,
    /// The AWS Region, where neither the URL nor the configuration names one.
    #[arg(long, value_name = "REGION", global = true, help_heading = "What to examine")]
    pub region: Option<String>,
    /// The AWS profile that you mean to use.
    #[arg(long, value_name = "PROFILE", global = true, help_heading = "What to examine")]
    pub profile: Option<String>,
    /// Send nothing over the network: look at what is on this machine only.
    #[arg(long, global = true, help_heading = "What to examine")]
    pub offline: bool,
    /// Let git run what the configuration of the repository names: programs, helpers, proxies of ssh.
    #[arg(long, global = true, help_heading = "What to examine")]
    pub trust_repository: bool,
    /// Run only these checks: an ID or an area such as `ssh` (repeatable).
    #[arg(long, value_name = "ID|AREA", global = true, help_heading = "What to examine")]
    pub check: Vec<String>,
    /// Leave these checks out: an ID or an area (repeatable).
    #[arg(long, value_name = "ID|AREA", global = true, help_heading = "What to examine")]
    pub skip: Vec<String>,
    /// Add the check definitions of this directory, or replace built-in ones of the same ID (repeatable).
    #[arg(long, value_name = "DIR", global = true, help_heading = "What to examine")]
    pub checks: Vec<PathBuf>,
    /// Lay this table of regions, hosts and host key fingerprints over the built-in one.
    #[arg(long, value_name = "FILE", global = true, help_heading = "What to examine")]
    pub regions: Option<PathBuf>,
    /// Stop looking after this many seconds; what was not seen by then is unknown.
    #[arg(long, value_name = "SECONDS", global = true, help_heading = "What to examine",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: Option<u64>,

    /// Mend what can be mended, check that it helped, and take back what did not.
    #[arg(long, global = true, help_heading = "Repairs")]
    pub fix: bool,
    /// Show what --fix would change, and change nothing.
    #[arg(long, global = true, help_heading = "Repairs", requires = "fix")]
    pub dry_run: bool,
    /// Ask nothing: make also the repairs that need your consent.
    #[arg(long, global = true, help_heading = "Repairs", requires = "fix")]
    pub yes: bool,
    /// Mend only this: the ID of a check or of a finding such as `ssh-config-misnamed#1` (repeatable).
    #[arg(long, value_name = "ID", global = true, help_heading = "Repairs", requires = "fix")]
    pub only: Vec<String>,
    /// The SSH key ID that IAM gave your public key, for where --fix would ask for it.
    #[arg(long, value_name = "ID", global = true, help_heading = "Repairs", requires = "fix", value_parser = ssh_key_id)]
    pub ssh_key_id: Option<String>,
    /// Let --fix make the repairs of definitions from --checks, too.
    #[arg(long, global = true, help_heading = "Repairs")]
    pub allow_overlay_fixes: bool,

    /// How to print the report.
    #[arg(long, value_name = "FORMAT", global = true, help_heading = "Output", value_enum)]
    pub format: Option<Format>,
    /// The same as --format json.
    #[arg(long, global = true, help_heading = "Output", conflicts_with = "format")]
    pub json: bool,
    /// Write the report to this file too; the extension decides the format: json (repeatable).
    #[arg(long, value_name = "FILE", global = true, help_heading = "Output", value_parser = report_file)]
    pub report: Vec<ReportFile>,
    /// Keep account IDs, user names, key IDs, host names and e-mail addresses readable everywhere.
    #[arg(long, global = true, help_heading = "Output")]
    pub show_identity: bool,
    /// Exit with 1 from this severity on.
    #[arg(long, value_name = "SEVERITY", global = true, help_heading = "Output", value_enum, default_value = "error")]
    pub fail_on: FailOn,
    /// When to use colors.
    #[arg(long, value_name = "WHEN", global = true, help_heading = "Output", value_enum, default_value = "auto")]
    pub color: Color,
    /// Say more: why each problem matters, what could not be looked at, and what AWS says even where git works.
    #[arg(short, long, global = true, help_heading = "Output", action = ArgAction::SetTrue)]
    pub verbose: bool,
    /// Say only what the verdict is and what to do next.
    #[arg(short, long, global = true, help_heading = "Output", conflicts_with = "verbose")]
    pub quiet: bool,
}

impl Options {
    /// The format of standard output.
    pub fn format(&self) -> Format {
        if self.json { Format::Json } else { self.format.unwrap_or_default() }
    }
}

/// Takes an SSH key ID as IAM writes it, such as `APKAEIBAERJR2EXAMPLE`.
///
/// # Errors
/// When it has another form: IAM user guide, "IAM identifiers", unique IDs.
pub fn ssh_key_id(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("APKA").unwrap_or_default();
    let is_id = rest.len() >= 16 && rest.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if is_id {
        Ok(text.to_owned())
    } else {
        Err("an SSH key ID is APKA and at least 16 capital letters or digits".into())
    }
}

/// A URL, or what may be a misspelt one: with a colon, a dot or a slash. Findings tell what is wrong with those.
fn repository_url(text: &str) -> Result<String, String> {
    if text.contains([':', '.', '/']) {
        return Ok(text.to_owned());
    }
    let expected = "this is no URL; give one such as ssh://git-codecommit.us-east-1.amazonaws.com/v1/repos/NAME, \
                    https://git-codecommit.us-east-1.amazonaws.com/v1/repos/NAME or codecommit::us-east-1://NAME, or run \
                    cc-doctor without --url in the clone";
    Err(expected.to_owned())
}

/// Takes the format of a report file from its extension.
fn report_file(text: &str) -> Result<ReportFile, String> {
    let path = PathBuf::from(text);
    match path.extension().and_then(|extension| extension.to_str()) {
        Some(extension) if extension.eq_ignore_ascii_case("json") => Ok(ReportFile { path, format: Format::Json }),
        _ => Err("the extension decides the format; those that work: .json".into()),
    }
}

/// Writes the completions of a shell.
///
/// # Errors
/// When `out` cannot be written.
pub fn completions(shell: clap_complete::Shell, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "cc-doctor", &mut text);
    out.write_all(&text)
}

/// Writes the manual page.
///
/// # Errors
/// When `out` cannot be written.
pub fn man(out: &mut dyn io::Write) -> io::Result<()> {
    clap_mangen::Man::new(Cli::command()).render(out)
}

/// The long help as it stands in the README, 100 columns wide whatever the terminal.
pub fn reference() -> String {
    let help = Cli::command().term_width(HELP_WIDTH).render_long_help().to_string();
    help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Parses a command line that is known to be right; for tests.
#[cfg(test)]
fn parsed(args: &[&str]) -> Cli {
    let args = std::iter::once("cc-doctor").chain(args.iter().copied()).map(Into::into);
    parse(args).unwrap_or_else(|stop| panic!("{stop:?}"))
}

#[cfg(test)]
mod tests;
