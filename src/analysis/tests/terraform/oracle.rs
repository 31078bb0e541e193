//! The `terraform` binary as an oracle: what its console makes of expressions.
//!
//! The console shows one value and then ends, so that expressions go by the hundred: as locals of a copy of the module, shown
//! as one list. A local that cannot be read spoils its whole batch, which is then halved until the wrong one is alone.

use std::path::Path;
use std::process::{Command, Stdio};

const BATCH: usize = 128;
pub(super) const UNKNOWN: &str = "(known after apply)";

pub(super) fn is_installed() -> bool {
    Command::new("terraform").arg("version").output().is_ok()
}

/// The answers to expressions in a module, in order.
pub(super) fn console(module: &Path, expressions: &[String]) -> Vec<String> {
    let work = tempfile::tempdir().expect("a folder");
    super::plan::copy(module, work.path());
    let runner = Runner {
        folder: work.path(),
    };
    let mut answers = Vec::with_capacity(expressions.len());
    for batch in expressions.chunks(BATCH) {
        let right = runner.right(batch);
        let kept: Vec<&String> = batch
            .iter()
            .zip(&right)
            .filter(|(_, right)| **right)
            .map(|(it, _)| it)
            .collect();
        let mut values = runner.values(&kept).into_iter();
        answers.extend(right.iter().map(|right| match right {
            true => values.next().expect("a value"),
            false => "error".to_owned(),
        }));
    }
    answers
}

struct Runner<'a> {
    folder: &'a Path,
}

impl Runner<'_> {
    /// Which expressions are not wrong.
    fn right(&self, batch: &[String]) -> Vec<bool> {
        let wrapped: Vec<String> = batch.iter().map(|it| format!("can(\n{it}\n)")).collect();
        let Some(shown) = self.list(&wrapped, "", "") else {
            let [one] = batch else {
                let (first, second) = batch.split_at(batch.len() / 2);
                return [self.right(first), self.right(second)].concat();
            };
            return vec![self.works(one)];
        };
        let decide = |(at, shown): (usize, &String)| match &**shown {
            "true" => true,
            "false" => false,
            _ => self.works(&batch[at]),
        };
        shown.iter().enumerate().map(decide).collect()
    }

    /// Whether an expression alone has a value. Only what stands in no local may not refer to what is not declared.
    fn works(&self, expression: &str) -> bool {
        if !expression.contains('\n') {
            return self.run(&[], expression).is_some();
        }
        self.list(&[format!("(\n{expression}\n)")], "", "")
            .is_some()
    }

    /// The answers to expressions that are not wrong.
    fn values(&self, expressions: &[&String]) -> Vec<String> {
        if expressions.is_empty() {
            return Vec::new();
        }
        let wrapped: Vec<String> = expressions.iter().map(|it| format!("(\n{it}\n)")).collect();
        let types = self.types(&wrapped);
        let texts = self.texts(&wrapped);
        let single = |text: &str| !text.contains("\\\\n");
        let simple: Vec<String> = wrapped
            .iter()
            .zip(&texts)
            .filter(|(_, text)| single(text))
            .map(|(it, _)| it.clone())
            .collect();
        let mut shown = self.list(&simple, "", "").expect("values").into_iter();
        let secret = self.list(&wrapped, "issensitive(", ")").expect("marks");
        let answer = |((ty, text), secret): ((String, &String), &String)| {
            let shown = match (single(text), &**secret) {
                (true, _) => shown.next(),
                // Lines of a text cannot be told from those of the list.
                (false, "true") => Some("(sensitive value)".to_owned()),
                (false, _) => None,
            };
            let marked = shown.filter(|shown| {
                ["(sensitive value)", "(ephemeral value)", UNKNOWN]
                    .iter()
                    .any(|mark| shown.contains(mark))
            });
            let value = marked.unwrap_or_else(|| unquoted(text));
            format!("{ty}: {}", plain(&value))
        };
        types
            .into_iter()
            .zip(&texts)
            .zip(&secret)
            .map(answer)
            .collect()
    }

    /// The values as JSON in quotes; as the console shows them where JSON cannot say one.
    fn texts(&self, wrapped: &[String]) -> Vec<String> {
        let found = self.list(wrapped, "nonsensitive(jsonencode(", "))");
        found.unwrap_or_else(|| {
            if wrapped.len() == 1 {
                return self.list(wrapped, "", "").expect("a value");
            }
            let (first, second) = wrapped.split_at(wrapped.len() / 2);
            [self.texts(first), self.texts(second)].concat()
        })
    }

    fn types(&self, wrapped: &[String]) -> Vec<String> {
        let names: Vec<String> = (0..wrapped.len())
            .map(|at| format!("local.e{at}"))
            .collect();
        let shown = self.run(wrapped, &format!("type([{}])", names.join(", ")));
        let shown = shown.expect("types");
        let joined = |lines: Vec<&str>| {
            let text = lines
                .concat()
                .replace(",}", "}")
                .replace(",]", "]")
                .replace(",)", ")");
            text.replace(',', ", ")
        };
        items(&shown, 4).into_iter().map(joined).collect()
    }

    /// What the console shows of each of some expressions, on one line; none where one of them cannot be read.
    fn list(&self, wrapped: &[String], before: &str, after: &str) -> Option<Vec<String>> {
        if wrapped.is_empty() {
            return Some(Vec::new());
        }
        let names: Vec<String> = (0..wrapped.len())
            .map(|at| format!("{before}local.e{at}{after}"))
            .collect();
        let shown = self.run(wrapped, &format!("[{}]", names.join(", ")))?;
        let found: Vec<String> = items(&shown, 2)
            .iter()
            .map(|lines| one_line(lines))
            .collect();
        assert_eq!(found.len(), wrapped.len(), "{shown}");
        Some(found)
    }

    /// What the console shows of one expression beside these locals.
    fn run(&self, locals: &[String], expression: &str) -> Option<String> {
        let mut text = "locals {\n".to_owned();
        for (at, local) in locals.iter().enumerate() {
            text += &format!("e{at} = {local}\n");
        }
        std::fs::write(self.folder.join("locals.tf"), text + "}\n").expect("written");
        let input = self.folder.join("input");
        std::fs::write(&input, format!("{expression}\n")).expect("written");
        let output = Command::new("terraform")
            .args(["console", "-no-color"])
            .current_dir(self.folder)
            .env("TF_CLI_CONFIG_FILE", "/dev/null")
            .stdin(Stdio::from(std::fs::File::open(input).expect("a file")))
            .output()
            .expect("terraform runs");
        output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// The lines of each item of a list that is shown with this indentation.
fn items(shown: &str, indentation: usize) -> Vec<Vec<&str>> {
    let (mut found, mut item) = (Vec::new(), Vec::new());
    for line in shown.lines() {
        let inner = line.trim_start();
        let depth = line.len() - inner.len();
        if depth < indentation {
            continue;
        }
        item.push(inner);
        if depth == indentation && line.ends_with(',') {
            let last = item.len() - 1;
            item[last] = item[last].trim_end_matches(',');
            found.push(std::mem::take(&mut item));
        }
    }
    found
}

/// The lines of a value as one: a space after each item, none after what opens.
fn one_line(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines {
        text += line;
        if !line.ends_with(['[', '{', '(']) {
            text.push(' ');
        }
    }
    text.truncate(text.trim_end().len());
    text
}

/// The text that the console shows in quotes.
fn unquoted(shown: &str) -> String {
    let inner = shown.strip_prefix('"').and_then(|it| it.strip_suffix('"'));
    let inner = inner.unwrap_or(shown);
    let (mut text, mut rest) = (String::new(), inner.chars());
    while let Some(character) = rest.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        let digits = match rest.next().unwrap_or('\\') {
            'n' => {
                text.push('\n');
                0
            }
            't' => {
                text.push('\t');
                0
            }
            'r' => {
                text.push('\r');
                0
            }
            'x' => 2,
            'u' => 4,
            'U' => 8,
            other => {
                text.push(other);
                0
            }
        };
        let code: String = rest.by_ref().take(digits).collect();
        text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
    }
    text
}

/// JSON whose `<`, `>`, `&` and line separators are written as they are.
fn plain(json: &str) -> String {
    let mut text = String::new();
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        text += &rest[..at];
        let escape = rest.get(at..at + 6).unwrap_or("");
        let letter = match escape {
            "\\u003c" => Some('<'),
            "\\u003e" => Some('>'),
            "\\u0026" => Some('&'),
            "\\u2028" => Some('\u{2028}'),
            "\\u2029" => Some('\u{2029}'),
            _ => None,
        };
        text.extend(letter);
        let length = if letter.is_some() {
            6
        } else {
            2.min(rest.len() - at)
        };
        if letter.is_none() {
            text += &rest[at..at + length];
        }
        rest = &rest[at + length..];
    }
    text + rest
}
