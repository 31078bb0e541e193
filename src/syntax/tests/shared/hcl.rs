use std::time::Instant;

use palisade_syntax::hcl;

use super::{corpus, files};

#[test]
fn every_terraform_file_is_read() {
    let Some(folder) = corpus("") else { return };
    let (mut count, mut bytes, mut seconds, mut wrong) = (0, 0, 0.0, Vec::new());
    for path in files(&folder, "tf") {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let start = Instant::now();
        let parse = hcl::parse(&text);
        seconds += start.elapsed().as_secs_f64();
        count += 1;
        bytes += text.len();
        if let Some(error) = parse.errors.first() {
            wrong.push(format!("{}: {}", path.display(), error.message));
        }
    }
    eprintln!(
        "{count} files, {:.0} MB/s, with errors: {wrong:#?}",
        bytes as f64 / 1e6 / seconds
    );
    assert!(wrong.len() * 100 < count, "{wrong:#?}");
}
