//! Transcripts in `testdata/cli`: each `*.toml` is a run of the program on the files beside it, with what it prints and ends with.

use super::tree::top;

#[test]
fn transcripts_are_what_the_program_prints() {
    trycmd::TestCases::new()
        .case(format!("{}/testdata/cli/*.trycmd", top().display()))
        .register_bin(
            "palisade",
            std::path::Path::new(env!("CARGO_BIN_EXE_palisade")),
        );
}
