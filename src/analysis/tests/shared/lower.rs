//! Every reviewed attribute of a type that has a table is mapped, or listed as impossible.

use std::collections::BTreeSet;

use palisade_analysis::lower::table::{self, Rule, Table};

use super::corpus;

#[test]
fn every_reviewed_attribute_is_mapped_or_impossible() {
    let Some(file) = corpus("tf-to-native.tsv") else {
        return;
    };
    let rows = std::fs::read_to_string(file).expect("the list is readable");
    let (mut count, mut missing) = (0, Vec::new());
    for row in rows.lines().skip(1) {
        let mut cells = row.split('\t');
        let (Some(kind), Some(_), Some(attribute)) = (cells.next(), cells.next(), cells.next())
        else {
            continue;
        };
        count += 1;
        let known = table::of(kind).map(attributes).unwrap_or_default();
        let inside = format!("{attribute}.");
        if !known.contains(attribute) && !known.iter().any(|name| name.starts_with(&inside)) {
            missing.push(format!("{kind}.{attribute}"));
        }
    }
    eprintln!(
        "{} of {count} reviewed attributes are mapped",
        count - missing.len()
    );
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

fn attributes(table: &Table) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = table
        .impossible
        .keys()
        .chain(table.aliases.keys())
        .cloned()
        .collect();
    names.extend(table.fanout.iter().map(|fan| fan.from.clone()));
    names.extend(
        table
            .satellite
            .iter()
            .map(|satellite| satellite.join.clone()),
    );
    names.extend(table.discriminate.iter().map(|choice| choice.by.clone()));
    for (name, rule) in table.rules() {
        collect("", name, rule, &mut names);
    }
    names
}

fn collect(base: &str, name: &str, rule: &Rule, names: &mut BTreeSet<String>) {
    for part in name.split('+') {
        names.insert(format!("{base}{part}"));
    }
    let inner = match name {
        "." => base.to_owned(),
        _ => format!("{base}{name}."),
    };
    match rule {
        Rule::To(_) => {}
        Rule::Many(rules) => rules
            .iter()
            .for_each(|rule| collect(base, name, rule, names)),
        Rule::Operation(operation) => {
            names.extend(
                operation
                    .fanout
                    .iter()
                    .map(|fan| format!("{inner}{}", fan.from)),
            );
            let keys = operation.collect.iter().chain(&operation.key_by);
            names.extend(keys.map(|key| format!("{inner}{key}")));
            for (field, rule) in &operation.fields {
                collect(&inner, field, rule, names);
            }
        }
    }
}
