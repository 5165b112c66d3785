//! A JavaScript engine with one Go program in it.

use std::path::Path;
use std::time::Duration;

use dev_server::hot::Patch;
use dev_server::process::{Conversation, Program};
use serde_json::{Value, json};

use crate::tools::Tools;

/// A host that is silent for so long hangs.
const DEADLINE: Duration = Duration::from_secs(20);

const MEMORY: u64 = 8 << 30;

pub(crate) struct Page {
    conversation: Option<Conversation>,
    folder: tempfile::TempDir,
}

/// What the host says to a request.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    /// What the program printed since the last request.
    pub(crate) printed: String,
    /// Of a call.
    pub(crate) value: Value,
    pub(crate) error: Option<String>,
}

impl Page {
    /// Starts the program, up to where all its goroutines wait.
    pub(crate) async fn open(tools: &Tools, module: &Path) -> (Self, Said) {
        let folder = tempfile::tempdir().unwrap();
        let host = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hot/host.cjs");
        let program =
            Program::new(tools.node(), folder.path()).arg(host).arg(tools.compiler.glue()).arg(module);
        let mut page = Self { conversation: Some(program.converse(MEMORY).unwrap()), folder };
        let said = page.ask(&json!({ "start": true })).await;
        (page, said)
    }

    pub(crate) async fn ask(&mut self, request: &Value) -> Said {
        let silent = |words: String| Said { printed: String::new(), value: Value::Null, error: Some(words) };
        let Some(conversation) = &mut self.conversation else {
            return silent("the host is gone".to_owned());
        };
        let said = conversation.send(request.to_string().into_bytes().into());
        let frame = tokio::time::timeout(DEADLINE, conversation.receive()).await;
        let (Ok(()), Ok(Some(frame))) = (said, frame) else {
            let words = self.conversation.take().unwrap().end().await;
            return silent(format!("the host hangs or is gone: {words}"));
        };
        let mut said: Value = serde_json::from_slice(&frame).unwrap();
        Said {
            printed: said["printed"].as_str().unwrap().to_owned(),
            value: said["value"].take(),
            error: said["error"].as_str().map(str::to_owned),
        }
    }

    /// Waits until the program has ended.
    pub(crate) async fn end(mut self) -> Said {
        self.ask(&json!({ "end": true })).await
    }

    /// Calls an export of the module.
    pub(crate) async fn call(&mut self, name: &str, given: &[i32]) -> Said {
        self.ask(&json!({ "call": { "name": name, "given": given } })).await
    }

    pub(crate) async fn patch(&mut self, patch: &Patch) -> Said {
        let module = self.folder.path().join(format!("{}.wasm", patch.number));
        std::fs::write(&module, &patch.module).unwrap();
        let writes: Vec<_> = patch.writes.iter().map(|(at, bytes)| json!([at, bytes.to_vec()])).collect();
        let request = json!({ "patch": {
            "module": module, "growth": patch.table_growth, "writes": writes, "initializer": patch.has_initializer,
        } });
        self.ask(&request).await
    }
}
