//! `palisade config`

use std::io::{self, Write};
use std::path::Path;

use palisade_analysis::config::{Chain, json_schema};
use palisade_analysis::system::OsSystem;

use crate::Status;
use crate::args::ConfigCommand;

pub(crate) fn run(command: &ConfigCommand) -> anyhow::Result<Status> {
    match command {
        ConfigCommand::Schema => writeln!(io::stdout(), "{:#}", json_schema())?,
        ConfigCommand::Find { path } => {
            let folder = if path.is_dir() {
                path
            } else {
                path.parent().unwrap_or(Path::new(""))
            };
            match Chain::default().find(&OsSystem, folder) {
                Some(file) => writeln!(io::stdout(), "{}", file.display())?,
                None => writeln!(
                    io::stderr(),
                    "no palisade.toml at or above {}",
                    path.display()
                )?,
            }
        }
    }
    Ok(Status::Clean)
}
