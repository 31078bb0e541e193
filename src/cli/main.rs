//! Palisade's command line. It reads arguments, asks `palisade-analysis`, and prints; it decides nothing about infrastructure.

mod args;
mod check;
mod compliance;
mod configuration;
mod coverage;
mod drift;
mod explain;
mod fix;
mod inputs;
mod live;
mod progress;
mod report;
mod resources;
mod rules;

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Arguments, Command};

/// Evaluation makes and forgets many small values, on several threads: a third of a run was spent in the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What a run ends with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing to report.
    Clean,
    /// Findings at or above `--fail-on`.
    Findings,
    /// The job could not be done, or not all of it.
    Incomplete,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(status as u8)
    }
}

fn main() -> ExitCode {
    // A panic in a project is caught and told as a diagnostic; the default hook would print it a second time.
    std::panic::set_hook(Box::new(|_| {}));
    match std::panic::catch_unwind(|| run(Arguments::parse())) {
        Ok(Ok(status)) => status.into(),
        Ok(Err(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Ok(Err(error)) => tell(&format!("error: {error:#}")),
        Err(_) => tell("error: Palisade failed, which is a mistake of its own"),
    }
}

fn run(arguments: Arguments) -> anyhow::Result<Status> {
    match arguments.command {
        Command::Check(options) => check::run(options),
        Command::Resources(options) => resources::run(&options),
        Command::Rules(options) => rules::run(options),
        Command::Explain(options) => explain::run(&options),
        Command::Live { command } => live::run(command),
        Command::Drift(options) => drift::run(options),
        Command::Compliance(options) => compliance::run(&options),
        Command::Config { command } => configuration::run(&command),
        Command::Lsp => {
            palisade_lsp::serve()?;
            Ok(Status::Clean)
        }
        Command::Completions { shell } => {
            let mut command = Arguments::command();
            clap_complete::generate(shell, &mut command, "palisade", &mut io::stdout());
            Ok(Status::Clean)
        }
    }
}

/// Prints an error; a closed standard error is nobody's business.
fn tell(message: &str) -> ExitCode {
    let _ = writeln!(io::stderr(), "{message}");
    Status::Incomplete.into()
}

/// The reader of our output went away, as `head` does: not an error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
