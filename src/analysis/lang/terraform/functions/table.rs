//! The table of all functions: parameters, and what a null, an unknown or a mark in an argument does.

use std::sync::Arc;

use palisade_model::Reason;

use super::super::operators::identical;
use super::super::value::TfCandidate;
use super::*;

/// One function.
#[derive(Clone, Copy)]
pub struct Function {
    /// As it is called.
    pub name: &'static str,
    /// Required parameters.
    pub parameters: &'static [Parameter],
    /// Any number of further ones.
    pub variadic: Option<Parameter>,
    /// The type of its result, for when that is unknown.
    pub result: Wants,
    /// What it does.
    pub run: fn(&[TfValue], &FunctionContext<'_>) -> Outcome,
}

/// One parameter.
#[derive(Clone, Copy)]
pub struct Parameter {
    wants: Wants,
    null: bool,
    unknown: Unknowns,
    marked: bool,
}

/// The type that an argument is converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// Whatever it is.
    Any,
    /// `bool`
    Bool,
    /// `number`
    Number,
    /// `string`
    String,
    /// `list(any)`
    List,
    /// `list(string)`
    Strings,
    /// `list(bool)`
    Bools,
    /// `list(number)`
    Numbers,
    /// `set(any)`
    Set,
    /// `set(string)`
    StringSet,
    /// `map(any)`
    Map,
    /// `map(list(string))`
    StringLists,
    /// Of a result: the type of the first argument.
    First,
}

/// What unknowns in an argument do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unknowns {
    /// Anything unknown at or in the argument makes the result unknown.
    Spread,
    /// Only an argument that is itself unknown does.
    Shallow,
    /// The function sees to it.
    Handled,
}

impl Parameter {
    const fn of(wants: Wants) -> Self {
        Self {
            wants,
            null: false,
            unknown: Unknowns::Spread,
            marked: false,
        }
    }

    const fn null(self) -> Self {
        Self { null: true, ..self }
    }

    const fn shallow(self) -> Self {
        Self {
            unknown: Unknowns::Shallow,
            ..self
        }
    }

    const fn handled(self) -> Self {
        Self {
            unknown: Unknowns::Handled,
            ..self
        }
    }

    const fn marked(self) -> Self {
        Self {
            marked: true,
            ..self
        }
    }
}

impl Wants {
    /// As a type.
    pub fn ty(self) -> Type {
        match self {
            Self::Any | Self::First => Type::Dynamic,
            Self::Bool => Type::Bool,
            Self::Number => Type::Number,
            Self::String => Type::String,
            Self::List => Type::list(Type::Dynamic),
            Self::Strings => Type::list(Type::String),
            Self::Bools => Type::list(Type::Bool),
            Self::Numbers => Type::list(Type::Number),
            Self::Set => Type::set(Type::Dynamic),
            Self::StringSet => Type::set(Type::String),
            Self::Map => Type::map(Type::Dynamic),
            Self::StringLists => Type::map(Type::list(Type::String)),
        }
    }
}

/// How many values an unknown result may be followed into.
const MAXIMUM_CANDIDATES: usize = 16;

impl Function {
    /// Calls it: checks and converts the arguments, spreads unknowns and marks, follows the candidates of an unknown.
    pub fn call(&self, arguments: &[TfValue], context: &FunctionContext<'_>) -> Outcome {
        self.check_count(arguments.len())?;
        let split = arguments.iter().position(|argument| {
            argument
                .as_unknown()
                .is_some_and(|unknown| !unknown.candidates.is_empty())
        });
        match split {
            Some(index) => self.call_candidates(arguments, index, context),
            None => self.call_once(arguments, context),
        }
    }

    fn check_count(&self, count: usize) -> Result<(), CallError> {
        let required = self.parameters.len();
        if count < required {
            return Err(format!(
                "function \"{}\" takes at least {required} arguments, not {count}",
                self.name
            )
            .into());
        }
        if count > required && self.variadic.is_none() {
            return Err(format!(
                "function \"{}\" takes {required} arguments, not {count}",
                self.name
            )
            .into());
        }
        Ok(())
    }

    fn result_type(&self, arguments: &[TfValue]) -> Type {
        let first = arguments.first().filter(|_| self.result == Wants::First);
        first.map_or_else(|| self.result.ty(), |value| value.ty.clone())
    }

    fn parameter(&self, index: usize) -> Parameter {
        let fallback = self.variadic.unwrap_or(Parameter::of(Wants::Any));
        self.parameters.get(index).copied().unwrap_or(fallback)
    }

    fn call_once(&self, arguments: &[TfValue], context: &FunctionContext<'_>) -> Outcome {
        let mut marks = Marks::NONE;
        let mut prepared = Vec::with_capacity(arguments.len());
        let mut spread = false;
        for (index, argument) in arguments.iter().enumerate() {
            let parameter = self.parameter(index);
            if argument.is_null() && !parameter.null {
                return Err(wrong(index, "argument must not be null"));
            }
            let mut value = convert(argument, &parameter.wants.ty())
                .map_err(|error| wrong(index, error.to_string()))?;
            if !parameter.marked {
                marks = marks.union(value.deep_marks());
                value = value.unmarked_deep();
            }
            spread |= match parameter.unknown {
                Unknowns::Spread => !value.is_wholly_known(),
                Unknowns::Shallow => !value.is_known(),
                Unknowns::Handled => false,
            };
            prepared.push(value);
        }
        let result = if spread {
            TfValue::unknown_like(self.result_type(&prepared), &prepared)
        } else {
            if matches!(self.result, Wants::String | Wants::Strings) {
                bounded(prepared.iter().map(length).sum())?;
            }
            (self.run)(&prepared, context)?
        };
        Ok(result.with_marks(marks))
    }

    /// The results for every value that one unknown argument can have.
    fn call_candidates(
        &self,
        arguments: &[TfValue],
        index: usize,
        context: &FunctionContext<'_>,
    ) -> Outcome {
        let Some(source) = arguments[index].as_unknown() else {
            return self.call_once(arguments, context);
        };
        let mut replaced = arguments.to_vec();
        let mut candidates = Vec::new();
        for candidate in &source.candidates {
            replaced[index] = candidate.value.clone().with_marks(arguments[index].marks);
            let value = match self.call(&replaced, context) {
                Ok(value) => value,
                Err(error) if error.is_limit => return Err(error),
                Err(_) => continue,
            };
            match value
                .as_unknown()
                .filter(|unknown| !unknown.candidates.is_empty())
            {
                Some(inner) => {
                    candidates.extend(inner.candidates.iter().map(|inner| TfCandidate {
                        when: candidate.when.iter().chain(&inner.when).cloned().collect(),
                        value: inner.value.clone(),
                    }));
                }
                None => candidates.push(TfCandidate {
                    when: candidate.when.clone(),
                    value,
                }),
            }
        }
        let usable = !candidates.is_empty() && candidates.len() <= MAXIMUM_CANDIDATES;
        if usable
            && candidates
                .windows(2)
                .all(|pair| identical(&pair[0].value, &pair[1].value))
        {
            return Ok(candidates.swap_remove(0).value);
        }
        let reason = source.reason.clone();
        let marks = marks_of(arguments);
        let mut opaque = TfUnknown::new(reason);
        if usable {
            opaque.candidates = candidates;
            return Ok(TfValue::of_unknown(self.result.ty(), opaque).with_marks(marks));
        }
        replaced[index] = TfValue {
            kind: TfKind::Unknown(Arc::new(opaque)),
            ..arguments[index].clone()
        };
        self.call(&replaced, context)
    }
}

/// The length of all texts in a value, those that occur more than once as often.
fn length(value: &TfValue) -> usize {
    match &value.kind {
        TfKind::String(text) => text.text.len(),
        TfKind::Sequence(items) => items.iter().map(length).sum(),
        TfKind::Mapping(entries) => entries.values().map(length).sum(),
        _ => 0,
    }
}

/// The function of a name.
pub fn find(name: &str) -> Option<&'static Function> {
    let index = FUNCTIONS
        .binary_search_by_key(&name, |function| function.name)
        .ok()?;
    FUNCTIONS.get(index)
}

fn impure(name: &'static str) -> Outcome {
    Ok(TfValue::unknown(Type::String, Reason::Impure(name.into())))
}

const ANY: Parameter = Parameter::of(Wants::Any);
/// An argument of any type whose inner unknowns and marks pass through.
const THROUGH: Parameter = ANY.handled().marked();
const B64: fn(&[TfValue], &FunctionContext<'_>) -> Outcome = encoding::base64_encode;
const N: Parameter = Parameter::of(Wants::Number);
const S: Parameter = Parameter::of(Wants::String);
const LIST: Parameter = Parameter::of(Wants::List);
const STRINGS: Parameter = Parameter::of(Wants::Strings);
const SET: Parameter = Parameter::of(Wants::Set);

macro_rules! functions {
    ($($name:literal ( $($parameter:expr),* $(; $variadic:expr)? ) $result:ident $run:expr;)*) => {
        /// All functions, sorted by name.
        pub static FUNCTIONS: &[Function] = &[$(Function {
            name: $name,
            parameters: &[$($parameter),*],
            variadic: functions!(@variadic $($variadic)?),
            result: Wants::$result,
            run: $run,
        }),*];
    };
    (@variadic) => { None };
    (@variadic $variadic:expr) => { Some($variadic) };
}

functions! {
    "abs" (N) Number numeric::abs;
    "abspath" (S) String filesystem::absolute;
    "alltrue" (Parameter::of(Wants::Bools).shallow()) Bool collection::all_true;
    "anytrue" (Parameter::of(Wants::Bools).shallow()) Bool collection::any_true;
    "base64decode" (S.handled()) String encoding::base64_decode;
    "base64encode" (S.handled()) String B64;
    "base64gunzip" (S.handled()) String encoding::gunzip;
    "base64gzip" (S.handled()) String encoding::gzip;
    "base64sha256" (S) String hash::base64_sha256;
    "base64sha512" (S) String hash::base64_sha512;
    "basename" (S) String filesystem::base_name;
    "bcrypt" (S; N) String |_, _| impure("bcrypt");
    "ceil" (N) Number numeric::ceil;
    "chomp" (S) String string::chomp;
    "chunklist" (LIST.handled().marked(), N.handled()) List collection::chunk;
    "cidrcontains" (S, S) Bool network::contains;
    "cidrhost" (S, N) String network::host;
    "cidrnetmask" (S) String network::netmask;
    "cidrsubnet" (S, N, N) String network::subnet;
    "cidrsubnets" (S; N) Strings network::subnets;
    "coalesce" (; THROUGH.null()) Any collection::coalesce;
    "coalescelist" (; ANY.handled()) Any collection::coalesce_list;
    "compact" (STRINGS) Strings collection::compact;
    "concat" (; THROUGH) Any collection::concat;
    "contains" (ANY.handled(), ANY.handled()) Bool collection::contains;
    "csvdecode" (S) Any encoding::csv_decode;
    "dirname" (S) String filesystem::directory_name;
    "distinct" (LIST) First collection::distinct;
    "element" (THROUGH, N.handled()) Any collection::element;
    "endswith" (S.handled(), S) Bool string::ends_with;
    "ephemeralasnull" (THROUGH.null()) Any type_conversion::ephemeral_as_null;
    "file" (S) String filesystem::file;
    "filebase64" (S) String filesystem::file_base64;
    "filebase64sha256" (S) String filesystem::file_base64_sha256;
    "filebase64sha512" (S) String filesystem::file_base64_sha512;
    "fileexists" (S) Bool filesystem::exists;
    "filemd5" (S) String filesystem::file_md5;
    "fileset" (S, S) StringSet filesystem::file_set;
    "filesha1" (S) String filesystem::file_sha1;
    "filesha256" (S) String filesystem::file_sha256;
    "filesha512" (S) String filesystem::file_sha512;
    "flatten" (THROUGH) Any collection::flatten;
    "floor" (N) Number numeric::floor;
    "format" (S; ANY.null().handled()) String string::format;
    "formatdate" (S, S) String date::format;
    "formatlist" (S; ANY.null().handled()) Strings string::format_list;
    "indent" (N, S) String string::indent;
    "index" (ANY.handled(), ANY.handled()) Number collection::index;
    "issensitive" (THROUGH.null()) Bool type_conversion::is_sensitive;
    "join" (S; STRINGS.handled()) String string::join;
    "jsondecode" (S.handled()) Any encoding::json_decode;
    "jsonencode" (ANY.null().handled()) String encoding::json_encode;
    "keys" (THROUGH) Any collection::keys;
    "length" (ANY.handled().marked()) Number collection::length;
    "log" (N, N) Number numeric::log;
    "lookup" (THROUGH, S.marked(); THROUGH.null()) Any collection::lookup;
    "lower" (S) String string::lower;
    "matchkeys" (LIST, LIST, LIST) First collection::match_keys;
    "max" (; N) Number numeric::max;
    "md5" (S) String hash::md5;
    "merge" (; THROUGH.null()) Any collection::merge;
    "min" (; N) Number numeric::min;
    "nonsensitive" (THROUGH.null()) Any type_conversion::non_sensitive;
    "one" (THROUGH) Any collection::one;
    "parseint" (ANY, N) Number numeric::parse_int;
    "pathexpand" (S) String filesystem::expand;
    "plantimestamp" () String |_, _| impure("plantimestamp");
    "pow" (N, N) Number numeric::pow;
    "range" (; N) Numbers numeric::range;
    "regex" (S, S.handled()) Any string::regex;
    "regexall" (S, S.handled()) List string::regex_all;
    "replace" (S, S, S) String string::replace;
    "reverse" (THROUGH) Any collection::reverse;
    "rsadecrypt" (S, S) String hash::rsa_decrypt;
    "sensitive" (THROUGH.null()) Any type_conversion::sensitive;
    "setintersection" (SET.handled(); SET.handled()) Set collection::set_intersection;
    "setproduct" (; ANY.shallow().marked()) Any collection::set_product;
    "setsubtract" (SET.handled(), SET.handled()) Set collection::set_subtract;
    "setunion" (SET.handled(); SET.handled()) Set collection::set_union;
    "sha1" (S) String hash::sha1;
    "sha256" (S) String hash::sha256;
    "sha512" (S) String hash::sha512;
    "signum" (N) Number numeric::signum;
    "slice" (THROUGH, N, N) Any collection::slice;
    "sort" (STRINGS.handled()) Strings collection::sort;
    "split" (S, S) Strings string::split;
    "startswith" (S.handled(), S) Bool string::starts_with;
    "strcontains" (S.handled(), S) Bool string::contains;
    "strrev" (S) String string::reverse;
    "substr" (S, N, N) String string::substring;
    "sum" (ANY) Number numeric::sum;
    "templatefile" (S, ANY.handled()) Any filesystem::template_file;
    "templatestring" (S.handled(), ANY.handled()) String filesystem::template_string;
    "textdecodebase64" (S, S) String encoding::text_decode;
    "textencodebase64" (S, S) String encoding::text_encode;
    "timeadd" (S, S) String date::add;
    "timecmp" (S, S) Number date::compare;
    "timestamp" () String |_, _| impure("timestamp");
    "title" (S) String string::title;
    "tobool" (THROUGH.null()) Bool type_conversion::to_bool;
    "tolist" (THROUGH.null()) List type_conversion::to_list;
    "tomap" (THROUGH.null()) Map type_conversion::to_map;
    "tonumber" (THROUGH.null()) Number type_conversion::to_number;
    "toset" (THROUGH.null()) Set type_conversion::to_set;
    "tostring" (THROUGH.null()) String type_conversion::to_string;
    "transpose" (Parameter::of(Wants::StringLists)) StringLists collection::transpose;
    "trim" (S, S) String string::trim;
    "trimprefix" (S, S) String string::trim_prefix;
    "trimspace" (S) String string::trim_space;
    "trimsuffix" (S, S) String string::trim_suffix;
    "upper" (S) String string::upper;
    "urldecode" (S) String encoding::url_decode;
    "urlencode" (S) String encoding::url_encode;
    "uuid" () String |_, _| impure("uuid");
    "uuidv5" (S, S) String hash::uuid_v5;
    "values" (THROUGH) Any collection::values;
    "yamldecode" (S.handled()) Any encoding::yaml_decode;
    "yamlencode" (ANY.null().handled()) String encoding::yaml_encode;
    "zipmap" (STRINGS, THROUGH) Any collection::zip_map;
}
