//! The findings of some environments of a project: one that several have is there once.

use std::ops::Range;
use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::{FileId, Graph};

use super::implied;
use super::settings::Task;
use super::stages::Scene;
use crate::check::Finding;
use crate::suppress::Place;
use crate::{discover, fix};

/// A finding, and where it holds.
pub(super) struct Gathered {
    /// As the configuration has it; without environments.
    pub(super) finding: Arc<Finding>,
    /// Where each of its instances may be accepted.
    pub(super) places: Vec<Place>,
    /// The positions of the environments, in their order.
    pub(super) environments: Vec<usize>,
}

/// The findings so far.
#[derive(Default)]
pub(super) struct Gathering {
    gathered: Vec<Gathered>,
    /// Which were made of what was said at one text: findings by where they are in memory, which is theirs as long as they are held.
    known: HashMap<Vec<usize>, Range<usize>>,
    held: Vec<Arc<Finding>>,
}

impl Gathering {
    /// Adds what was said in an environment. What stands at one text and was said in an environment before is not settled again.
    pub(super) fn add(
        &mut self,
        environment: usize,
        mut said: Vec<Arc<Finding>>,
        settle: &dyn Fn(Vec<Arc<Finding>>) -> Vec<(Arc<Finding>, Vec<Place>)>,
    ) {
        said.sort_by_key(|finding| finding.span);
        for beside in said.chunk_by(|one, other| one.span == other.span) {
            let names: Vec<usize> = beside.iter().map(place_in_memory).collect();
            if let Some(made) = self.known.get(&names) {
                for one in &mut self.gathered[made.clone()] {
                    one.environments.push(environment);
                }
                continue;
            }
            // What nobody else holds, no later environment says.
            let may_return = beside.iter().all(|one| Arc::strong_count(one) > 1);
            let start = self.gathered.len();
            self.put(environment, settle(beside.to_vec()));
            if may_return {
                self.held.extend_from_slice(beside);
                self.known.insert(names, start..self.gathered.len());
            }
        }
    }

    /// Adds findings that are settled.
    pub(super) fn put(&mut self, environment: usize, settled: Vec<(Arc<Finding>, Vec<Place>)>) {
        let gathered = settled.into_iter().map(|(finding, places)| Gathered {
            finding,
            places,
            environments: vec![environment],
        });
        self.gathered.extend(gathered);
    }

    /// Takes back what was added of an environment that failed, the last one.
    pub(super) fn take_back(&mut self, environment: usize) {
        self.known.clear();
        self.held.clear();
        self.gathered.retain_mut(|one| {
            one.environments.retain(|known| *known != environment);
            !one.environments.is_empty()
        });
    }

    pub(super) fn finish(self) -> Vec<Gathered> {
        self.gathered
    }
}

fn place_in_memory(finding: &Arc<Finding>) -> usize {
    Arc::as_ptr(finding) as usize
}

/// Findings of one text, or of all, as the configuration has them, with what follows from what, fixes, and where each instance may
/// be accepted.
pub(super) fn settled(
    task: &Task,
    scene: &Scene<'_>,
    graph: &Graph,
    is_written: &dyn Fn(FileId) -> bool,
    findings: Vec<Arc<Finding>>,
) -> Vec<(Arc<Finding>, Vec<Place>)> {
    let findings = findings.into_iter();
    let mut findings: Vec<_> = findings
        .filter_map(|one| as_configured(one, task, scene))
        .collect();
    fix::attach(
        scene.catalog.rules(),
        graph,
        scene.sources,
        is_written,
        &mut findings,
    );
    implied::mark(&mut findings, scene.catalog);
    let place = |finding: Arc<Finding>| {
        let instances = finding.instances.iter();
        let nodes = instances.map(|address| graph.find(address));
        let places = nodes
            .map(|node| node.map_or_else(Place::default, |node| Place::of(graph.resource(node))));
        let places = places.collect();
        (finding, places)
    };
    findings.into_iter().map(place).collect()
}

/// A finding as the configuration has it; none where it is not to be reported.
fn as_configured(finding: Arc<Finding>, task: &Task, scene: &Scene<'_>) -> Option<Arc<Finding>> {
    let span = finding.span;
    let file = || {
        let path = &scene.sources.file(span?.file).path;
        let current = scene.system.current_directory();
        Some(discover::clean(current.join(path)))
    };
    let rule = scene.catalog.rule(&finding.rule_id);
    let aliases = rule.as_ref().map_or(&[][..], |rule| &rule.aliases);
    task.selection.finding(finding, aliases, &file)
}
