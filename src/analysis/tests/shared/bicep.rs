//! The oracle of the Bicep and ARM front ends: a published module, and the template the compiler made of it, declare the same
//! resources.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use palisade_analysis::discover::{Project, ProjectKind};
use palisade_analysis::lang::{self, Context, Evaluation, Given, Inputs};
use palisade_analysis::system::{MemorySystem, Sources, System};
use palisade_model::{Address, Kind, Presence, Reason, Reference, Resource, Target, Value};
use palisade_syntax::bicep::{Declaration, parse};
use serde_json::{Map, json};

use super::{corpus, files};

/// Modules of which the two differ, each with the reason.
const KNOWN: &str = include_str!("bicep_differences.txt");

/// One module: its files in memory, at the paths they have in the corpus.
struct Module {
    name: String,
    home: PathBuf,
    files: Vec<(PathBuf, String)>,
    compiled: serde_json::Value,
}

fn modules() -> Vec<Module> {
    let Some(folder) = corpus("avm") else {
        return Vec::new();
    };
    let is_main = |path: &Path| path.file_name().is_some_and(|name| name == "main.json");
    let modules = files(&folder, is_main).into_iter().map(|main| {
        let home = main.parent().expect("a file has a folder").to_path_buf();
        // A module may use those beside it.
        let around = home.parent().expect("a folder has a folder");
        let leaf = home
            .file_name()
            .expect("a folder has a name")
            .to_string_lossy();
        let is_source = |path: &Path| {
            let is_other_main = path.file_name().is_some_and(|name| name == "main.json");
            let is_json = path.extension().is_some_and(|it| it == "json");
            path == main
                || path.extension().is_some_and(|it| it == "bicep")
                || is_json && !is_other_main
        };
        let mut found = Vec::new();
        for path in files(around, is_source) {
            if let Ok(text) = std::fs::read_to_string(&path) {
                let relative = path.strip_prefix(around).expect("it lies there");
                found.push((Path::new("/avm").join(relative), text));
            }
        }
        let text = std::fs::read_to_string(&main).expect("the template is text");
        let name = home.strip_prefix(&folder).expect("it lies there");
        Module {
            name: name.to_string_lossy().replace('\\', "/"),
            compiled: serde_json::from_str(&text).expect("the template is JSON"),
            home: Path::new("/avm").join(&*leaf),
            files: found,
        }
    });
    modules.collect()
}

impl Module {
    /// The files, with the modules of registries put where the compiler caches them: the compiled template holds each.
    fn system(&self, parameters: &Map<String, serde_json::Value>) -> MemorySystem {
        let mut files = self.files.clone();
        let main = self.home.join("main.bicep");
        let mut cached = BTreeMap::new();
        self.cache(&main, &self.compiled, &mut cached);
        files.extend(cached);
        let given: Map<String, serde_json::Value> = parameters
            .iter()
            .map(|(name, value)| (name.clone(), json!({"value": value})))
            .collect();
        let file = json!({"parameters": given});
        files.push(("/given.json".into(), file.to_string()));
        MemorySystem::new(files)
    }

    fn cache(
        &self,
        path: &Path,
        compiled: &serde_json::Value,
        out: &mut BTreeMap<PathBuf, String>,
    ) {
        let Some((_, text)) = self.files.iter().find(|(known, _)| known == path) else {
            return;
        };
        for statement in parse(text).tree.statements {
            let Declaration::Module(module) = &statement.declaration else {
                continue;
            };
            let written = module.path.as_text().unwrap_or_default();
            let template = &compiled["resources"][&*module.symbol.text]["properties"]["template"];
            if template.is_null() {
                continue;
            }
            if let Some(reference) = written.strip_prefix("br/public:") {
                let (path, tag) = reference.rsplit_once(':').expect("a tag");
                let place = format!(
                    "/avm/.bicep/br/mcr.microsoft.com/bicep${}/{tag}$/main.json",
                    path.replace('/', "$")
                );
                out.insert(place.into(), template.to_string());
            } else {
                let folder = path.parent().expect("a folder");
                let mut target = PathBuf::new();
                for part in folder.join(written).components() {
                    match part {
                        std::path::Component::ParentDir => {
                            target.pop();
                        }
                        std::path::Component::CurDir => {}
                        other => target.push(other),
                    }
                }
                self.cache(&target, template, out);
            }
        }
    }

    fn evaluate(
        &self,
        system: &MemorySystem,
        kind: ProjectKind,
        file: &str,
    ) -> (Evaluation, Duration) {
        let sources = Sources::default();
        let inputs = Inputs {
            given: vec![Given::File("/given.json".into())],
            ..Inputs::default()
        };
        let roots = [system.canonicalize(Path::new("/")).expect("the root")];
        let context = Context {
            system,
            sources: &sources,
            roots: &roots,
            inputs: &inputs,
        };
        let root = self.home.join(file);
        let start = Instant::now();
        let evaluation = lang::evaluate(&Project { kind, root }, &context);
        (evaluation, start.elapsed())
    }

    /// Arguments for the parameters: for those that need one, or for all.
    fn arguments(&self, all: bool) -> Map<String, serde_json::Value> {
        let declared = self.compiled["parameters"].as_object();
        let declared = declared.into_iter().flatten().filter(|(_, declared)| {
            let optional = declared.get("defaultValue").is_some() || self.is_nullable(declared);
            all || !optional
        });
        declared
            .map(|(name, declared)| (name.clone(), self.sample(name, declared, 0)))
            .collect()
    }

    fn is_nullable(&self, declared: &serde_json::Value) -> bool {
        declared["nullable"] == true
            || self
                .definition(declared)
                .is_some_and(|it| it["nullable"] == true)
    }

    fn definition<'m>(&'m self, declared: &'m serde_json::Value) -> Option<&'m serde_json::Value> {
        let path = declared.get("$ref")?.as_str()?.strip_prefix('#')?;
        self.compiled.pointer(path)
    }

    /// A value of a type.
    fn sample(&self, name: &str, declared: &serde_json::Value, depth: u32) -> serde_json::Value {
        if let Some(first) = declared["allowedValues"].get(0) {
            return if declared["type"] == "array" {
                json!([first])
            } else {
                first.clone()
            };
        }
        if let Some(definition) = self.definition(declared) {
            return self.sample(name, definition, depth);
        }
        if let Some(mapping) = declared.pointer("/discriminator/mapping") {
            let (key, chosen) = mapping
                .as_object()
                .and_then(|it| it.iter().next())
                .expect("a case");
            let mut value = self.sample(name, chosen, depth);
            let field = declared
                .pointer("/discriminator/propertyName")
                .and_then(|it| it.as_str());
            value[field.expect("a name")] = json!(key);
            return value;
        }
        let is_id = name.to_lowercase().ends_with("resourceid")
            || name.to_lowercase().ends_with("resourceids");
        match declared["type"].as_str().unwrap_or("object") {
            "string" | "securestring" if is_id => json!(format!(
                "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/group/providers/Microsoft.Test/things/{name}"
            )),
            "string" | "securestring" => json!(format!("{name}1")),
            "int" => declared.get("minValue").cloned().unwrap_or(json!(1)),
            "bool" => json!(true),
            "array" => {
                let item = &declared["items"];
                if let Some(tuple) = declared.get("prefixItems").and_then(|it| it.as_array()) {
                    return tuple
                        .iter()
                        .map(|item| self.sample(name, item, depth + 1))
                        .collect();
                }
                if item.is_object() && depth < 6 {
                    json!([self.sample(name, item, depth + 1)])
                } else {
                    json!([])
                }
            }
            _ => {
                let properties = declared["properties"].as_object();
                let mut value = Map::new();
                for (key, property) in properties.into_iter().flatten() {
                    if depth < 6 || !self.is_nullable(property) {
                        value.insert(key.clone(), self.sample(key, property, depth + 1));
                    }
                }
                if let Some(additional) = declared.get("additionalProperties")
                    && additional.is_object()
                    && depth < 6
                {
                    value.insert("key1".into(), self.sample("key1", additional, depth + 1));
                }
                json!(value)
            }
        }
    }
}

/// Resources in a form in which the two languages agree: references and ids by what they point to, an unknown by its reason.
struct Canonical<'e> {
    by_address: HashMap<&'e Address, &'e Resource>,
}

/// What an evaluation declares.
struct Declared {
    /// By type, api-version, name, scope and condition; all properties.
    resources: BTreeMap<String, String>,
    /// The same of resources that exist before.
    existing: BTreeSet<String>,
}

impl<'e> Canonical<'e> {
    fn all(evaluation: &'e Evaluation) -> Declared {
        let resources = &evaluation.resources;
        let canonical = Self {
            by_address: resources.iter().map(|it| (&*it.address, &**it)).collect(),
        };
        let mut all = Declared {
            resources: BTreeMap::new(),
            existing: BTreeSet::new(),
        };
        for resource in resources {
            // Bicep files declare deployments of empty templates, which the template evaluates as such.
            let is_deployment = resource
                .resource_type
                .eq_ignore_ascii_case("Microsoft.Resources/deployments");
            if is_deployment {
                continue;
            }
            let (key, body) = canonical.resource(resource);
            if resource.presence == Presence::External {
                all.existing.insert(key);
            } else {
                all.resources.entry(key).or_default().push_str(&body);
            }
        }
        all
    }

    fn resource(&self, resource: &Resource) -> (String, String) {
        let name = resource
            .properties
            .get("name")
            .map(|it| self.text(it, 0))
            .unwrap_or_default();
        let presence = match &resource.presence {
            Presence::Certain => String::new(),
            Presence::External => " existing".to_owned(),
            Presence::Conditional(unknown) => format!(" if {}", reason(&unknown.reason)),
            Presence::Symbolic(unknown) => format!(" any {}", reason(&unknown.reason)),
        };
        let scope = resource
            .scope
            .as_ref()
            .map(|it| self.text(it, 0))
            .unwrap_or_default();
        let key = format!(
            "{}@{} {name}{presence} scope={scope}",
            resource.resource_type.to_lowercase(),
            resource.api_version.as_deref().unwrap_or(""),
        );
        let mut properties = resource.properties.clone();
        if let Kind::Map(entries) = &mut properties.kind {
            std::sync::Arc::make_mut(entries).shift_remove("name");
        }
        let mut body = String::new();
        self.lines("", &properties, &mut body);
        (key, body)
    }

    /// One line for each scalar, sorted by path.
    fn lines(&self, path: &str, value: &Value, out: &mut String) {
        match &value.kind {
            Kind::Map(entries) => {
                let sorted: BTreeMap<String, &Value> = entries
                    .iter()
                    .map(|(key, value)| (normal(key), value))
                    .collect();
                for (key, value) in sorted {
                    self.lines(&format!("{path}.{key}"), value, out);
                }
            }
            Kind::List(items) => {
                out.push_str(&format!("{path}[] = {}\n", items.len()));
                for (position, item) in items.iter().enumerate() {
                    self.lines(&format!("{path}[{position}]"), item, out);
                }
            }
            Kind::Encoded(encoded) => self.lines(&format!("{path}<>"), &encoded.value, out),
            _ => {
                let secret = if value.sensitive { "secret " } else { "" };
                out.push_str(&format!("{path} = {secret}{}\n", self.text(value, 0)));
            }
        }
    }

    fn text(&self, value: &Value, depth: u32) -> String {
        normal(&self.raw(value, depth))
    }

    fn raw(&self, value: &Value, depth: u32) -> String {
        match &value.kind {
            Kind::Null => "null".to_owned(),
            Kind::Bool(value) => value.to_string(),
            Kind::Number(number) => number.to_string(),
            Kind::String(text) => text.to_string(),
            Kind::Template(parts) => parts.iter().map(|part| self.raw(part, depth)).collect(),
            Kind::Reference(reference) => self.reference(reference, depth),
            Kind::Encoded(encoded) => self.raw(&encoded.value, depth),
            Kind::Unknown(unknown) => format!("<?{}>", reason(&unknown.reason)),
            Kind::List(_) | Kind::Map(_) => {
                let mut out = String::new();
                self.lines("", value, &mut out);
                out
            }
        }
    }

    fn reference(&self, reference: &Reference, depth: u32) -> String {
        let id = match &reference.target {
            Target::External(id) => id.to_string(),
            Target::Address(address) => match self.by_address.get(address) {
                Some(resource) if depth < 8 => {
                    let name = resource.properties.get("name");
                    let name = name.map(|it| self.text(it, depth + 1)).unwrap_or_default();
                    let scope = resource.scope.as_ref();
                    let scope = scope.map(|it| self.raw(it, depth + 1)).unwrap_or_default();
                    let scope = scope.trim_end_matches('/');
                    format!("{scope}{}", id_of(&resource.resource_type, &name))
                }
                _ => "{?}".to_owned(),
            },
        };
        match &*reference.attribute {
            "id" => id,
            attribute => format!("<{}>.{attribute}", normal(&id)),
        }
    }
}

/// `/providers/` and type and names, one behind the other.
fn id_of(resource_type: &str, name: &str) -> String {
    let mut segments = resource_type.split('/');
    let mut id = format!("/providers/{}", segments.next().unwrap_or_default());
    let mut names = name.split('/');
    for segment in segments {
        id.push_str(&format!("/{segment}/{}", names.next().unwrap_or_default()));
    }
    id
}

/// Why something is not known. A reference in it is named as its language names resources, so only what it misses remains.
fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Computed(_) => "deployment".to_owned(),
        Reason::NoValue(what) if what.contains("()") => "deployment".to_owned(),
        Reason::Condition(_) => "condition".to_owned(),
        other => other.to_string(),
    }
}

/// A text with `{?}` for every unknown part, an id in a scope that is not known without it.
fn normal(text: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    let known_braces = text.trim_start().starts_with(['{', '[']) && text.contains('"');
    for character in text.chars() {
        match character {
            '{' if !known_braces => {
                if depth == 0 {
                    out.push_str("{?}");
                }
                depth += 1;
            }
            '}' if !known_braces && depth > 0 => depth -= 1,
            other if depth == 0 => out.push(other),
            _ => {}
        }
    }
    while out.contains("{?}{?}") {
        out = out.replace("{?}{?}", "{?}");
    }
    let is_id = out.starts_with(['/', '<']) || out.starts_with("{?}");
    let Some(first) = out.find("/providers/").filter(|_| is_id) else {
        return out;
    };
    let out = out.to_lowercase();
    if out[..first].contains('?') {
        return out[first..].to_owned();
    }
    out
}

/// The differences between the two, a few lines.
fn differences(ours: &Declared, compiled: &Declared) -> Vec<String> {
    // The compiler leaves out existing resources that it has no use for.
    let mut found: Vec<String> = compiled
        .existing
        .difference(&ours.existing)
        .map(|key| format!("  only in the template: {key}"))
        .collect();
    let (ours, compiled) = (&ours.resources, &compiled.resources);
    for key in ours.keys().chain(compiled.keys()).collect::<BTreeSet<_>>() {
        match (ours.get(key), compiled.get(key)) {
            (Some(_), None) => found.push(format!("  only in Bicep: {key}")),
            (None, Some(_)) => found.push(format!("  only in the template: {key}")),
            (Some(a), Some(b)) if a != b => {
                let lines = |text: &str| text.lines().map(str::to_owned).collect::<BTreeSet<_>>();
                let (a, b) = (lines(a), lines(b));
                found.push(format!("  {key}"));
                found.extend(
                    a.difference(&b)
                        .take(4)
                        .map(|line| format!("    Bicep    {line}")),
                );
                found.extend(
                    b.difference(&a)
                        .take(4)
                        .map(|line| format!("    template {line}")),
                );
            }
            _ => {}
        }
    }
    found
}

#[test]
fn published_modules_declare_what_their_compiled_templates_declare() {
    let modules = modules();
    if modules.is_empty() {
        return;
    }
    let known: BTreeMap<&str, &str> = KNOWN
        .lines()
        .filter_map(|line| line.split_once(": "))
        .collect();
    let (mut equal, mut unexpected, mut took) = (0, Vec::new(), Duration::ZERO);
    let (mut report, mut resources) = (String::new(), 0);
    for module in &modules {
        let mut different = Vec::new();
        for all in [false, true] {
            for given in [true, false] {
                if !given && !all {
                    continue;
                }
                let arguments = if given {
                    module.arguments(all)
                } else {
                    Map::new()
                };
                let system = module.system(&arguments);
                let (ours, time) = module.evaluate(&system, ProjectKind::Bicep, "main.bicep");
                let (compiled, _) = module.evaluate(&system, ProjectKind::Arm, "main.json");
                if given && all {
                    took += time;
                }
                let (ours, compiled) = (Canonical::all(&ours), Canonical::all(&compiled));
                resources += compiled.resources.len() + compiled.existing.len();
                different.extend(differences(&ours, &compiled));
            }
        }
        if different.is_empty() {
            equal += 1;
        } else {
            report.push_str(&format!("{}\n{}\n", module.name, different.join("\n")));
            if !known.contains_key(module.name.as_str()) {
                unexpected.push(module.name.clone());
            }
        }
    }
    if let Some(path) = std::env::var_os("PALISADE_DIFFERENCES") {
        std::fs::write(path, report).expect("the report can be written");
    }
    eprintln!(
        "{equal} of {} modules equal ({:.1} %), {resources} resources compared; evaluated in {took:?}",
        modules.len(),
        100.0 * f64::from(equal) / modules.len() as f64
    );
    assert!(
        unexpected.is_empty(),
        "{} differ: {unexpected:?}",
        unexpected.len()
    );
    let differ = modules.len() - equal as usize;
    assert_eq!(differ, known.len(), "the list names modules that are equal");
    assert!(differ * 50 <= modules.len(), "{differ} modules differ");
}
