//! Verdicts by what they rest on: look at this; where it is so, look at that; and so on to what is said then.

use std::sync::Arc;

use foldhash::HashMap;
use palisade_model::Address;

use super::classes::{Room, STRANGE};
use super::run::Said;

/// Something to look at. Resources have positions in the order they come in sight: the one that is judged is the first, then those at
/// the other ends of its edges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A part (by number) of a resource.
    Part(u32, u32),
    /// The edges of a resource; what is at their other ends comes in sight.
    Edges(u32),
    /// The resources of a type, which come in sight.
    Type(Arc<str>),
    /// A resource by its address, which comes in sight.
    Address(Arc<Address>),
}

enum Node {
    /// Nothing is known further down.
    Open,
    Look {
        look: Look,
        /// Where the first class that was seen leads, which is the likely one.
        first: (u32, u32),
    },
    Said(Said),
}

/// The verdicts of all rules.
#[derive(Default)]
pub(super) struct Trees {
    nodes: Vec<Node>,
    /// Where other classes of what is looked at lead.
    next: HashMap<(u32, u32), u32>,
}

impl Trees {
    /// A new tree, by its root.
    pub(super) fn plant(&mut self) -> u32 {
        self.nodes.push(Node::Open);
        (self.nodes.len() - 1) as u32
    }

    /// What is said where everything looked at is of the classes that `see` tells.
    pub(super) fn find(&self, root: u32, mut see: impl FnMut(&Look) -> u32) -> Option<&Said> {
        let mut at = root;
        loop {
            match &self.nodes[at as usize] {
                Node::Open => return None,
                Node::Said(said) => return Some(said),
                Node::Look { look, first } => at = self.step(at, *first, see(look))?,
            }
        }
    }

    fn step(&self, at: u32, first: (u32, u32), class: u32) -> Option<u32> {
        if first.0 == class {
            return Some(first.1);
        }
        self.next.get(&(at, class)).copied()
    }

    /// Keeps what is said. What rests on other looks than those that led here before, or on something strange, is not kept.
    pub(super) fn keep(&mut self, root: u32, looks: Vec<(Look, u32)>, said: Said, room: &mut Room) {
        if looks.iter().any(|(_, class)| *class == STRANGE) {
            return;
        }
        let mut at = root;
        for (look, class) in looks {
            let next = match &self.nodes[at as usize] {
                Node::Look { look: known, first } if *known == look => self.step(at, *first, class),
                Node::Look { .. } | Node::Said(_) => return,
                Node::Open => None,
            };
            at = match next {
                Some(next) => next,
                None if room.take().is_none() => return,
                None => self.branch(at, look, class),
            };
        }
        if matches!(self.nodes[at as usize], Node::Open) {
            self.nodes[at as usize] = Node::Said(said);
        }
    }

    /// A new way from a node.
    fn branch(&mut self, at: u32, look: Look, class: u32) -> u32 {
        let next = self.plant();
        match &mut self.nodes[at as usize] {
            open @ Node::Open => {
                let first = (class, next);
                *open = Node::Look { look, first };
            }
            _ => {
                self.next.insert((at, class), next);
            }
        }
        next
    }
}
