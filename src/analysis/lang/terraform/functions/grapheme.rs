//! The characters of a text as people see them, by the rules of Unicode 15.0, which Terraform has.
//!
//! Later versions keep the consonants of Indic conjuncts together (rule GB9c of
//! <https://www.unicode.org/reports/tr29/#Grapheme_Cluster_Boundary_Rules>); here each begins a character of its own.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

/// The characters, in order.
pub(super) fn graphemes(text: &str) -> impl DoubleEndedIterator<Item = &str> {
    let clusters: Vec<&str> = text.graphemes(true).flat_map(apart).collect();
    clusters.into_iter()
}

/// A character of later versions as those of 15.0.
fn apart(cluster: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut previous) = (0, None);
    for (at, letter) in cluster.char_indices() {
        if previous.is_some_and(|previous| is_linker(previous) && is_consonant(letter)) {
            parts.push(&cluster[start..at]);
            start = at;
        }
        previous = Some(letter);
    }
    parts.push(&cluster[start..]);
    parts
}

/// What may stand between the consonants of a conjunct.
fn is_linker(letter: char) -> bool {
    is_combining_mark(letter) || matches!(letter, '\u{200c}' | '\u{200d}')
}

/// A letter of the scripts of India and South-East Asia that is no mark.
fn is_consonant(letter: char) -> bool {
    let scripts = matches!(letter, '\u{900}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1a20}'..='\u{1bff}' | '\u{a980}'..='\u{aaff}' | '\u{11000}'..='\u{11fff}');
    scripts && letter.is_alphabetic() && !is_combining_mark(letter)
}
