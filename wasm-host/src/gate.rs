//! What a component may do with HTTP beside its answer: nothing; and how much of its answer waits for who reads it.

use std::sync::{Arc, LazyLock};

use http::HeaderName;
use wasmtime_wasi_http::{
    DEFAULT_FORBIDDEN_HEADERS, Error, ForbiddenHeaderFilter, RequestOptions, WasiBody, WasiHttpHooks,
};

/// Writes of an answer that wait for who reads it, but for one, and bytes of each. Programs that write 4 KiB at once, as
/// `blocking-write-and-flush` has it, give 128 KiB away before they wait.
const CHUNKS: usize = 31;
const CHUNK: usize = 32 << 10;

/// The same for any further body: nobody needs one, and each has a buffer of the host.
const FURTHER_CHUNKS: usize = 1;
const FURTHER_CHUNK: usize = 4 << 10;

/// Of an address that is told to people.
const LONGEST_ADDRESS: usize = 200;

static FILTER: LazyLock<ForbiddenHeaderFilter> = LazyLock::new(|| Arc::new(is_forbidden));

fn is_forbidden(name: &HeaderName) -> bool {
    DEFAULT_FORBIDDEN_HEADERS.contains(name)
}

type Sent = wasmtime_wasi_http::Result<(http::Response<WasiBody>, Processing)>;
type Processing = Box<dyn Future<Output = wasmtime_wasi_http::Result<()>> + Send>;

/// Of one guest.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// The first address that it wanted to ask.
    pub(crate) denied: Option<String>,
    has_body: bool,
}

impl WasiHttpHooks for Gate {
    fn is_forbidden_header(&mut self, name: &HeaderName) -> bool {
        is_forbidden(name)
    }

    fn forbidden_header_filter(&mut self) -> ForbiddenHeaderFilter {
        Arc::clone(&FILTER)
    }

    fn send_request(
        &mut self,
        request: http::Request<WasiBody>,
        _: Option<RequestOptions>,
        _: Processing,
    ) -> Box<dyn Future<Output = Sent> + Send> {
        self.denied.get_or_insert_with(|| request.uri().to_string().chars().take(LONGEST_ADDRESS).collect());
        Box::new(std::future::ready(Err(Error::HttpRequestDenied)))
    }

    fn p2_outgoing_body_buffer_chunks(&mut self) -> usize {
        if self.has_body { FURTHER_CHUNKS } else { CHUNKS }
    }

    /// Asked after the other one, for the same body.
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        if std::mem::replace(&mut self.has_body, true) { FURTHER_CHUNK } else { CHUNK }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_body_has_a_buffer_worth_the_name() {
        let mut gate = Gate::default();
        let mut body = || (gate.p2_outgoing_body_buffer_chunks(), gate.p2_outgoing_body_chunk_size());
        assert_eq!(body(), (CHUNKS, CHUNK));
        assert_eq!(body(), (FURTHER_CHUNKS, FURTHER_CHUNK));
        assert_eq!(body(), (FURTHER_CHUNKS, FURTHER_CHUNK));
    }
}
