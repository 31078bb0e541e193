//! From arguments to a request.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use palisade_analysis::analyzer::{ConfigChoice, Keeps, Overrides, Request};
use palisade_analysis::lang::Given;

use crate::args::{GivenOption, GivenOptions, InputOptions};

/// The request of the options that `check` and `resources` share.
pub(crate) fn request(options: &InputOptions) -> anyhow::Result<Request> {
    let config = match (&options.config, options.isolated) {
        (_, true) => ConfigChoice::None,
        (Some(file), _) => ConfigChoice::File(file.clone()),
        (None, false) => ConfigChoice::Discover,
    };
    Ok(Request {
        paths: paths(&options.paths)?,
        config,
        overrides: Overrides {
            given: given(&options.given)?,
            workspace: options.workspace.clone(),
            environment: options.environment.clone(),
            ..Overrides::default()
        },
        keeps: Keeps::Findings,
        ..Request::default()
    })
}

/// The paths as given, with `-` replaced by the list on standard input.
fn paths(given: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for path in given {
        if path == Path::new("-") {
            let mut text = String::new();
            io::stdin()
                .read_to_string(&mut text)
                .context("standard input cannot be read")?;
            paths.extend(lines(&text));
        } else {
            paths.push(path.clone());
        }
    }
    Ok(paths)
}

/// The paths of a list: one a line, or separated by NUL as `git ls-files -z` does.
pub(crate) fn lines(text: &str) -> Vec<PathBuf> {
    let separator = if text.contains('\0') { '\0' } else { '\n' };
    text.split(separator)
        .map(|line| line.trim_end_matches('\r'))
        .filter(|line| !line.is_empty())
        .map(PathBuf::from)
        .collect()
}

fn given(options: &GivenOptions) -> anyhow::Result<Vec<Given>> {
    let given = |option: &GivenOption| match option {
        GivenOption::File(path) => Ok(Given::File(path.clone())),
        GivenOption::Variable(variable) => {
            let (name, value) = variable
                .split_once('=')
                .with_context(|| format!("`--var {variable}` has no value: expected NAME=VALUE"))?;
            Ok(Given::Variable(name.to_owned(), value.to_owned()))
        }
    };
    options.0.iter().map(given).collect()
}
