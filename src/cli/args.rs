//! Arguments.

use std::path::PathBuf;

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

/// A static analyzer for cloud infrastructure: Terraform, CloudFormation, Bicep and ARM.
#[derive(Debug, Parser)]
#[command(name = "palisade", version, about, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Check files and folders for misconfigurations.
    Check(Box<CheckOptions>),
    /// Print the resources that files and folders declare, as evaluated.
    Resources(Box<ResourcesOptions>),
    /// List the rules, or test and start rules of your own.
    Rules(RulesOptions),
    /// Explain a rule: what it finds, why it matters, how to mend it.
    Explain(ExplainOptions),
    /// Read a deployed account; nothing is ever changed in it.
    Live {
        #[command(subcommand)]
        command: LiveCommand,
    },
    /// Compare what is declared with what is deployed.
    Drift(Box<DriftOptions>),
    /// Say what the resources mean for the controls of a framework; without one, list the frameworks.
    Compliance(Box<ComplianceOptions>),
    /// Print the configuration, or the schema of `palisade.toml`.
    Config {
        #[command(subcommand)]
        command: ConfigCommand,
    },
    /// Serve an editor: the language server protocol over standard input and output.
    Lsp,
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// What to read, and with which values.
#[derive(Clone, Debug, Args)]
pub(crate) struct InputOptions {
    /// Files and folders; `-` reads a list of them from standard input, one a line.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// Use this configuration file instead of the nearest `palisade.toml`.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Use no configuration file.
    #[arg(long, conflicts_with = "config")]
    pub(crate) isolated: bool,
    #[command(flatten)]
    pub(crate) given: GivenOptions,
    /// The Terraform workspace.
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
    /// Evaluate only this environment of the configuration.
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}

/// Where variables get their values from, in the order of the command line.
#[derive(Clone, Debug)]
pub(crate) struct GivenOptions(pub(crate) Vec<GivenOption>);

#[derive(Clone, Debug)]
pub(crate) enum GivenOption {
    /// `--var NAME=VALUE`, as it is written.
    Variable(String),
    File(PathBuf),
}

#[derive(Args)]
struct GivenByKind {
    /// Set a Terraform variable or a template parameter; of the same one, the last counts.
    #[arg(long = "var", value_name = "NAME=VALUE")]
    variables: Vec<String>,
    /// Read a variable or parameter file.
    #[arg(long = "var-file", value_name = "FILE")]
    variable_files: Vec<PathBuf>,
}

impl Args for GivenOptions {
    fn augment_args(command: clap::Command) -> clap::Command {
        GivenByKind::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        GivenByKind::augment_args_for_update(command)
    }
}

impl FromArgMatches for GivenOptions {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = GivenByKind::from_arg_matches(matches)?;
        let places = |name| matches.indices_of(name).into_iter().flatten();
        let variables = given.variables.into_iter().map(GivenOption::Variable);
        let files = given.variable_files.into_iter().map(GivenOption::File);
        let mut placed: Vec<_> = places("variables")
            .zip(variables)
            .chain(places("variable_files").zip(files))
            .collect();
        placed.sort_by_key(|(place, _)| *place);
        Ok(Self(placed.into_iter().map(|(_, given)| given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    #[command(flatten)]
    pub(crate) input: InputOptions,
    /// Rules to run: ids, prefixes (`aws-s3`), globs, ids of other tools, `all`.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(crate) select: Vec<String>,
    /// Rules not to run.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(crate) ignore: Vec<String>,
    /// Report only findings of this severity and above.
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) severity: Option<SeverityLevel>,
    /// Exit with 1 only for findings of this severity and above [default: info].
    #[arg(long, value_enum, value_name = "LEVEL")]
    pub(crate) fail_on: Option<FailLevel>,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: Format,
    /// Write the report to a file; the summary still goes to the terminal.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
    /// List the verdicts that could not be reached, and what is missing for each.
    #[arg(long)]
    pub(crate) show_unknown: bool,
    /// Analyze each input of a list file on its own; with `--output-format jsonl` one report a line.
    #[arg(long, value_name = "LIST", conflicts_with = "paths")]
    pub(crate) each: Option<PathBuf>,
    /// The paths hold everything of an account: rules about all of it can fail.
    #[arg(long)]
    pub(crate) complete: bool,
    /// Apply safe fixes.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Also apply fixes that can change what works.
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Print the fixes as a diff and apply nothing.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Colors.
    #[arg(long, value_enum, default_value = "auto", value_name = "WHEN")]
    pub(crate) color: Color,
    /// Judge ends of support as of this day (YYYY-MM-DD) [default: the day on which each calendar was read].
    #[arg(long, value_name = "DAY")]
    pub(crate) as_of: Option<Date>,
    /// Print findings only, no summary.
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// Print also notes, suppressed findings, and what was left out.
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ResourcesOptions {
    #[command(flatten)]
    pub(crate) input: InputOptions,
    /// As the provider spells them, satellites folded in, instead of as declared.
    #[arg(long)]
    pub(crate) canonical: bool,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: ListFormat,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct RulesOptions {
    #[command(subcommand)]
    pub(crate) command: Option<RulesCommand>,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: ListFormat,
    /// Only these rules, as for `check`.
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    pub(crate) select: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Test rule files: their examples, marks, fixes, and what they say about unknown values.
    Test {
        /// Rule files, or folders of them.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Start a rule file.
    New {
        /// Where: `rules/aws/s3/bucket-untagged.yaml`.
        path: PathBuf,
        /// The canonical resource type it judges.
        #[arg(long, default_value = "AWS::S3::Bucket")]
        resource: String,
    },
    /// Count, service by service, the checks of other tools and the controls of benchmarks that the rules answer.
    Coverage {
        /// `aws`, `azure` or `google`.
        provider: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ExplainOptions {
    /// The rule's id, or its id in another tool.
    pub(crate) rule: String,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: ExplainFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LiveCommand {
    /// Write what an account holds to a file, for `drift --snapshot`.
    Collect(Box<CollectOptions>),
}

#[derive(Debug, Args)]
pub(crate) struct CollectOptions {
    #[command(flatten)]
    pub(crate) live: LiveOptions,
    /// The file; standard output where none is given.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output_file: Option<PathBuf>,
}

/// Which account is read, and how. Credentials come from where every AWS tool takes them.
#[derive(Debug, Args)]
pub(crate) struct LiveOptions {
    /// The profile of the AWS configuration.
    #[arg(long, value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// The region [default: of the profile or environment].
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Ask this address instead of AWS's own: an emulator or a proxy.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint_url: Option<String>,
    /// A CloudFormation stack whose logical ids are looked up; may be repeated.
    #[arg(long = "stack", value_name = "NAME")]
    pub(crate) stacks: Vec<String>,
    /// Read only this canonical type; may be repeated.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) types: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DriftOptions {
    #[command(flatten)]
    pub(crate) input: InputOptions,
    #[command(flatten)]
    pub(crate) live: LiveOptions,
    /// Compare with this file of `palisade live collect` instead of asking the account.
    #[arg(long, value_name = "FILE")]
    pub(crate) snapshot: Option<PathBuf>,
    /// The paths declare everything of their types: report what nobody declared.
    #[arg(long)]
    pub(crate) managed: bool,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: ListFormat,
}

#[derive(Debug, Args)]
pub(crate) struct ComplianceOptions {
    /// The framework: `cis-aws-7.0.0`.
    #[arg(short, long, value_name = "ID")]
    pub(crate) framework: Option<String>,
    #[command(flatten)]
    pub(crate) input: InputOptions,
    /// The paths hold everything of an account: rules about all of it can fail.
    #[arg(long)]
    pub(crate) complete: bool,
    /// How to print.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) output_format: ListFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print the JSON schema of `palisade.toml`.
    Schema,
    /// Print the configuration file that holds for a path.
    Find {
        /// A file or folder.
        #[arg(default_value = ".")]
        path: PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SeverityLevel {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailLevel {
    Info,
    Low,
    Medium,
    High,
    Critical,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// With source excerpts.
    Human,
    /// One line a finding.
    Concise,
    /// One JSON object, version 1.
    Json,
    /// JSON, one report a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// JUnit XML.
    Junit,
    /// GitHub workflow commands: annotations.
    Github,
    /// GitLab Code Quality.
    Gitlab,
    /// A Markdown table.
    Markdown,
    /// Comma-separated values.
    Csv,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people.
    Human,
    /// JSON.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExplainFormat {
    /// For people.
    Human,
    /// Markdown.
    Markdown,
    /// JSON.
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal, unless `NO_COLOR` is set; always where `FORCE_COLOR` is.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
