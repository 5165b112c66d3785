//! What is answered to HTTP without TLS on a port that wants TLS: where to go, and nothing else.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::http::guard::Admitted;

/// Bytes of a head that are looked at.
const LONGEST: usize = 8 * 1024;

/// Reads the head and leads a browser to the start page over TLS: what was asked for may have the token in it, and it has
/// been read on the way. The caller limits the time.
pub(in crate::http) async fn send_away<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    admitted: &Admitted,
    local: SocketAddr,
) {
    let mut head = Vec::with_capacity(1024);
    while !head.windows(4).any(|window| window == b"\r\n\r\n") && head.len() < LONGEST {
        match stream.read_buf(&mut head).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return,
        }
    }
    let _ = stream.write_all(answer(&head, admitted, local).as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn answer(head: &[u8], admitted: &Admitted, local: SocketAddr) -> String {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let is_get = lines.next().is_some_and(|line| line.starts_with("GET /"));
    let mut hosts = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("host").then(|| value.trim())
    });
    let host = hosts.next().filter(|_| hosts.next().is_none()).and_then(|host| host.parse().ok());
    let host = host.filter(|host| is_get && admitted.serves(host, local));
    let (status, location) = match &host {
        Some(host) => ("308 Permanent Redirect", format!("Location: https://{host}/\r\n")),
        None => ("400 Bad Request", String::new()),
    };
    let text = "This port speaks HTTPS only: write https:// in front of the address.\n";
    // Not for ever: without --tls the same port speaks HTTP again.
    format!(
        "HTTP/1.1 {status}\r\n{location}Cache-Control: no-store\r\nContent-Type: text/plain; charset=utf-8\r\n\
         X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{text}",
        text.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_to_a_name_of_ours_and_never_with_what_was_asked() {
        let answer = |head: &str| {
            let local = "192.0.2.7:7700".parse().unwrap();
            answer(head.as_bytes(), &Admitted::default(), local)
        };
        let text = answer("GET /app/?token=s3cret HTTP/1.1\r\nHost: LocalHost:7700\r\n\r\n");
        assert!(text.starts_with("HTTP/1.1 308 "), "{text}");
        assert!(
            text.contains("\r\nLocation: https://localhost:7700/\r\n") && !text.contains("s3cret"),
            "{text}"
        );
        for head in [
            "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
            "GET / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "\0\0\0\0",
        ] {
            let text = answer(head);
            assert!(text.starts_with("HTTP/1.1 400 ") && !text.contains("Location"), "{text}");
            assert!(text.contains("https://"), "{text}");
        }
    }
}
