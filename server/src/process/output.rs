//! What a program printed, kept up to a bound; the rest is read and dropped so that it never blocks.

use tokio::io::{AsyncRead, AsyncReadExt};

/// Marker at the end of text that was cut.
const CUT_MARK: &str = "\n[output cut: the program printed more than is kept]\n";

/// Bytes of one stream.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// At most the limit given to the run.
    pub bytes: Vec<u8>,
    /// Bytes that were printed beyond it.
    pub dropped: u64,
}

impl Output {
    /// As text; invalid UTF-8 is replaced, and a cut is marked.
    pub fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        if self.dropped > 0 {
            text.push_str(CUT_MARK);
        }
        text
    }

    /// Reads a stream to its end.
    pub(super) async fn collect(stream: Option<impl AsyncRead + Unpin>, limit: usize) -> Self {
        let mut output = Self::default();
        let Some(mut stream) = stream else { return output };
        let mut buffer = vec![0; 16 * 1024];
        // A read error means that the other side is gone, which is the end of the text as well.
        while let Ok(count @ 1..) = stream.read(&mut buffer).await {
            let kept = count.min(limit - output.bytes.len());
            output.bytes.extend_from_slice(&buffer[..kept]);
            output.dropped += (count - kept) as u64;
        }
        output
    }
}
