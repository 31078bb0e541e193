//! How long the rules of the product take to load: `cargo bench -p palisade-analysis`.

use palisade_analysis::rules::RuleSet;

fn main() {
    divan::main();
}

/// Every rule parsed and compiled, as `palisade rules` needs them.
#[divan::bench]
fn whole_catalogue() -> usize {
    RuleSet::embedded().rules().len()
}

/// What a run over one type of resource pays.
#[divan::bench]
fn rules_of_buckets() -> usize {
    RuleSet::embedded().of_type("AWS::S3::Bucket").len()
}
