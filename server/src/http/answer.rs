//! Answers that need no file: refusals, redirects and small pages, and the headers that every answer bears.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};

/// What a route gives back.
pub(super) type Answer = Response<Body>;

/// Policy of pages that hold nothing but text and links.
const TEXT_ONLY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// On every answer. Isolation (COOP, COEP) is on all of them and not on pages only: a worker's script needs it too.
const ALWAYS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "credentialless"),
];

/// Puts the headers that every answer bears on `answer`.
pub(super) fn secure(answer: &mut Answer) {
    for (name, value) in ALWAYS {
        answer.headers_mut().insert(name, HeaderValue::from_static(value));
    }
}

/// A small page that is never kept: `title` and `paragraphs` are text and are escaped here.
pub(super) fn page(status: StatusCode, title: &str, paragraphs: &[&str]) -> Answer {
    let body = paragraphs.iter().fold(String::new(), |body, text| body + "<p>" + &escape(text) + "</p>\n");
    html(status, title, &body)
}

/// The list of programs, for a project that has several.
pub(super) fn list<'a>(programs: impl Iterator<Item = &'a str>) -> Answer {
    let items = programs.map(escape).fold(String::new(), |items, name| {
        items + "<li><a href=\"/" + &name + "/\">" + &name + "</a></li>\n"
    });
    html(StatusCode::OK, "Programs", &format!("<ul>\n{items}</ul>\n"))
}

fn html(status: StatusCode, title: &str, body: &str) -> Answer {
    let title = escape(title);
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title></head>\n\
         <body>\n<h1>{title}</h1>\n{body}</body>\n</html>\n"
    );
    let mut answer = Response::new(Body::from(text));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(TEXT_ONLY));
    answer
}

/// Data for a script, never kept.
pub(super) fn json(json: String) -> Answer {
    text("application/json", json)
}

/// Plain text for a program, never kept.
pub(super) fn text(media_type: &'static str, text: String) -> Answer {
    let mut answer = Response::new(Body::from(text));
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Fixed text: nothing of the request is repeated.
pub(super) fn not_found() -> Answer {
    page(StatusCode::NOT_FOUND, "Not found", &["Only files of the page's closed list are served."])
}

/// The page of those who do not bring the token; `pairing` is the path where devices are let in.
pub(super) fn unauthorized(pairing: Option<&str>) -> Answer {
    let pair = pairing.map(|path| {
        format!("<p>On a phone or another machine: <a href=\"/{path}\">pair this device</a>.</p>\n")
    });
    let body = "<p>Open the address with ?token= that dev-server printed in the terminal when it started.</p>\n\
                <p>If you just followed such a link from another page, load this page once more: \
                browsers hold a new cookie back when a link of another site leads here.</p>\n";
    let body = body.to_owned() + &pair.unwrap_or_default();
    let mut answer = html(StatusCode::UNAUTHORIZED, "Token needed", &body);
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer
}

/// How a device comes to trust the certificate that was made here, which lies at the path `authority`.
pub(super) fn trust(authority: &str, fingerprint: &str) -> Answer {
    let fingerprint = escape(fingerprint);
    let body = format!(
        "<p>The connection is encrypted with a certificate of dev-server's own, which no device knows yet. To end the \
         warning, trust the authority that has signed it: it can vouch for addresses and for names of local networks only.</p>\n\
         <ol>\n<li>Get <a href=\"/{authority}\">its certificate</a>.</li>\n\
         <li>Compare its SHA-256 fingerprint with the one in the terminal:<br><code>{fingerprint}</code></li>\n\
         <li>iPhone, iPad: install the profile in Settings, then switch it on in General, About, Certificate Trust \
         Settings. Android: Settings, Security, Install a certificate, CA certificate. macOS: open it with Keychain \
         Access and trust it always. Windows: install it into Trusted Root Certification Authorities. Firefox and \
         Chrome on Linux: Settings, Privacy and security, Certificates, Authorities, Import.</li>\n</ol>\n\
         <p>Take it out again when you need it no more.</p>\n"
    );
    html(StatusCode::OK, "Trust this server", &body)
}

/// A guard or a parser said no.
pub(super) fn refused(status: StatusCode, reason: &str) -> Answer {
    page(status, status.canonical_reason().unwrap_or("Refused"), &[reason])
}

/// Somebody guesses.
pub(super) fn slow_down(reason: &str) -> Answer {
    let mut answer = refused(StatusCode::TOO_MANY_REQUESTS, reason);
    answer.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    answer
}

/// No script reads it, and no page of another site makes a browser send it. A name that says so goes over TLS only.
pub(super) fn set_cookie(answer: &mut Answer, name: &str, secret: &str, seconds: u64) {
    let secure = if name.starts_with("__Host-") { "; Secure" } else { "" };
    let cookie = format!("{name}={secret}; HttpOnly; SameSite=Strict; Path=/; Max-Age={seconds}{secure}");
    if let Ok(mut cookie) = HeaderValue::from_str(&cookie) {
        cookie.set_sensitive(true);
        answer.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}

/// A redirect that nobody keeps. A `location` that is no header value gives a 404: it was in no list of ours.
pub(super) fn redirect(status: StatusCode, location: &str) -> Answer {
    let Ok(location) = HeaderValue::from_str(location) else { return not_found() };
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::LOCATION, location);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// Text as it stands between tags or in a quoted attribute.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            character => out.push(character),
        }
    }
    out
}
