//! The functions that Terragrunt adds to those of the language.
//!
//! Source: <https://terragrunt.gruntwork.io/docs/reference/hcl/functions/>. Paths are those that Terragrunt would give on this
//! machine. Nothing is run, decrypted or asked for: such a function gives an unknown that names it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use palisade_model::{Encoding, Reason, Span};

use super::super::engine::Engine;
use super::super::instance::Instance;
use super::super::scope::{Eval, Failure, Scope};
use super::super::types::Type;
use super::super::value::{Entries, TfValue};
use super::super::{data, load, modules};
use super::merge;
use super::read::{self, Reading};

/// Their results come from outside.
const FOREIGN: [&str; 11] = [
    "get_env",
    "run_cmd",
    "sops_decrypt_file",
    "get_aws_account_id",
    "get_aws_account_alias",
    "get_aws_caller_identity_arn",
    "get_aws_caller_identity_user_id",
    "get_platform",
    "get_terraform_cli_args",
    "get_working_dir",
    "get_default_retryable_errors",
];

/// What a function needs beside its arguments.
struct Call<'c, 's, 'a> {
    reading: &'c Reading<'s, 'a>,
    name: &'c str,
    arguments: &'c [TfValue],
    place: Span,
}

/// Calls a function of Terragrunt; none where it is none.
pub(super) fn call(
    reading: &Reading<'_, '_>,
    name: &str,
    arguments: &[TfValue],
    place: Span,
) -> Option<Eval> {
    let call = Call {
        reading,
        name,
        arguments,
        place,
    };
    if FOREIGN.contains(&name) {
        return Some(Ok(call.foreign()));
    }
    let function: fn(&Call<'_, '_, '_>) -> Eval = match name {
        "find_in_parent_folders" => |call| call.find_in_parent_folders(),
        "path_relative_to_include" => |call| call.between(true),
        "path_relative_from_include" => |call| call.between(false),
        "get_terragrunt_dir" => |call| Ok(call.path(&call.reading.place.unit)),
        "get_original_terragrunt_dir" => |call| Ok(call.path(&call.reading.place.original)),
        "get_parent_terragrunt_dir" => |call| call.parent(),
        "get_repo_root" => |call| Ok(TfValue::string(call.repository()?.to_string_lossy())),
        "get_path_from_repo_root" => |call| call.in_repository(true),
        "get_path_to_repo_root" => |call| call.in_repository(false),
        "read_terragrunt_config" => |call| call.read_config(),
        "read_tfvars_file" => |call| call.read_variables(),
        "get_terraform_command" => |_| Ok(TfValue::string("plan")),
        "get_terragrunt_source_cli_flag" => |_| Ok(TfValue::string("")),
        "get_terraform_commands_that_need_vars" => |_| Ok(commands(&VARIABLES)),
        "get_terraform_commands_that_need_input" => |_| Ok(commands(&INPUT)),
        "get_terraform_commands_that_need_locking" => |_| Ok(commands(&LOCKING)),
        "get_terraform_commands_that_need_parallelism" => |_| Ok(commands(&PARALLELISM)),
        "deep_merge" => |call| call.deep_merge(),
        "mark_as_read" | "mark_glob_as_read" => |call| Ok(call.argument(0)?.clone()),
        _ => return None,
    };
    let unknown = arguments
        .iter()
        .take(1)
        .any(|argument| !argument.is_known());
    if unknown && name != "deep_merge" {
        return Some(Ok(TfValue::unknown_like(Type::Dynamic, arguments)));
    }
    Some(function(&call))
}

const VARIABLES: [&str; 7] = [
    "apply", "console", "destroy", "import", "plan", "push", "refresh",
];
const INPUT: [&str; 5] = ["apply", "import", "init", "plan", "refresh"];
const LOCKING: [&str; 7] = [
    "apply", "destroy", "import", "init", "plan", "refresh", "taint",
];
const PARALLELISM: [&str; 3] = ["apply", "plan", "destroy"];

fn commands(names: &[&str]) -> TfValue {
    let names = names.iter().map(TfValue::string);
    TfValue::list(Type::String, names.collect())
}

impl Call<'_, '_, '_> {
    fn fail<T>(&self, message: impl std::fmt::Display) -> Result<T, Failure> {
        Err(Failure::new(
            format!("{}: {message}", self.name),
            self.place,
        ))
    }

    fn argument(&self, at: usize) -> Result<&TfValue, Failure> {
        match self.arguments.get(at) {
            Some(argument) => Ok(argument),
            None => self.fail("an argument is missing"),
        }
    }

    fn text(&self, at: usize) -> Result<&str, Failure> {
        match self.argument(at)?.as_str() {
            Some(text) => Ok(text),
            None => self.fail("a string is required"),
        }
    }

    fn path(&self, path: &Path) -> TfValue {
        TfValue::string(slashes(&self.reading.session.absolute(path)))
    }

    /// The result of something that is not asked.
    fn foreign(&self) -> TfValue {
        let shown = match self.arguments.iter().find_map(TfValue::as_str) {
            Some(first) => format!("{}(\"{first}\")", self.name),
            None => format!("{}()", self.name),
        };
        TfValue::unknown(Type::Dynamic, Reason::Foreign(shown.into()))
    }

    fn find_in_parent_folders(&self) -> Eval {
        let session = self.reading.session;
        let name = match self.arguments.first() {
            Some(_) => self.text(0)?,
            None => super::UNIT,
        };
        let unit = session.absolute(&self.reading.place.unit);
        let found = unit.ancestors().skip(1).map(|above| above.join(name));
        // What lies outside the given folders is not looked at.
        let found = found
            .map(|path| session.named(&path))
            .find(|path| session.exists(path));
        match (found, self.arguments.get(1)) {
            (Some(path), _) => Ok(self.path(&path)),
            (None, Some(fallback)) => Ok(fallback.clone()),
            (None, None) => self.fail(format_args!(
                "no folder above {} holds `{name}`",
                crate::discover::display(&self.reading.place.unit)
            )),
        }
    }

    /// The included file that a path function means: the one it stands in, or one that it names.
    fn include(&self) -> Result<Option<PathBuf>, Failure> {
        let includes = self.reading.includes.borrow();
        match (self.arguments.first(), &self.reading.place.included) {
            (Some(_), Some((name, path))) if **name == *self.text(0)? => Ok(Some(path.clone())),
            (Some(_), _) => match includes.get(self.text(0)?) {
                Some(path) => Ok(Some(path.clone())),
                None => self.fail(format_args!("nothing is included as `{}`", self.text(0)?)),
            },
            (None, Some((_, path))) => Ok(Some(path.clone())),
            (None, None) => Ok(includes.first().map(|(_, path)| path.clone())),
        }
    }

    /// The path from the folder of the included file to the unit, or back.
    fn between(&self, to_unit: bool) -> Eval {
        let session = self.reading.session;
        let Some(parent) = self.include()? else {
            return Ok(TfValue::string("."));
        };
        let parent = session.absolute(parent.parent().unwrap_or(Path::new("")));
        let unit = session.absolute(&self.reading.place.unit);
        let (from, to) = if to_unit {
            (parent, unit)
        } else {
            (unit, parent)
        };
        Ok(TfValue::string(modules::shown(&from, &to)))
    }

    fn parent(&self) -> Eval {
        let parent = self.include()?;
        let parent = parent.as_deref().and_then(Path::parent);
        Ok(self.path(parent.unwrap_or(&self.reading.place.unit)))
    }

    fn repository(&self) -> Result<PathBuf, Failure> {
        match self.reading.session.repository(&self.reading.place.unit) {
            Some(root) => Ok(root),
            None => self.fail("the unit lies in no repository"),
        }
    }

    fn in_repository(&self, from_root: bool) -> Eval {
        let root = self.repository()?;
        let unit = self.reading.session.absolute(&self.reading.place.unit);
        let (from, to) = if from_root {
            (root, unit)
        } else {
            (unit, root)
        };
        Ok(TfValue::string(modules::shown(&from, &to)))
    }

    fn read_config(&self) -> Eval {
        let session = self.reading.session;
        let path = self.reading.place.unit.join(self.text(0)?);
        let file = session.named(&path);
        let is_folder = session.context.system.metadata(&file);
        let file = if is_folder.is_ok_and(|it| it.is_directory) {
            session.unit(&file)
        } else {
            file
        };
        if let (false, Some(default)) = (session.exists(&file), self.arguments.get(1)) {
            return Ok(default.clone());
        }
        match session.read(self.reading.place.other(file), None) {
            Ok(config) => Ok(config.exposed()),
            Err(reason) => self.fail(reason),
        }
    }

    /// The variables of a file, as the JSON text of an object.
    fn read_variables(&self) -> Eval {
        let session = self.reading.session;
        let path = session.named(&self.reading.place.unit.join(self.text(0)?));
        let shown: Arc<str> = crate::discover::display(&path).into();
        let missing = || {
            Ok(TfValue::unknown(
                Type::String,
                Reason::MissingFile(shown.clone()),
            ))
        };
        if !session.exists(&path) {
            return missing();
        }
        let mut problems = Vec::new();
        let found = load::variables(session.context, &path, &mut problems);
        for one in problems {
            session.tell(one);
        }
        let Some((source, attributes)) = found else {
            return missing();
        };
        session.used(&path);
        let engine = Engine::new(session.context, path.parent().unwrap_or(Path::new("")));
        let instance = Instance::root(&engine, Arc::default(), indexmap::IndexMap::new(), None);
        let scope = Scope::module(&instance, source.id);
        let entries = attributes.iter().map(|it| read::attribute(it, &scope));
        let object = TfValue::object(entries.collect::<Entries>());
        let text = data::text_of(object.clone());
        drop(instance);
        session.absorb(engine);
        Ok(match text.as_str() {
            Some(text) => TfValue::encoded(text, Encoding::Json, object),
            None => text,
        })
    }

    fn deep_merge(&self) -> Eval {
        let maps = self.arguments.iter().filter(|it| !it.is_null());
        let merged = maps.cloned().reduce(merge::joined);
        Ok(merged.unwrap_or_else(|| TfValue::object(Entries::new())))
    }
}

/// A path as it is written in configurations.
fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}
