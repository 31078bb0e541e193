//! The one thread that owns the documents and analyzes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use palisade_analysis::analyzer::{Analysis, Analyzer, Keeps, Request};
use palisade_analysis::check::{Finding, Fix};
use palisade_analysis::system::{OsSystem, OverlaySystem, SourceFile};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tower_lsp_server::Client;
use tower_lsp_server::ls_types::*;

use crate::convert::{self, Encoding};

/// How long the queue must be quiet before an analysis starts: a person types a few characters at once.
const QUIET: Duration = Duration::from_millis(80);

/// How many rules are named that follow from a finding.
const NAMED_RULES: usize = 4;

/// What the thread is told or asked.
pub(crate) enum Message {
    /// The workspace, and how columns are counted.
    Start {
        folders: Vec<PathBuf>,
        encoding: Encoding,
    },
    /// The text of an open document.
    Text { path: PathBuf, text: Arc<str> },
    /// A document is closed: the file counts again.
    Close { path: PathBuf },
    /// Files changed on disk.
    FilesChanged,
    /// What is there to say about a place.
    Hover {
        path: PathBuf,
        position: Position,
        reply: oneshot::Sender<Option<Hover>>,
    },
    /// What can be done about a range.
    Actions {
        path: PathBuf,
        range: Range,
        reply: oneshot::Sender<CodeActionResponse>,
    },
}

/// Starts the thread. It ends with its queue.
pub(crate) fn start(client: Client, handle: Handle) -> Sender<Message> {
    let (queue, messages) = channel();
    std::thread::spawn(move || {
        Session {
            client,
            handle,
            folders: Vec::new(),
            encoding: Encoding::default(),
            buffers: BTreeMap::new(),
            analysis: None,
            published: BTreeSet::new(),
        }
        .run(&messages);
    });
    queue
}

struct Session {
    client: Client,
    handle: Handle,
    folders: Vec<PathBuf>,
    encoding: Encoding,
    buffers: BTreeMap<PathBuf, Arc<str>>,
    /// Of the buffers as they are; none when they changed since.
    analysis: Option<Analysis>,
    /// Files that have diagnostics in the editor.
    published: BTreeSet<PathBuf>,
}

impl Session {
    fn run(mut self, messages: &Receiver<Message>) {
        let mut is_stale = false;
        loop {
            let message = if is_stale {
                messages.recv_timeout(QUIET)
            } else {
                messages.recv().map_err(|_| RecvTimeoutError::Disconnected)
            };
            match message {
                Ok(message) => is_stale |= self.handle(message),
                Err(RecvTimeoutError::Timeout) => {
                    self.refresh();
                    is_stale = false;
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Takes in one message; whether what is published may be out of date then.
    fn handle(&mut self, message: Message) -> bool {
        match message {
            Message::Start { folders, encoding } => {
                self.folders = folders;
                self.encoding = encoding;
                return false;
            }
            Message::Text { path, text } => {
                self.buffers.insert(path, text);
            }
            Message::Close { path } => {
                self.buffers.remove(&path);
            }
            Message::FilesChanged => {}
            Message::Hover {
                path,
                position,
                reply,
            } => {
                let _ = reply.send(self.hover(&path, position));
                return false;
            }
            Message::Actions { path, range, reply } => {
                let _ = reply.send(self.actions(&path, range));
                return false;
            }
        }
        self.analysis = None;
        true
    }

    /// The analysis of the buffers as they are.
    fn analysis(&mut self) -> Option<&Analysis> {
        if self.analysis.is_none() {
            self.analysis = self.analyze();
        }
        self.analysis.as_ref()
    }

    fn analyze(&self) -> Option<Analysis> {
        let system = OverlaySystem::new(Arc::new(OsSystem), self.buffers.clone());
        let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
        for buffer in self.buffers.keys() {
            let workspace = self
                .folders
                .iter()
                .find(|folder| buffer.starts_with(folder));
            let folder = workspace.map(PathBuf::as_path).or_else(|| buffer.parent());
            paths.extend(folder.map(Path::to_path_buf));
        }
        let request = Request {
            paths: paths.into_iter().collect(),
            keeps: Keeps::Findings,
            ..Request::default()
        };
        Analyzer::new(Arc::new(system)).analyze(&request).ok()
    }

    /// Analyzes and publishes what changed.
    fn refresh(&mut self) {
        let encoding = self.encoding;
        let Some(analysis) = self.analysis() else {
            return;
        };
        let mut by_file = diagnostics(analysis, encoding);
        for path in &self.published {
            by_file.entry(path.clone()).or_default();
        }
        self.published = by_file
            .iter()
            .filter(|(_, list)| !list.is_empty())
            .map(|(path, _)| path.clone())
            .collect();
        for (path, list) in by_file {
            if let Some(uri) = convert::uri(&path) {
                self.handle
                    .block_on(self.client.publish_diagnostics(uri, list, None));
            }
        }
    }

    /// The findings at a range of a file, and the file.
    fn at(&mut self, path: &Path, range: Range) -> Vec<(Arc<Finding>, Arc<SourceFile>)> {
        let encoding = self.encoding;
        let Some(analysis) = self.analysis() else {
            return Vec::new();
        };
        let found = analysis.findings.iter().filter_map(|finding| {
            let span = finding.span?;
            let file = analysis.sources.file(span.file);
            let place = convert::range(&file, span, encoding);
            let touches = place.start <= range.end && range.start <= place.end;
            (std::path::absolute(&file.path).ok()? == path && touches)
                .then(|| (finding.clone(), file))
        });
        found.collect()
    }

    fn hover(&mut self, path: &Path, position: Position) -> Option<Hover> {
        let findings = self.at(path, Range::new(position, position));
        let encoding = self.encoding;
        let analysis = self.analysis()?;
        let (first, file) = findings.first()?;
        let texts: Vec<String> = findings
            .iter()
            .filter(|(finding, _)| finding.implied_by.is_empty())
            .filter_map(|(finding, _)| {
                let rule = analysis.catalog.rule(&finding.rule_id)?;
                Some(format!("{}\n\n{}", finding.message, rule.markdown()))
            })
            .collect();
        Some(Hover {
            contents: HoverContents::Markup(MarkupContent {
                kind: MarkupKind::Markdown,
                value: texts.join("\n\n---\n\n"),
            }),
            range: first.span.map(|span| convert::range(file, span, encoding)),
        })
    }

    fn actions(&mut self, path: &Path, range: Range) -> CodeActionResponse {
        let findings = self.at(path, range);
        let encoding = self.encoding;
        let Some(analysis) = self.analysis() else {
            return Vec::new();
        };
        let mut actions = Vec::new();
        for (finding, file) in &findings {
            for fix in finding.fixes.iter().filter(|fix| !fix.edits.is_empty()) {
                actions.push(CodeActionOrCommand::CodeAction(CodeAction {
                    title: fix.title.clone(),
                    kind: Some(CodeActionKind::QUICKFIX),
                    diagnostics: convert::finding(
                        finding,
                        file,
                        &|span| analysis.sources.file(span.file),
                        encoding,
                    )
                    .filter(|_| finding.implied_by.is_empty())
                    .map(|diagnostic| vec![diagnostic]),
                    edit: Some(edit(analysis, fix, encoding)),
                    ..CodeAction::default()
                }));
            }
        }
        actions
    }
}

fn edit(analysis: &Analysis, fix: &Fix, encoding: Encoding) -> WorkspaceEdit {
    let mut changes: HashMap<Uri, Vec<TextEdit>> = HashMap::new();
    for edit in &fix.edits {
        let file = analysis.sources.file(edit.span.file);
        if let Some(uri) = convert::uri(&file.path) {
            let range = convert::range(&file, edit.span, encoding);
            changes
                .entry(uri)
                .or_default()
                .push(TextEdit::new(range, edit.text.clone()));
        }
    }
    WorkspaceEdit {
        changes: Some(changes),
        ..WorkspaceEdit::default()
    }
}

/// What is to be shown in each file that was read.
fn diagnostics(analysis: &Analysis, encoding: Encoding) -> BTreeMap<PathBuf, Vec<Diagnostic>> {
    let mut by_file: BTreeMap<PathBuf, Vec<Diagnostic>> = BTreeMap::new();
    let related = |span: palisade_model::Span| analysis.sources.file(span.file);
    let mut add = |file: &SourceFile, diagnostic: Option<Diagnostic>| {
        if let (Ok(path), Some(diagnostic)) = (std::path::absolute(&file.path), diagnostic) {
            by_file.entry(path).or_default().push(diagnostic);
        }
    };
    for finding in analysis.standing_alone() {
        if let Some(span) = finding.span {
            let file = analysis.sources.file(span.file);
            let mut shown = convert::finding(finding, &file, &related, encoding);
            if let (Some(shown), Some(implied)) =
                (&mut shown, analysis.implication(finding, NAMED_RULES))
            {
                shown.message.push_str(&format!(" ({implied})"));
            }
            add(&file, shown);
        }
    }
    for problem in &analysis.diagnostics {
        if let Some(span) = problem.span {
            let file = analysis.sources.file(span.file);
            add(&file, convert::problem(problem, &file, encoding));
        }
    }
    by_file
}
