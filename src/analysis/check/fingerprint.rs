//! What a finding is known by from one run to the next.

use palisade_model::{Path, Segment, Span};
use sha2::{Digest, Sha256};

use super::finding::Finding;
use crate::system::{SourceFile, Sources};

/// Bytes of a line that is text of its own, and no file in one line.
const LONGEST_LINE: usize = 4096;

/// Gives a finding its fingerprint, where it has none: of the rule, the address without instance keys, the path without positions, and
/// the text of the line. It is stable when lines move and when items are added.
pub fn identify(finding: &mut Finding, sources: &Sources) {
    if !finding.fingerprint.is_empty() {
        return;
    }
    let mut hash = Sha256::new();
    let mut feed = |text: &str| {
        hash.update(text.as_bytes());
        hash.update([0]);
    };
    feed(&finding.rule_id);
    feed(&finding.address.block().to_string());
    let segments = finding.property.segments().iter();
    let segments = segments.map(|segment| match segment {
        Segment::Index(_) => Segment::Each,
        other => other.clone(),
    });
    feed(&Path::new(segments.collect()).to_string());
    if let Some(span) = finding.span {
        feed(marked_line(&sources.file(span.file), span));
    }
    finding.fingerprint = hexadecimal(&hash.finalize()[..16]);
}

fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

/// The line that is marked; of one that holds a whole plan only the mark.
fn marked_line(file: &SourceFile, span: Span) -> &str {
    let starts = file.line_starts();
    let after = starts.partition_point(|&start| start <= span.start);
    let start = starts[after.max(1) - 1];
    let end = starts
        .get(after)
        .map_or(file.text.len(), |&next| next as usize);
    let line = file.text.get(start as usize..end).unwrap_or("");
    if line.len() > LONGEST_LINE {
        return file.slice(span);
    }
    line.trim()
}
