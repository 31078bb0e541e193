//! Findings that share a cause.

use std::sync::Arc;

use super::finding::Finding;

/// The findings by place, rule and address, with instances that share a cause as one.
pub fn joined(mut findings: Vec<Arc<Finding>>) -> Vec<Arc<Finding>> {
    findings.sort_by(|a, b| {
        (a.span, &a.rule_id, &a.address, &a.message)
            .cmp(&(b.span, &b.rule_id, &b.address, &b.message))
    });
    merged(findings)
}

/// Makes instances that share a cause one finding. They are near each other already.
fn merged(findings: Vec<Arc<Finding>>) -> Vec<Arc<Finding>> {
    let mut merged: Vec<Arc<Finding>> = Vec::new();
    for finding in findings {
        match merged
            .iter_mut()
            .rev()
            .take(256)
            .take_while(|known| known.span == finding.span)
            .find(|known| shares_cause(known, &finding))
        {
            Some(known) => Arc::make_mut(known).absorb(&finding),
            None => merged.push(finding),
        }
    }
    merged
}

/// Instances of one block that fail at the same text.
fn shares_cause(known: &Finding, other: &Finding) -> bool {
    known.span.is_some()
        && known.span == other.span
        && known.rule_id == other.rule_id
        && known.address.is_of_block(&other.address)
}

impl Finding {
    fn absorb(&mut self, other: &Self) {
        self.join(&other.instances, &other.parts);
        for related in &other.related {
            if !self.related.contains(related) {
                self.related.push(related.clone());
            }
        }
    }
}
