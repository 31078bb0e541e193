use std::time::Instant;

use palisade_syntax::json;

use super::{corpus, files};
use crate::json::to_serde;

#[test]
fn every_strict_file_reads_as_serde_json_reads_it() {
    let Some(folder) = corpus("") else { return };
    let (mut strict, mut bytes, mut seconds, mut wrong) = (0, 0, 0.0, Vec::new());
    for path in files(&folder, "json") {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let start = Instant::now();
        let parse = json::parse(&text);
        seconds += start.elapsed().as_secs_f64();
        bytes += text.len();
        let Ok(expected) = serde_json::from_str::<serde_json::Value>(&text) else {
            continue;
        };
        strict += 1;
        if to_serde(&parse.tree) != expected {
            wrong.push(path);
        }
    }
    eprintln!(
        "{strict} strict files, {:.0} MB/s",
        bytes as f64 / 1e6 / seconds
    );
    assert!(strict > 0);
    assert_eq!(wrong, Vec::<std::path::PathBuf>::new());
}
