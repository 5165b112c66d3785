//! Sessions over HTTP/3: who may begin one, and what a client can do to the server on it. The client is of the same
//! library as the server and believes the certificate by its hash, as a browser does.

use std::time::Duration;

use dev_server_proto::v1::{self, client_frame::Body, server_frame::Body as Said};
use dev_server_proto::{CloseCode, PROTOCOL_VERSION, decode_server, encode_client};
use wtransport::tls::Sha256Digest;
use wtransport::{ClientConfig, Connection, Endpoint, RecvStream, SendStream};

use crate::fixture::{Outcome, RUNTIME, TestServer, ensure};

const WAIT: Duration = Duration::from_secs(20);

/// What a page is told at `/__dev/transport`.
struct Invitation {
    ticket: String,
    certificate: Sha256Digest,
}

fn invitation(server: &TestServer) -> Result<Invitation, String> {
    let reply = server.expect("/__dev/transport", &["Origin: http://@HOST"], &[200])?;
    let text = reply.text();
    let json: serde_json::Value =
        serde_json::from_str(text.trim()).map_err(|error| format!("{error}: {text}"))?;
    let field = |name: &str| json[name].as_str().map(str::to_owned).ok_or(format!("no {name}: {text}"));
    if json["port"] != server.address.port() {
        return Err(format!("another port: {text}"));
    }
    let hash = decode_base64(&field("certificate")?).try_into().map_err(|_| "not a SHA-256".to_owned())?;
    Ok(Invitation { ticket: field("ticket")?, certificate: Sha256Digest::new(hash) })
}

fn decode_base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bits = text.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let (mut bytes, mut buffer, mut count) = (Vec::new(), 0_usize, 0);
    for value in bits {
        buffer = buffer << 6 | value;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((buffer >> count) as u8);
        }
    }
    bytes
}

async fn connect(
    server: &TestServer,
    certificate: &Sha256Digest,
    path: &str,
    origin: Option<&str>,
) -> Result<Connection, String> {
    let config = ClientConfig::builder()
        .with_bind_default()
        .with_server_certificate_hashes([certificate.clone()])
        .build();
    let endpoint = Endpoint::client(config).map_err(|error| error.to_string())?;
    let mut options =
        wtransport::endpoint::ConnectOptions::builder(format!("https://{}{path}", server.address));
    if let Some(origin) = origin {
        options = options.add_header("origin", origin);
    }
    let connecting = tokio::time::timeout(WAIT, endpoint.connect(options.build())).await;
    connecting.map_err(|_| "no answer".to_owned())?.map_err(|error| error.to_string())
}

/// A session that has been let in.
struct Session {
    connection: Connection,
    to: SendStream,
    from: RecvStream,
}

impl Session {
    async fn begin(server: &TestServer, invitation: &Invitation) -> Result<Self, String> {
        let origin = format!("http://{}", server.address);
        let path = format!("/__dev/socket?ticket={}", invitation.ticket);
        let connection = connect(server, &invitation.certificate, &path, Some(&origin)).await?;
        let opening = connection.open_bi().await.map_err(|error| error.to_string())?;
        let (to, from) = opening.await.map_err(|error| error.to_string())?;
        Ok(Self { connection, to, from })
    }

    async fn say(&mut self, body: Body) -> Outcome {
        let frame = encode_client(&v1::ClientFrame { body: Some(body) });
        let record = [&(frame.len() as u32).to_be_bytes()[..], &frame].concat();
        self.to.write_all(&record).await.map_err(|error| error.to_string())
    }

    /// The next frame, or the close code.
    async fn hear(&mut self) -> Result<Result<Said, u16>, String> {
        let words = |error: &dyn std::fmt::Display| error.to_string();
        let read = async {
            let mut length = [0; 4];
            self.from.read_exact(&mut length).await.map_err(|error| words(&error))?;
            let length = u32::from_be_bytes(length) as usize;
            if length == 0 {
                let mut code = [0; 2];
                self.from.read_exact(&mut code).await.map_err(|error| words(&error))?;
                return Ok(Err(u16::from_be_bytes(code)));
            }
            let mut frame = vec![0; length];
            self.from.read_exact(&mut frame).await.map_err(|error| words(&error))?;
            let body = decode_server(&frame).map_err(|error| words(&error))?.body;
            body.map(Ok).ok_or_else(|| "an empty frame".to_owned())
        };
        tokio::time::timeout(WAIT, read).await.map_err(|_| "nothing was heard".to_owned())?
    }

    async fn greet(&mut self) -> Outcome {
        self.say(hello()).await?;
        let first = self.hear().await?;
        ensure(matches!(first, Ok(Said::Welcome(_))), format!("{first:?} instead of a welcome"))
    }
}

fn hello() -> Body {
    Body::Hello(v1::Hello {
        protocol_version: PROTOCOL_VERSION,
        program: "app".into(),
        ..v1::Hello::default()
    })
}

pub(crate) fn b6(server: &TestServer) -> Outcome {
    let invitation = invitation(server)?;
    RUNTIME.block_on(async {
        let mut session = Session::begin(server, &invitation).await?;
        session.greet().await?;
        let again = Session::begin(server, &invitation).await;
        ensure(again.is_err(), "a ticket opened two sessions")?;
        // The first one goes on.
        session.say(hello()).await?;
        loop {
            match session.hear().await? {
                Ok(Said::ProtocolError(_)) => return Ok(()),
                Ok(_) => {}
                Err(code) => return Err(format!("closed with {code}")),
            }
        }
    })
}

pub(crate) fn g6(server: &TestServer) -> Outcome {
    server.ask(&["GET /__dev/transport HTTP/1.1", "Host: @HOST"]).and_then(|reply| {
        ensure(reply.status == 401, format!("an invitation without the token: {}", reply.status))
    })?;
    server.expect("/__dev/transport", &["Origin: http://evil.example"], &[403])?;
    server.expect("/__dev/transport", &["Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"], &[403])?;
    let own = format!("http://{}", server.address);
    let cases = [
        ("no ticket", "/__dev/socket", Some(own.as_str())),
        ("a wrong ticket", "/__dev/socket?ticket=AAAAAAAAAAAAAAAAAAAAAA", Some(own.as_str())),
        ("another path", "/__dev/transport?ticket=@TICKET", Some(own.as_str())),
        ("no origin", "/__dev/socket?ticket=@TICKET", None),
        ("a foreign origin", "/__dev/socket?ticket=@TICKET", Some("http://evil.example")),
        ("the origin null", "/__dev/socket?ticket=@TICKET", Some("null")),
        ("a similar origin", "/__dev/socket?ticket=@TICKET", Some("http://127.0.0.1.evil.example:@PORT")),
        ("another scheme", "/__dev/socket?ticket=@TICKET", Some("https://127.0.0.1:@PORT")),
    ];
    for (name, path, origin) in cases {
        let invitation = invitation(server)?;
        let path = server.fill(path).replace("@TICKET", &invitation.ticket);
        let origin = origin.map(|origin| server.fill(origin));
        let connected = RUNTIME.block_on(connect(server, &invitation.certificate, &path, origin.as_deref()));
        ensure(connected.is_err(), format!("{name}: a session began"))?;
    }
    Ok(())
}

pub(crate) fn g7(server: &TestServer) -> Outcome {
    let invitation = invitation(server)?;
    RUNTIME.block_on(async {
        // Packets that begin nothing, from many addresses.
        for number in 0..500_u32 {
            let socket =
                tokio::net::UdpSocket::bind("127.0.0.1:0").await.map_err(|error| error.to_string())?;
            let mut packet = vec![0xc0, 0, 0, 0, 1, 8];
            packet.extend(number.to_be_bytes().repeat(400));
            packet.truncate(1200);
            let _ = socket.send_to(&packet, server.address).await;
        }
        let mut session = Session::begin(server, &invitation).await?;
        session.greet().await
    })
}

pub(crate) fn g8(server: &TestServer) -> Outcome {
    let invitation = invitation(server)?;
    RUNTIME.block_on(async {
        let mut session = Session::begin(server, &invitation).await?;
        session.greet().await?;
        for _ in 0..10_000 {
            let _ = session.connection.send_datagram(vec![0; 1000]);
        }
        // More streams than are allowed: the ninth waits for ever, and holds up nothing.
        let mut open = Vec::new();
        let flood = async {
            loop {
                let Ok(opening) = session.connection.open_uni().await else { return };
                let Ok(stream) = opening.await else { return };
                open.push(stream);
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(300), flood).await;
        ensure(open.len() < 16, format!("{} streams at a time", open.len()))?;
        session.say(hello()).await?;
        loop {
            match session.hear().await? {
                Ok(Said::ProtocolError(_)) => break,
                Ok(_) => {}
                Err(code) => return Err(format!("closed with {code}")),
            }
        }
        session.to.write_all(&[0xff; 4]).await.map_err(|error| error.to_string())?;
        let end = loop {
            match session.hear().await? {
                Ok(_) => {}
                Err(code) => break code,
            }
        };
        ensure(end == CloseCode::BadMessage.code(), format!("a frame of 4 GiB was closed with {end}"))
    })
}
