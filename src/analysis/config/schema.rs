use palisade_model::Severity;
use serde_json::{Value, json};

use super::FailOn;

/// The JSON Schema (draft 2020-12) of `palisade.toml`, for editors that complete and check it.
pub fn json_schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "palisade.toml",
        "description": "Configuration of Palisade, a static analyzer for cloud infrastructure",
        "type": "object",
        "additionalProperties": false,
        "properties": properties(),
        "$defs": definitions(),
    })
}

fn properties() -> Value {
    json!({
        "extend": { "type": "string", "description": "A file to inherit from; what is said here goes over it" },
        "select": { "$ref": "#/$defs/rules", "description": "Rules to run: ids, prefixes (`aws-s3`), globs, ids of other tools, `all`" },
        "ignore": { "$ref": "#/$defs/rules", "description": "Rules not to run" },
        "severity": { "$ref": "#/$defs/severity", "description": "The least severity that is reported" },
        "fail-on": {
            "enum": FailOn::ALL.map(FailOn::as_str),
            "description": "The least severity that makes the exit status 1",
        },
        "show-unknown": { "type": "boolean", "description": "List the verdicts that could not be reached" },
        "as-of": {
            "type": "string",
            "format": "date",
            "description": "The day as of which ends of support are judged, `2027-01-31`; that on which each calendar was read where nothing is said",
        },
        "exclude": { "$ref": "#/$defs/texts", "description": "Files and folders to leave out, as globs below the folder of this file" },
        "rules": { "$ref": "#/$defs/texts", "description": "Folders or files with rules of your own" },
        "severities": {
            "type": "object",
            "additionalProperties": { "$ref": "#/$defs/severity" },
            "description": "Severities that differ from the rules' own, by id or prefix",
        },
        "per-path-ignores": {
            "type": "object",
            "additionalProperties": { "$ref": "#/$defs/rules" },
            "description": "Rules not to run for files below a glob",
        },
        "suppress": {
            "type": "array",
            "items": { "$ref": "#/$defs/suppress" },
            "description": "Findings that are accepted",
        },
        "variables": { "$ref": "#/$defs/variables" },
        "variable-files": { "$ref": "#/$defs/variable-files" },
        "workspace": { "$ref": "#/$defs/workspace" },
        "facts": { "$ref": "#/$defs/facts" },
        "environments": {
            "type": "object",
            "additionalProperties": { "$ref": "#/$defs/environment" },
            "description": "Each is evaluated; findings name the environments they hold in",
        },
    })
}

fn definitions() -> Value {
    json!({
        "texts": { "type": "array", "items": { "type": "string" } },
        "rules": { "type": "array", "items": { "type": "string" } },
        "severity": { "enum": Severity::ALL.map(Severity::as_str) },
        "variables": { "type": "object", "description": "Values of variables and parameters" },
        "variable-files": { "$ref": "#/$defs/texts", "description": "Variable and parameter files, later ones win" },
        "workspace": { "type": "string", "description": "`terraform.workspace`" },
        "facts": {
            "type": "object",
            "additionalProperties": { "type": "string" },
            "description": "Deployment facts and pseudo-parameters: `\"AWS::Region\" = \"eu-central-1\"`",
        },
        "environment": {
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "variables": { "$ref": "#/$defs/variables" },
                "variable-files": { "$ref": "#/$defs/variable-files" },
                "workspace": { "$ref": "#/$defs/workspace" },
                "facts": { "$ref": "#/$defs/facts" },
            },
        },
        "suppress": {
            "type": "object",
            "additionalProperties": false,
            "required": ["rules", "reason"],
            "properties": {
                "rules": { "$ref": "#/$defs/rules" },
                "resource": { "type": "string", "description": "A glob over addresses" },
                "path": { "type": "string", "description": "A glob over files" },
                "reason": { "type": "string", "description": "Why they are accepted" },
                "until": {
                    "type": "string",
                    "format": "date",
                    "description": "The last day it holds",
                },
            },
        },
    })
}
