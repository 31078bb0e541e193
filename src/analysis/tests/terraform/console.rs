//! Expressions whose values are known: `testdata/terraform/console/<family>.txt`, an expression a line with a line break written
//! as `⏎` and a carriage return as `␍`, and below it what `terraform console` makes of it in the module `module`: its type and, as JSON, its value; where a
//! part of it is unknown, sensitive or ephemeral, the value as the console shows it; `error` where it is wrong.
//!
//! Where `PALISADE_TERRAFORM` is set the answers themselves are compared with the binary's; `UPDATE=1` writes them anew. Those of
//! a family whose file begins with `# opentofu` come from documentation, as Terraform has no such functions.
//!
//! A further line `palisade: …` is what Palisade answers where it differs on purpose: it knows more, or says that it does not
//! know what Terraform gets wrong. The README beside the files tells why.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_analysis::lang::terraform::console;
use palisade_analysis::lang::terraform::types::{Attribute, Type};
use palisade_analysis::lang::terraform::value::{TfKind, TfValue};
use palisade_analysis::lang::{Context, Inputs};
use palisade_analysis::system::{OsSystem, Sources, System};
use palisade_model::Reason;

use super::oracle::{self, UNKNOWN};

/// A family of expressions with their answers.
struct Family {
    path: PathBuf,
    /// Comments and empty lines before the first expression.
    header: String,
    cases: Vec<Case>,
}

struct Case {
    expression: String,
    answer: String,
    /// Of Palisade, where it differs on purpose.
    own: Option<String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/terraform/console")
}

fn families() -> Vec<Family> {
    let listed = std::fs::read_dir(folder()).expect("the folder");
    let mut paths: Vec<PathBuf> = listed.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "txt"));
    paths.sort();
    paths.into_iter().map(read).collect()
}

fn read(path: PathBuf) -> Family {
    let text = std::fs::read_to_string(&path).expect("a file");
    let mut family = Family {
        path,
        header: String::new(),
        cases: Vec::new(),
    };
    for line in text.lines() {
        let answer = line.strip_prefix("    ");
        match (answer, family.cases.last_mut()) {
            (Some(answer), Some(case)) => match answer.strip_prefix("palisade: ") {
                Some(own) => case.own = Some(own.to_owned()),
                None => answer.clone_into(&mut case.answer),
            },
            (None, None) if line.is_empty() || line.starts_with("# ") => {
                family.header += &format!("{line}\n");
            }
            _ => family.cases.push(Case {
                expression: line.to_owned(),
                answer: String::new(),
                own: None,
            }),
        }
    }
    family
}

impl Family {
    fn expressions(&self) -> Vec<String> {
        let written = self.cases.iter().map(|case| &case.expression);
        written
            .map(|text| text.replace('⏎', "\n").replace('␍', "\r"))
            .collect()
    }

    fn is_of_terraform(&self) -> bool {
        !self.header.starts_with("# opentofu")
    }

    fn write(&self) {
        let mut text = self.header.clone();
        for case in &self.cases {
            text += &format!("{}\n    {}\n", case.expression, case.answer);
            if let Some(own) = &case.own {
                text += &format!("    palisade: {own}\n");
            }
        }
        std::fs::write(&self.path, text).expect("written");
    }
}

/// What Palisade answers, on a stack as large as the evaluator's own.
fn ours(expressions: &[String]) -> Vec<String> {
    let run = || {
        let system = OsSystem;
        let root = folder().join("module");
        let roots = [system.canonicalize(&root).expect("the module")];
        let context = Context {
            system: &system,
            sources: &Sources::default(),
            roots: &roots,
            inputs: &Inputs::default(),
        };
        // In parentheses, so that line breaks and comments may stand anywhere in it.
        let wrapped = expressions.iter().map(|text| format!("(\n{text}\n)"));
        let found = console(&root, &wrapped.collect::<Vec<_>>(), &context);
        found.iter().map(answer).collect()
    };
    std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(1 << 28);
        let handle = builder.spawn_scoped(scope, run).expect("a thread");
        handle.join().expect("no panic")
    })
}

fn answer(outcome: &Result<TfValue, String>) -> String {
    let Ok(value) = outcome else {
        return "error".to_owned();
    };
    let undeclared = value
        .first_unknown()
        .is_some_and(|it| matches!(it.reason, Reason::Undeclared(_) | Reason::Error(_)));
    if undeclared {
        return "error".to_owned();
    }
    let ty = type_name(&value.ty);
    if value.is_wholly_known() && !value.deep_marks().any() {
        return format!("{ty}: {}", json(value));
    }
    format!("{ty}: {}", shown(value))
}

/// A type as `type()` of the console writes it, on one line.
fn type_name(ty: &Type) -> String {
    match ty {
        Type::Dynamic => "dynamic".to_owned(),
        Type::List(element) => format!("list({})", type_name(element)),
        Type::Set(element) => format!("set({})", type_name(element)),
        Type::Map(element) => format!("map({})", type_name(element)),
        Type::Tuple(items) => {
            let items: Vec<String> = items.iter().map(type_name).collect();
            format!("tuple([{}])", items.join(", "))
        }
        Type::Object(attributes) => {
            let item = |(name, attribute): (&Arc<str>, &Attribute)| {
                format!("{name}: {}", type_name(&attribute.ty))
            };
            let items: Vec<String> = attributes.iter().map(item).collect();
            format!("object({{{}}})", items.join(", "))
        }
        other => other.to_string(),
    }
}

/// A known value as JSON, its numbers with all their digits.
fn json(value: &TfValue) -> String {
    match &value.kind {
        TfKind::Null => "null".to_owned(),
        TfKind::Unknown(_) => UNKNOWN.to_owned(),
        TfKind::Bool(value) => value.to_string(),
        TfKind::Number(number) => number.to_string(),
        TfKind::String(text) => quoted(&text.text),
        TfKind::Sequence(items) => {
            let items: Vec<String> = items.iter().map(json).collect();
            format!("[{}]", items.join(","))
        }
        TfKind::Mapping(entries) => {
            let item = |(key, item): (&Arc<str>, _)| format!("{}:{}", quoted(key), json(item));
            let items: Vec<String> = entries.iter().map(item).collect();
            format!("{{{}}}", items.join(","))
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("a string")
}

/// A value as the console shows it, on one line.
fn shown(value: &TfValue) -> String {
    if !value.is_known() {
        return UNKNOWN.to_owned();
    }
    if value.marks.sensitive {
        return "(sensitive value)".to_owned();
    }
    if value.marks.ephemeral {
        return "(ephemeral value)".to_owned();
    }
    let items =
        |items: &[TfValue]| -> String { items.iter().map(|item| shown(item) + ", ").collect() };
    match (&value.kind, &value.ty) {
        (TfKind::Null, _) => "null".to_owned(),
        (TfKind::Sequence(all), Type::List(_)) => format!("tolist([{}])", items(all)),
        (TfKind::Sequence(all), Type::Set(_)) => format!("toset([{}])", items(all)),
        (TfKind::Sequence(all), _) => format!("[{}]", items(all)),
        (TfKind::Mapping(entries), ty) => {
            let item = |(key, item): (&Arc<str>, _)| format!("{} = {} ", quoted(key), shown(item));
            let inner: String = entries.iter().map(item).collect();
            match ty {
                Type::Map(_) => format!("tomap({{{inner}}})"),
                _ => format!("{{{inner}}}"),
            }
        }
        _ => json(value),
    }
}

#[test]
fn expressions_have_the_values_that_terraform_gives_them() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for family in families() {
        let name = family.path.file_stem().expect("a name").to_string_lossy();
        let found = ours(&family.expressions());
        count += found.len();
        for (case, found) in family.cases.iter().zip(found) {
            let expected = case.own.as_ref().unwrap_or(&case.answer);
            if *expected != found {
                let Case {
                    expression, answer, ..
                } = case;
                wrong.push(format!(
                    "{name}: {expression}\n  ours:      {found}\n  terraform: {answer}"
                ));
            }
        }
    }
    eprintln!("{} of {count} expressions are equal", count - wrong.len());
    assert!(
        wrong.is_empty(),
        "{} of {count}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 2_500, "{count} expressions");
}

#[test]
fn every_function_has_expressions() {
    let all: String = families().iter().flat_map(Family::expressions).collect();
    let functions = palisade_analysis::lang::terraform::functions::FUNCTIONS;
    let names = functions
        .iter()
        .map(|function| function.name)
        .chain(["try", "can"]);
    let missing: Vec<&str> = names
        .filter(|name| !all.contains(&format!("{name}(")))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}

#[test]
fn the_answers_are_those_of_terraform() {
    let update = std::env::var_os("UPDATE").is_some();
    if !update && std::env::var_os("PALISADE_TERRAFORM").is_none() {
        eprintln!("needs PALISADE_TERRAFORM");
        return;
    }
    if !oracle::is_installed() {
        eprintln!("needs terraform");
        return;
    }
    let mut wrong = Vec::new();
    for mut family in families() {
        if !family.is_of_terraform() {
            continue;
        }
        let answers = oracle::console(&folder().join("module"), &family.expressions());
        for (case, answer) in family.cases.iter_mut().zip(answers) {
            if case.answer != answer {
                wrong.push(format!(
                    "{}\n  written:   {}\n  terraform: {answer}",
                    case.expression, case.answer
                ));
                case.answer = answer;
            }
        }
        if update {
            family.write();
        }
    }
    assert!(
        update || wrong.is_empty(),
        "{}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
