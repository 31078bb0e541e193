//! The threads that analyses run on.

use std::sync::LazyLock;

use rayon::{ThreadPool, ThreadPoolBuilder};

/// How much stack a worker has, in bytes. Values nest as deep as the parsers let them, and a worker that waits for parts of its
/// project takes up another project on top of it. The room is reserved, not used.
const STACK: usize = 256 << 20;

/// As many as the machine has processors, or `RAYON_NUM_THREADS`. None where the system gives no threads.
static WORKERS: LazyLock<Option<ThreadPool>> =
    LazyLock::new(|| ThreadPoolBuilder::new().stack_size(STACK).build().ok());

/// Does the work, with what it does in parallel, on these threads.
pub(super) fn run<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    match &*WORKERS {
        Some(pool) => pool.install(work),
        None => work(),
    }
}
