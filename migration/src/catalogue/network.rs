//! The network.

use crate::entry::Entry;
use crate::kind::Kind::Io;
use crate::verdict::Outcome::{Fails, Refused, Works};

const OUT: &str = "a guest has no network: let the host ask, and hand the answer over on stdin or as a file";
const IN: &str = "a guest cannot listen: let the host serve and answer one request a run (`dev-server serve --host-module`)";
const HANDLER: &str = "TinyGo without its net package has no net/http: build with Go, or read the request as a message (`dev-server serve --host-module`)";

pub(super) const ENTRIES: &[Entry] = &[
    Entry::new("net", &["Dial*", "Dialer"], Io, [Refused, Refused, Fails], OUT),
    Entry::new("net", &["Listen*", "ListenConfig", "FileListener"], Io, [Refused, Refused, Fails], IN),
    Entry::new(
        "net",
        &["Lookup*", "Resolve*", "DefaultResolver", "Resolver"],
        Io,
        [Refused, Refused, Fails],
        OUT,
    ),
    Entry::new(
        "net",
        &["Interfaces", "InterfaceAddrs", "InterfaceByName"],
        Io,
        [Refused, Refused, Fails],
        "a guest has no interfaces: take addresses as arguments",
    )
    .finally(),
    Entry::new(
        "net",
        &["ParseIP", "ParseCIDR", "SplitHostPort", "JoinHostPort", "IP*"],
        Io,
        [Refused, Refused, Works],
        "use net/netip, which TinyGo has too",
    ),
    Entry::new("net", &["Pipe"], Io, [Refused, Refused, Works], "use io.Pipe"),
    Entry::new("net/netip", &["*"], Io, [Works, Works, Works], ""),
    Entry::new("net/url", &["*"], Io, [Works, Works, Works], ""),
    Entry::new(
        "net/http",
        &["Get", "Post", "PostForm", "Head", "Client", "DefaultClient", "Transport", "DefaultTransport"],
        Io,
        [Refused, Refused, Fails],
        OUT,
    ),
    Entry::new("net/http", &["ListenAndServe*", "Serve*", "Server"], Io, [Refused, Refused, Fails], IN),
    Entry::new(
        "net/http",
        &["Handle*", "Handler*", "NewServeMux", "ResponseWriter", "Error"],
        Io,
        [Refused, Refused, Works],
        HANDLER,
    ),
    Entry::new(
        "net/http",
        &["NewRequest*", "Request", "Header", "Response"],
        Io,
        [Refused, Refused, Works],
        HANDLER,
    ),
    Entry::new("net/rpc", &["Dial*"], Io, [Refused, Refused, Fails], OUT),
    Entry::new("net/smtp", &["SendMail", "Dial"], Io, [Refused, Refused, Fails], OUT),
    Entry::new(
        "crypto/tls",
        &["Dial*", "Listen", "Client", "Server"],
        Io,
        [Refused, Refused, Fails],
        "a guest has no network: let the host encrypt",
    ),
    Entry::new(
        "crypto/x509",
        &["SystemCertPool"],
        Io,
        [Refused, Refused, Fails],
        "give the certificates as a file, and read them with AppendCertsFromPEM",
    ),
    Entry::new(
        "log/syslog",
        &["*"],
        Io,
        [Refused, Refused, Fails],
        "write to stderr, and let the host pass it on",
    ),
];
