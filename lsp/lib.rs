//! The language server: the one pipeline over unsaved buffers, its results in the protocol's types. It holds no logic of its own.
//!
//! Handlers change no state. They push into one queue, before their first `.await`, so that messages keep their order; one thread
//! owns the documents and runs every analysis.

mod convert;
mod server;
mod session;

use std::io;

use tower_lsp_server::{LspService, Server};

/// Serves over standard input and output until the client says goodbye.
///
/// # Errors
/// When the runtime cannot be started.
pub fn serve() -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let handle = tokio::runtime::Handle::current();
        let (service, socket) = LspService::new(|client| server::Backend::new(client, handle));
        Server::new(tokio::io::stdin(), tokio::io::stdout(), socket)
            .serve(service)
            .await;
    });
    // A read of standard input can still be pending, and it would never end.
    runtime.shutdown_background();
    Ok(())
}
