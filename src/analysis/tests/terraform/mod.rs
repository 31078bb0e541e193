//! The Terraform front end: evaluation, origins, modules, limits; equality with `terraform plan`.

mod console;
mod evaluate;
mod hostile;
mod json_syntax;
mod oracle;
mod order;
mod plan;
mod principals;
mod show;
mod traps;
mod unknown;
mod verdicts;

use std::path::{Path, PathBuf};

use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{self, Context, Evaluation, Inputs};
use palisade_analysis::system::{MemorySystem, Sources, System};
use palisade_model::{Kind, Resource, Span, Target, Value};
use serde_json::{Map, Value as Json, json};

/// A project of files in memory, evaluated.
pub(crate) struct Evaluated {
    pub(crate) evaluation: Evaluation,
    pub(crate) sources: Sources,
}

pub(crate) fn run(
    system: &dyn System,
    kind: ProjectKind,
    root: &Path,
    roots: &[PathBuf],
    inputs: &Inputs,
) -> Evaluated {
    let sources = Sources::default();
    let project = Project {
        kind,
        root: root.to_path_buf(),
    };
    let context = Context {
        system,
        sources: &sources,
        roots,
        inputs,
    };
    let evaluation = lang::evaluate(&project, &context);
    Evaluated {
        evaluation,
        sources,
    }
}

/// Evaluates files in memory; the root module is the current folder.
pub(crate) fn files_with(files: &[(&str, &str)], inputs: &Inputs) -> Evaluated {
    let system = MemorySystem::new(files.iter().copied());
    let roots = [PathBuf::from("/")];
    run(
        &system,
        ProjectKind::Terraform,
        Path::new(""),
        &roots,
        inputs,
    )
}

pub(crate) fn files(files: &[(&str, &str)]) -> Evaluated {
    files_with(files, &Inputs::default())
}

/// Evaluates one `main.tf`.
pub(crate) fn text(text: &str) -> Evaluated {
    files(&[("main.tf", text)])
}

impl Evaluated {
    pub(crate) fn addresses(&self) -> Vec<String> {
        self.evaluation
            .resources
            .iter()
            .map(|it| it.address.to_string())
            .collect()
    }

    pub(crate) fn resource(&self, address: &str) -> &Resource {
        let found = self
            .evaluation
            .resources
            .iter()
            .find(|it| it.address.to_string() == address);
        found.unwrap_or_else(|| panic!("no {address} among {:?}", self.addresses()))
    }

    /// A property by its path.
    pub(crate) fn property(&self, address: &str, path: &str) -> &Value {
        let mut value = &self.resource(address).properties;
        for step in path.split('.').filter(|step| !step.is_empty()) {
            let next = match step.parse::<usize>() {
                Ok(at) => value.as_list().and_then(|items| items.get(at)),
                Err(_) => value.get(step),
            };
            value = next.unwrap_or_else(|| panic!("no {step} of {path} in {value:?}"));
        }
        value
    }

    pub(crate) fn json(&self, address: &str, path: &str) -> Json {
        to_json(self.property(address, path))
    }

    pub(crate) fn source(&self, span: Option<Span>) -> String {
        let span = span.expect("a span");
        self.sources.file(span.file).slice(span).to_owned()
    }

    pub(crate) fn messages(&self) -> Vec<String> {
        self.evaluation
            .diagnostics
            .iter()
            .map(|it| it.message.clone())
            .collect()
    }
}

/// A value as `palisade resources` shows it.
pub(crate) fn to_json(value: &Value) -> Json {
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(value) => json!(value),
        Kind::Number(number) => match number.as_i64() {
            Some(integer) => json!(integer),
            None => json!(number.as_f64()),
        },
        Kind::String(text) => json!(text),
        Kind::List(items) => items.iter().map(to_json).collect(),
        Kind::Map(entries) => {
            let entries = entries
                .iter()
                .map(|(key, item)| (key.to_string(), to_json(item)));
            Json::Object(entries.collect::<Map<String, Json>>())
        }
        Kind::Encoded(encoded) => to_json(&encoded.value),
        Kind::Reference(reference) => match &reference.target {
            Target::Address(address) => {
                json!({"$ref": address.to_string(), "attr": reference.attribute})
            }
            Target::External(id) => json!({"$ref": id}),
        },
        Kind::Template(parts) => json!({"$parts": parts.iter().map(to_json).collect::<Json>()}),
        Kind::Unknown(unknown) => json!({"$unknown": unknown.reason.to_string()}),
    }
}
