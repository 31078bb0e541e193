//! A progress line on a terminal, for runs that take over a second.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use palisade_analysis::analyzer::Progress;

/// How long a run is left alone, and how often the line changes.
const PATIENCE: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_millis(100);

/// A running progress line; dropping it removes the line.
pub(crate) struct Line {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Shows how far a run is, where standard error is a terminal.
pub(crate) fn show(progress: Arc<Progress>) -> Line {
    if !io::stderr().is_terminal() {
        return Line {
            stop: None,
            thread: None,
        };
    }
    let (stop, stopped) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        let mut wait = PATIENCE;
        let mut shown = false;
        while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
            let (done, total) = progress.get();
            let _ = write!(io::stderr(), "\r\x1b[Kchecking {done}/{total}");
            let _ = io::stderr().flush();
            (wait, shown) = (BEAT, true);
        }
        if shown {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    });
    Line {
        stop: Some(stop),
        thread: Some(thread),
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
