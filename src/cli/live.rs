//! `palisade live collect`: a deployed account as a file.

use std::fs;
use std::io::{self, Write};

use anyhow::{Context, bail};
use palisade_analysis::system::{OsSystem, System};
use palisade_live::{AwsClient, Credentials, Scope, Snapshot, collect, stack_bindings, tables};

use crate::Status;
use crate::args::{CollectOptions, LiveCommand, LiveOptions};

pub(crate) fn run(command: LiveCommand) -> anyhow::Result<Status> {
    match command {
        LiveCommand::Collect(options) => write(&options),
    }
}

fn write(options: &CollectOptions) -> anyhow::Result<Status> {
    let snapshot = read(&options.live)?;
    match &options.output_file {
        Some(file) => fs::write(file, snapshot.print())
            .with_context(|| format!("{} cannot be written", file.display()))?,
        None => io::stdout().write_all(snapshot.print().as_bytes())?,
    }
    tell(&snapshot);
    Ok(if snapshot.denied.is_empty() {
        Status::Clean
    } else {
        Status::Incomplete
    })
}

/// What was read, and what could not be.
fn tell(snapshot: &Snapshot) {
    let _ = writeln!(
        io::stderr(),
        "{} resources of {} types read",
        snapshot.resources.len(),
        snapshot.complete.len()
    );
    tell_denied(snapshot);
}

/// What could not be read.
pub(crate) fn tell_denied(snapshot: &Snapshot) {
    let mut out = io::stderr().lock();
    for denied in &snapshot.denied {
        let id = denied.id.as_deref().unwrap_or("all");
        let _ = writeln!(
            out,
            "not read: {} {id}: {}: {}",
            denied.resource_type, denied.call, denied.reason
        );
    }
}

/// Reads an account.
pub(crate) fn read(options: &LiveOptions) -> anyhow::Result<Snapshot> {
    let credentials = Credentials::discover(options.profile.as_deref())?;
    let Some(region) = options
        .region
        .clone()
        .or_else(|| credentials.region.clone())
    else {
        bail!("no region: give `--region`, or set AWS_REGION or the profile's region");
    };
    let endpoint = options
        .endpoint_url
        .clone()
        .or_else(|| OsSystem.environment("AWS_ENDPOINT_URL"));
    let client = AwsClient::new(credentials, &region, endpoint.as_deref());
    let mut wanted = tables().context("the collectors cannot be used")?;
    if !options.types.is_empty() {
        wanted.retain(|table| options.types.contains(&table.resource_type));
        if wanted.is_empty() {
            bail!(
                "none of the types {} is collected",
                options.types.join(", ")
            );
        }
    }
    let mut bindings = Vec::new();
    for stack in &options.stacks {
        let found = stack_bindings(&client, stack).map_err(anyhow::Error::msg);
        bindings.extend(found.with_context(|| format!("stack {stack} cannot be read"))?);
    }
    let collected_at = jiff::Timestamp::from_second(OsSystem.now())
        .map_or_else(|_| String::new(), |now| now.to_string());
    let scope = Scope {
        provider: "aws".to_owned(),
        region,
        collected_at,
    };
    Ok(Snapshot::new(scope, collect(&client, &wanted), bindings))
}
