//! What the client asks, put into the queue.

use std::path::PathBuf;
use std::sync::mpsc::Sender;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tower_lsp_server::jsonrpc::Result;
use tower_lsp_server::ls_types::*;
use tower_lsp_server::{Client, LanguageServer};

use crate::convert::Encoding;
use crate::session::{self, Message};

/// The server's front: it knows only the queue.
pub(crate) struct Backend {
    queue: Sender<Message>,
}

impl Backend {
    pub(crate) fn new(client: Client, handle: Handle) -> Self {
        Self {
            queue: session::start(client, handle),
        }
    }

    /// Puts a message into the queue. It is closed only when the server ends.
    fn send(&self, message: Message) {
        let _ = self.queue.send(message);
    }

    async fn ask<R>(&self, message: impl FnOnce(oneshot::Sender<R>) -> Message) -> Option<R> {
        let (reply, answer) = oneshot::channel();
        self.send(message(reply));
        answer.await.ok()
    }
}

fn path(uri: &Uri) -> Option<PathBuf> {
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

/// The encoding to speak: UTF-8 where the client offers it, as nothing has to be counted then.
fn encoding(parameters: &InitializeParams) -> Encoding {
    let general = parameters.capabilities.general.as_ref();
    let offered = general.and_then(|general| general.position_encodings.as_ref());
    if offered.is_some_and(|offered| offered.contains(&PositionEncodingKind::UTF8)) {
        Encoding::Utf8
    } else {
        Encoding::Utf16
    }
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
        hover_provider: Some(HoverProviderCapability::Simple(true)),
        code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QUICKFIX]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

impl LanguageServer for Backend {
    async fn initialize(&self, parameters: InitializeParams) -> Result<InitializeResult> {
        let encoding = encoding(&parameters);
        let folders = parameters.workspace_folders.unwrap_or_default();
        let folders = folders
            .iter()
            .filter_map(|folder| path(&folder.uri))
            .collect();
        self.send(Message::Start { folders, encoding });
        Ok(InitializeResult {
            capabilities: capabilities(encoding),
            server_info: Some(ServerInfo {
                name: "palisade".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }

    async fn did_open(&self, parameters: DidOpenTextDocumentParams) {
        let document = parameters.text_document;
        if let Some(path) = path(&document.uri) {
            self.send(Message::Text {
                path,
                text: document.text.into(),
            });
        }
    }

    async fn did_change(&self, parameters: DidChangeTextDocumentParams) {
        let change = parameters.content_changes.into_iter().last();
        if let (Some(path), Some(change)) = (path(&parameters.text_document.uri), change) {
            self.send(Message::Text {
                path,
                text: change.text.into(),
            });
        }
    }

    async fn did_close(&self, parameters: DidCloseTextDocumentParams) {
        if let Some(path) = path(&parameters.text_document.uri) {
            self.send(Message::Close { path });
        }
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        self.send(Message::FilesChanged);
    }

    async fn did_change_watched_files(&self, _: DidChangeWatchedFilesParams) {
        self.send(Message::FilesChanged);
    }

    async fn hover(&self, parameters: HoverParams) -> Result<Option<Hover>> {
        let place = parameters.text_document_position_params;
        let Some(path) = path(&place.text_document.uri) else {
            return Ok(None);
        };
        let position = place.position;
        Ok(self
            .ask(|reply| Message::Hover {
                path,
                position,
                reply,
            })
            .await
            .flatten())
    }

    async fn code_action(
        &self,
        parameters: CodeActionParams,
    ) -> Result<Option<CodeActionResponse>> {
        let Some(path) = path(&parameters.text_document.uri) else {
            return Ok(None);
        };
        let range = parameters.range;
        Ok(self
            .ask(|reply| Message::Actions { path, range, reply })
            .await)
    }
}
