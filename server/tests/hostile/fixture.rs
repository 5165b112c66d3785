//! A project on disk, a board with one release, a backend, and the server in front of them.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::time::Duration;

use dev_server::analyse::{ManifestEntry, PageManifest};
use dev_server::build::{Artifact, Glue, GlueKind};
use dev_server::content::{BlobStore, ContentHash};
use dev_server::http::{
    ClientReport, Devices, Guards, HttpOptions, PageScripts, Pairing, ProxyRule, Tls, Token, serve,
};
use dev_server::publish::{Epoch, Frames, Made, Publisher};
use dev_server::revision::Revision;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::wire::{Reply, exchange, exchange_on};

/// Why a row failed.
pub(crate) type Outcome = Result<(), String>;

/// Stands in every file that must never be served.
pub(crate) const SECRET: &str = "SECRET=1";

/// Name under which another machine asks.
pub(crate) const LAN_NAME: &str = "lan.example";

/// Threads of the server have this name, so that a failing test does not count as a panic of the server.
const THREADS: &str = "hostile-server";

static PANICS: AtomicUsize = AtomicUsize::new(0);

pub(crate) static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if std::thread::current().name() == Some(THREADS) {
            PANICS.fetch_add(1, Ordering::SeqCst);
        }
        usual(panic);
    }));
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false).with_writer(|| Log);
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name(THREADS)
        .enable_all()
        .build()
        .unwrap()
});

static LOGGED: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOGGED.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// All that the server has logged at the finest level.
pub(crate) fn logged() -> String {
    String::from_utf8_lossy(&LOGGED.lock().unwrap()).into_owned()
}

pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) token: Token,
    pub(crate) guards: Guards,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) publisher: Publisher,
    pub(crate) module: ContentHash,
    pub(crate) glue: ContentHash,
    /// A blob of the store that was never offered to anybody.
    pub(crate) unpublished: ContentHash,
    pub(crate) backend: Backend,
    pub(crate) pairing: Arc<Pairing>,
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) cancel: CancellationToken,
    pub(crate) ended: Mutex<Option<tokio::task::JoinHandle<()>>>,
    /// Kept open; nobody reads, as when the pipeline is busy. Roomy enough for all rows.
    _reports: mpsc::Receiver<ClientReport>,
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// The server that all rows share: what one row does must not help another.
pub(crate) fn shared() -> &'static TestServer {
    static SERVER: OnceLock<TestServer> = OnceLock::new();
    SERVER.get_or_init(|| TestServer::start(Guards::default()))
}

/// Runs a row and then asks what holds for every row.
pub(crate) fn check(server: &TestServer, name: &str, row: fn(&TestServer) -> Outcome) -> Outcome {
    row(server).map_err(|problem| format!("{name}: {problem}"))?;
    if PANICS.load(Ordering::SeqCst) > 0 {
        return Err(format!("{name}: the server panicked"));
    }
    if logged().contains(server.token.reveal()) {
        return Err(format!("{name}: the token is in the log"));
    }
    // The tests of a row included; the server itself stays far below.
    match resident_memory() {
        Some(bytes) if bytes > 1 << 30 => Err(format!("{name}: the process has grown to {bytes} bytes")),
        _ => Ok(()),
    }
}

fn resident_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    Some(text.split(' ').nth(1)?.parse::<u64>().ok()? * 4096)
}

impl TestServer {
    pub(crate) fn start(guards: Guards) -> Self {
        Self::with_backend(guards, Backend::start())
    }

    /// The same behind TLS, with a certificate that was made for it.
    pub(crate) fn encrypted(guards: Guards) -> Self {
        Self::at(guards, Backend::start(), (Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST), true)
    }

    pub(crate) fn with_backend(guards: Guards, backend: Backend) -> Self {
        Self::at(guards, backend, (Ipv4Addr::LOCALHOST, Ipv4Addr::LOCALHOST), false)
    }

    /// Asked at an address of the network, as from another machine; `None` where there is no such address.
    pub(crate) fn exposed(guards: Guards) -> Option<Self> {
        // Nothing is sent: the system only says from which address it would be.
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect("192.0.2.1:9").ok()?;
        let std::net::IpAddr::V4(own) = socket.local_addr().ok()?.ip() else { return None };
        (!own.is_loopback()).then(|| Self::at(guards, Backend::start(), (Ipv4Addr::UNSPECIFIED, own), false))
    }

    /// Listens at one address and is asked at another one.
    fn at(guards: Guards, backend: Backend, (listen, asked): (Ipv4Addr, Ipv4Addr), encrypted: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        project(&root, folder.path());
        let store = BlobStore::open(folder.path().join("blobs")).unwrap();
        let unpublished = store.put(SECRET.as_bytes()).unwrap();
        let module = store.put(b"\0asm\x01\0\0\0").unwrap();
        let glue = store.put(b"globalThis.Go = class {};").unwrap();
        let publisher = Publisher::new(Epoch::random().unwrap());
        publisher.set_programs(Revision::FIRST, [("app".to_owned(), Arc::new(manifest(&store)))]);
        let artifact = Artifact {
            revision: Revision::FIRST,
            program: "app".into(),
            module,
            size: 8,
            glue: Glue { kind: GlueKind::Go, hash: glue, size: 1 },
            symbols: Some(unpublished),
            stages: Vec::new(),
            warnings: Vec::new(),
            from_cache: false,
        };
        publisher.release(Made::whole(Arc::new(artifact), Vec::new()));
        let token = Token::open(&folder.path().join("state"), &root).unwrap();
        let target = format!("http://{}", backend.address);
        let state = folder.path().join("state");
        let tls = encrypted.then(|| Arc::new(Tls::generated(&state, &["localhost".to_owned()]).unwrap()));
        let devices = Devices::open(&state, token.project()).unwrap();
        let pairing = Arc::new(Pairing::new("http://lan.example/".to_owned(), devices));
        let options = HttpOptions {
            allowed_hosts: vec![LAN_NAME.parse().unwrap()],
            scripts: PageScripts {
                client: "/* client */".into(),
                worker: "/* worker */".into(),
                trees: "/* trees */".into(),
                events: "/* events */".into(),
                digest: "/* digest */".into(),
                mirror: "/* mirror */".into(),
                explain: "/* explain */".into(),
                measures: "/* measures */".into(),
                http3: "/* http3 */".into(),
                inspector: "/* inspector */".into(),
                receiver: "receiver".into(),
            },
            proxy: vec![ProxyRule::new("/api", &target).unwrap()],
            proxy_wait: Duration::from_millis(500),
            http3: dev_server::http::Http3::Always,
            pairing: Some(Arc::clone(&pairing)),
            tls: tls.clone(),
            guards,
            ..HttpOptions::new(token.clone(), store, Frames::new(root.clone(), root))
        };
        let cancel = CancellationToken::new();
        let (reports, receiver) = mpsc::channel(4096);
        let board = publisher.feed();
        let stop = cancel.clone();
        let listener = RUNTIME.block_on(tokio::net::TcpListener::bind((listen, 0))).unwrap();
        let address = SocketAddr::from((asked, listener.local_addr().unwrap().port()));
        let ended = RUNTIME.spawn(serve(options, listener, board, reports, stop));
        Self {
            address,
            token,
            guards,
            folder,
            publisher,
            module,
            glue,
            unpublished,
            backend,
            pairing,
            tls,
            cancel,
            ended: Mutex::new(Some(ended)),
            _reports: receiver,
        }
    }

    /// Replaces `@HOST`, `@PORT`, `@TOKEN` and `@COOKIE` (a whole header line).
    pub(crate) fn fill(&self, text: &str) -> String {
        let cookie = format!("Cookie: {}={}", self.token.cookie_name(), self.token.reveal());
        text.replace("@HOST", &self.address.to_string())
            .replace("@PORT", &self.address.port().to_string())
            .replace("@COOKIE", &cookie)
            .replace("@TOKEN", self.token.reveal())
    }

    /// Sends bytes as they are and checks what holds for every answer.
    pub(crate) fn send(&self, request: &[u8]) -> Result<Reply, String> {
        let reply = exchange(self.address, request);
        self.inspect(request, reply)
    }

    fn inspect(&self, request: &[u8], reply: Reply) -> Result<Reply, String> {
        let shown: String = String::from_utf8_lossy(request).chars().take(300).collect();
        let whole = format!("{}\n{}", reply.head, reply.text());
        if whole.contains(SECRET) || whole.contains("root:x:0:0") {
            return Err(format!("a secret came back for {shown:?}"));
        }
        let keeps_token = reply.status == 303 && reply.header("set-cookie").is_some();
        if whole.contains(self.token.reveal()) && !keeps_token {
            return Err(format!("the token came back for {shown:?}"));
        }
        if reply.status >= 500 {
            return Err(format!("{} for {shown:?}: {whole}", reply.status));
        }
        Ok(reply)
    }

    /// The same from another address, as far as the system has one: those of the loopback device are many on Linux only.
    pub(crate) fn send_from(&self, peer: [u8; 4], request: &[u8]) -> Result<Option<Reply>, String> {
        let Some(stream) = self.connect_from(peer) else { return Ok(None) };
        self.inspect(request, exchange_on(stream, request)).map(Some)
    }

    fn connect_from(&self, peer: [u8; 4]) -> Option<std::net::TcpStream> {
        RUNTIME.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().ok()?;
            socket.bind((peer, 0).into()).ok()?;
            let stream = socket.connect(self.address).await.ok()?.into_std().ok()?;
            stream.set_nonblocking(false).ok()?;
            Some(stream)
        })
    }

    /// A request whose lines are given, without the empty one at the end. The connection is closed after the answer.
    pub(crate) fn ask(&self, lines: &[&str]) -> Result<Reply, String> {
        self.send(self.fill(&format!("{}\r\nConnection: close\r\n\r\n", lines.join("\r\n"))).as_bytes())
    }

    /// A GET with the right Host and the cookie: whatever is refused is refused for its target or the added lines.
    pub(crate) fn get(&self, target: &str, more: &[&str]) -> Result<Reply, String> {
        let line = format!("GET {target} HTTP/1.1");
        self.ask(&[&[line.as_str(), "Host: @HOST", "@COOKIE"], more].concat())
    }

    /// The same, and its status must be one of `statuses`.
    pub(crate) fn expect(&self, target: &str, more: &[&str], statuses: &[u16]) -> Result<Reply, String> {
        expect(self.get(target, more)?, statuses, &format!("GET {target:.200} {more:?}"))
    }

    /// A WebSocket handshake with the right Host and the cookie.
    pub(crate) fn upgrade(&self, target: &str, more: &[&str], statuses: &[u16]) -> Outcome {
        let line = format!("GET {target} HTTP/1.1");
        let lines = [&[line.as_str()], more, &UPGRADE].concat();
        let request = self.fill(&format!("{}\r\n\r\n", lines.join("\r\n")));
        expect(self.send(request.as_bytes())?, statuses, &format!("upgrade {target} {more:?}")).map(drop)
    }
}

const UPGRADE: [&str; 4] = [
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

pub(crate) fn expect(reply: Reply, statuses: &[u16], what: &str) -> Result<Reply, String> {
    if statuses.contains(&reply.status) {
        Ok(reply)
    } else {
        Err(format!("{what}: {} instead of {statuses:?}: {} {}", reply.status, reply.head, reply.text()))
    }
}

pub(crate) fn ensure(holds: bool, what: impl Into<String>) -> Outcome {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn project(root: &Path, outside: &Path) {
    let write = |path: &Path| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, SECRET).unwrap();
    };
    for name in [".env", ".env.local", ".git/config", "key.pem", "main.go", "go.mod", "outside.html"] {
        write(&root.join(name));
    }
    write(&outside.join("secret.txt"));
    write(&outside.join("project-secret/x"));
    #[cfg(unix)]
    std::os::unix::fs::symlink(outside.join("secret.txt"), root.join("link")).unwrap();
}

fn manifest(store: &BlobStore) -> PageManifest {
    let files: [(&str, &str, &[u8]); 6] = [
        (
            "index.html",
            "text/html",
            b"<!doctype html><title>x</title><script>1</script><script src=\"https://cdn.example/a.js\"></script>",
        ),
        ("style.css", "text/css", b"body {}"),
        ("app.js", "text/javascript", b"export {};"),
        ("img/a b.png", "image/png", b"\x89PNG"),
        ("safe.txt", "text/plain", b"0123456789"),
        ("caf\u{e9}.txt", "text/plain", b"NFC"),
    ];
    let entries: BTreeMap<_, _> = files
        .into_iter()
        .map(|(path, media_type, bytes)| {
            let hash = store.put(bytes).unwrap();
            let size = bytes.len() as u64;
            (path.to_owned(), ManifestEntry { hash, media_type: media_type.to_owned(), size })
        })
        .collect();
    PageManifest::new(entries)
}

/// A backend behind the proxy: answers each request with what it was asked, and remembers it.
pub(crate) struct Backend {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Backend {
    pub(crate) fn start() -> Self {
        Self::on(std::net::TcpListener::bind("127.0.0.1:0").unwrap())
    }

    pub(crate) fn on(listener: std::net::TcpListener) -> Self {
        let address = listener.local_addr().unwrap();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&seen);
                std::thread::spawn(move || answer(stream, &seen));
            }
        });
        Self { address, heads }
    }

    /// Heads of all requests that came.
    pub(crate) fn heads(&self) -> String {
        self.heads.lock().unwrap().join("\n")
    }
}

fn answer(mut stream: std::net::TcpStream, seen: &Mutex<Vec<String>>) {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|count| count == 1) {
        bytes.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&bytes).into_owned();
    let upgrade = head.to_ascii_lowercase().contains("\r\nupgrade: ");
    seen.lock().unwrap().push(head.clone());
    if upgrade {
        let _ = stream
            .write_all(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
        let mut chunk = [0; 1024];
        while let Ok(count @ 1..) = stream.read(&mut chunk) {
            if stream.write_all(&chunk[..count]).is_err() {
                return;
            }
        }
        return;
    }
    let headers = "Server: backend/1.0\r\nX-Powered-By: x\r\nAccess-Control-Allow-Origin: *\r\n\
                   Set-Cookie: theirs=1\r\nConnection: close";
    let status =
        if head.contains(" /api/away") { "302 Found\r\nLocation: file:///etc/passwd" } else { "200 OK" };
    let body = if head.contains(" /api/echo") { head.as_str() } else { "backend" };
    let length = body.len();
    let _ = stream.write_all(
        format!("HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{body}").as_bytes(),
    );
}
