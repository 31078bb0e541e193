//! Terraform tables: each is well-formed, each property it names exists, and what each does to a resource.

use std::collections::BTreeMap;

use palisade_analysis::embedded;
use palisade_analysis::lower::table::{self, Destination, Operation, Rule, Table};
use palisade_analysis::schema::{self, Schema};
use palisade_model::{Path, Segment};

#[test]
fn every_table_is_well_formed() {
    let wrong: Vec<_> = table::check_all()
        .filter_map(|(name, table)| table.err().map(|error| format!("{name}: {error}")))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_property_of_a_table_is_in_the_canonical_schema() {
    let mut wrong = Vec::new();
    for (name, table) in table::check_all() {
        let Ok(table) = table else { continue };
        for resource_type in types_of(table) {
            let Some(schema) = schema::lookup(resource_type) else {
                wrong.push(format!("{name}: no schema of {resource_type}"));
                continue;
            };
            let mut check = Check {
                name,
                schema: &schema,
                wrong: &mut wrong,
            };
            let root = Path::default();
            for (_, rule) in table.rules() {
                check.rule(rule, &root);
            }
            let one_of_several = table.discriminate.is_some();
            for fan in table.fanout.iter().filter(|_| !one_of_several) {
                check.path(&fan.to.0, &root);
            }
            for entry in &table.defaults {
                for path in entry.properties() {
                    check.path(path, &root);
                }
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_property_of_a_service_default_is_in_the_canonical_schema() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for file in embedded::DEFAULTS.files() {
        let types: BTreeMap<String, Vec<table::DefaultEntry>> = match file.read() {
            Ok(types) => types,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        for (resource_type, entries) in types {
            let Some(schema) = schema::lookup(&resource_type) else {
                wrong.push(format!("no schema of {resource_type}"));
                continue;
            };
            for entry in entries {
                count += 1;
                if !entry.source.starts_with("https://") {
                    wrong.push(format!("{resource_type}: a default without a source"));
                }
                for path in entry.properties() {
                    if let Err(error) = schema.property(path) {
                        wrong.push(format!("{resource_type} {path}: {error}"));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 0 || embedded::DEFAULTS.is_empty());
}

fn types_of(table: &Table) -> Vec<&str> {
    match (&table.satellite, &table.discriminate, &table.resource_type) {
        (Some(satellite), ..) => vec![&satellite.of],
        (_, Some(choice), _) => choice.types.values().map(|kind| &**kind).collect(),
        (_, _, Some(kind)) => vec![kind],
        _ => Vec::new(),
    }
}

struct Check<'a> {
    name: &'a str,
    schema: &'a Schema,
    wrong: &'a mut Vec<String>,
}

impl Check<'_> {
    fn rule(&mut self, rule: &Rule, base: &Path) {
        match rule {
            Rule::To(Destination(path)) => self.path(path, base),
            Rule::Many(rules) => rules.iter().for_each(|rule| self.rule(rule, base)),
            Rule::Operation(operation) => self.operation(operation, base),
        }
    }

    fn operation(&mut self, operation: &Operation, base: &Path) {
        if let Some(emit) = &operation.emit {
            let Some(schema) = schema::lookup(&emit.resource_type) else {
                self.wrong.push(format!(
                    "{}: no schema of {}",
                    self.name, emit.resource_type
                ));
                return;
            };
            // Children that share a type have the properties of all of them.
            if &*emit.resource_type == "Microsoft.Web/sites/config" {
                return;
            }
            let mut inner = Check {
                name: self.name,
                schema: &schema,
                wrong: self.wrong,
            };
            return inner.content(operation, &Path::default());
        }
        // One table of two types names properties of either.
        if operation.when.contains_key("type") {
            return;
        }
        self.content(operation, base);
    }

    fn content(&mut self, operation: &Operation, base: &Path) {
        let mut base = base.clone();
        if let Some(Destination(path)) = &operation.to {
            self.path(path, &base);
            base = base.concat(path);
        }
        if let Some(capture) = &operation.capture {
            for Destination(path) in capture.to.values() {
                self.path(path, &base);
            }
        }
        if operation.key_by.is_some() {
            base = base.join(Segment::Each);
        }
        for rule in operation.fields.values() {
            self.rule(rule, &base);
        }
        for fan in &operation.fanout {
            self.path(&fan.to.0, &base);
        }
    }

    fn path(&mut self, path: &Path, base: &Path) {
        let full = base.concat(path);
        if let Err(error) = self.schema.property(&full) {
            self.wrong.push(format!(
                "{}: {} {full}: {error}",
                self.name, self.schema.resource_type
            ));
        }
    }
}
