//! Rows B: the token.

use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Instant;

use dev_server::http::Token;

use crate::fixture::{Outcome, TestServer, ensure, expect, logged};

fn ask_with(server: &TestServer, token: &str, statuses: &[u16]) -> Outcome {
    let cookie = format!("Cookie: {}={token}", server.token.cookie_name());
    let bearer = format!("Authorization: Bearer {token}");
    let query = format!("GET /app/?token={token} HTTP/1.1");
    let plain = "GET /app/ HTTP/1.1";
    for lines in
        [[plain, "Host: @HOST", &cookie], [plain, "Host: @HOST", &bearer], [&query, "Host: @HOST", "A: b"]]
    {
        let what: String = lines.join(" ").chars().take(120).collect();
        expect(server.ask(&lines)?, statuses, &what)?;
    }
    Ok(())
}

pub(crate) fn b1(server: &TestServer) -> Outcome {
    let right = server.token.reveal();
    ask_with(server, "", &[401])?;
    ask_with(server, &right[..right.len() - 1], &[401])?;
    ask_with(server, &format!("{right}A"), &[401])?;
    ask_with(server, &"A".repeat(right.len()), &[401])?;
    let flipped: String = right
        .chars()
        .map(|letter| {
            if letter.is_ascii_lowercase() {
                letter.to_ascii_uppercase()
            } else {
                letter.to_ascii_lowercase()
            }
        })
        .collect();
    ask_with(server, &flipped, &[401])?;
    // Never read to its end, let alone compared.
    ask_with(server, &"A".repeat(1 << 20), &[400, 401, 414, 431])
}

pub(crate) fn b2(server: &TestServer) -> Outcome {
    // A server of its own: the wrong tokens of all rows together would be too many from one address.
    let server = &TestServer::start(server.guards);
    let state = server.folder.path().join("other-state");
    let root = server.folder.path().join("project");
    let other_user = Token::open(&state, &root).map_err(|error| error.to_string())?;
    ask_with(server, other_user.reveal(), &[401])?;
    let other_project = Token::open(&state, Path::new("/other")).map_err(|error| error.to_string())?;
    ask_with(server, other_project.reveal(), &[401])?;
    let replaced = Token::replace(&state, &root).map_err(|error| error.to_string())?;
    ensure(!replaced.matches(other_user.reveal().as_bytes()), "a token from before --new-token still counts")
}

pub(crate) fn b3(server: &TestServer) -> Outcome {
    // A server of its own: the address of this test is going to be slowed down.
    let server = TestServer::start(server.guards);
    let wrong = server.fill("GET /app/?token=wrong HTTP/1.1\r\nHost: @HOST\r\n\r\n");
    let last = server.fill("GET /app/?token=wrong HTTP/1.1\r\nHost: @HOST\r\nConnection: close\r\n\r\n");
    let mut statuses = String::new();
    for _ in 0..20 {
        let mut stream = std::net::TcpStream::connect(server.address).unwrap();
        let mut writer = stream.try_clone().unwrap();
        let requests = format!("{}{last}", wrong.repeat(499));
        // Written beside the reading: neither side has room for all of the other's bytes.
        let written = std::thread::spawn(move || writer.write_all(requests.as_bytes()));
        let mut text = String::new();
        std::io::Read::read_to_string(&mut stream, &mut text).map_err(|error| error.to_string())?;
        written.join().unwrap().map_err(|error| error.to_string())?;
        statuses.extend(
            text.lines()
                .filter(|line| line.starts_with("HTTP/1.1 "))
                .map(|line| line[9..12].to_owned() + " "),
        );
    }
    let count = |status: &str| statuses.split(' ').filter(|found| *found == status).count();
    ensure(count("401") + count("429") == 10_000, "not every wrong token was answered")?;
    ensure(count("429") > 9_000, format!("only {} answers said to slow down", count("429")))?;
    // The right one is never locked out: not from here, and not from anywhere else.
    server.expect("/app/", &[], &[200])?;
    let request = server.fill("GET /app/ HTTP/1.1\r\nHost: @HOST\r\n@COOKIE\r\nConnection: close\r\n\r\n");
    match server.send_from([127, 0, 0, 2], request.as_bytes())? {
        Some(reply) => expect(reply, &[200], "another peer").map(drop),
        None => Ok(()),
    }
}

pub(crate) fn b5(server: &TestServer) -> Outcome {
    let token = server.token.reveal();
    // As many ways to get the token into an answer, a log or a backend as there are.
    server.expect("/nothing?token=@TOKEN", &["Authorization: Bearer @TOKEN"], &[404])?;
    server.expect("/@TOKEN", &[], &[404])?;
    server.expect("/app/?a=1&token=@TOKEN", &[], &[303])?;
    server.expect("/%zz?token=@TOKEN", &[], &[400])?;
    let more = [
        "Authorization: Bearer @TOKEN",
        "Referer: http://@HOST/?token=@TOKEN",
        "X-Own: @TOKEN",
        "Cookie: theirs=1",
    ];
    server.expect("/api/x?token=@TOKEN&a=1", &more, &[200])?;
    let heads = server.backend.heads();
    ensure(heads.contains("GET /api/x?a=1 ") && heads.contains("theirs=1"), &*heads)?;
    ensure(
        !heads.contains(token) && !heads.contains(server.token.cookie_name()),
        "the backend got the token",
    )?;
    ensure(logged().contains("answered"), "nothing was logged, so nothing was proved")?;
    ensure(!logged().contains(token), "the log has the token")?;
    ensure(!format!("{:?}", server.token).contains(token), "Debug shows the token")?;
    let arguments = std::env::args().collect::<Vec<_>>().join(" ");
    ensure(!arguments.contains(token), "the arguments of the process have the token")
}

pub(crate) fn b8(server: &TestServer) -> Outcome {
    let mut files =
        std::fs::read_dir(server.folder.path().join("state/tokens")).map_err(|error| error.to_string())?;
    let file = files.next().ok_or("no token file")?.map_err(|error| error.to_string())?.path();
    let mode = std::fs::metadata(&file).map_err(|error| error.to_string())?.permissions().mode();
    ensure(mode & 0o777 == 0o600, format!("{mode:o}"))?;
    ensure(!file.starts_with(server.folder.path().join("project")), "the token lies in the project")?;
    let process = std::process::id();
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    for target in [
        format!("/jpserver-{process}.json"),
        format!("/state/tokens/{name}"),
        format!("/app/tokens/{name}"),
        "/__dev/token".into(),
    ] {
        server.expect(&target, &[], &[404])?;
    }
    Ok(())
}

/// A shared prefix with the right token must not show in the time of the comparison: less than a twentieth of it.
/// Measured in pairs and in changing order; one quiet attempt of several is enough, since noise can only make a
/// difference, not hide one that is there in all of them. The plain comparison of bytes shows that it would be seen.
#[test]
fn b7_comparison_takes_the_same_time() {
    let state = tempfile::tempdir().unwrap();
    let token = Token::open(state.path(), Path::new("/project")).unwrap();
    let right = token.reveal().to_owned();
    let other = |letter: char| if letter == 'A' { 'B' } else { 'A' };
    let last = right.chars().next_back().unwrap();
    let near = format!("{}{}", &right[..right.len() - 1], other(last));
    let far: String = right.chars().map(other).collect();
    let kept = score(&near, &far, |guess| token.matches(guess));
    assert!(kept < 0.05, "a guess that begins like the token takes {kept} longer");
    let plain = score(&near, &far, |guess| {
        guess.iter().zip(right.as_bytes()).all(|(guess, right)| std::hint::black_box(guess) == right)
    });
    assert!(plain > 0.5, "the measurement does not see {plain}");
}

/// By which part of its time the comparison with `near` takes longer or shorter than that with `far`, in the quietest
/// of ten attempts.
fn score(near: &str, far: &str, matches: impl Fn(&[u8]) -> bool) -> f64 {
    let time = |guess: &str| {
        let start = Instant::now();
        for _ in 0..100 {
            assert!(!std::hint::black_box(matches(std::hint::black_box(guess.as_bytes()))));
        }
        start.elapsed().as_nanos() as f64
    };
    let attempt = || {
        let mut pairs: Vec<(f64, f64)> = (0..500)
            .map(|round| {
                if round % 2 == 0 {
                    let near = time(near);
                    (near, time(far))
                } else {
                    let far = time(far);
                    (time(near), far)
                }
            })
            .collect();
        // The middle half: the rest are interruptions by other processes.
        pairs.sort_by(|left, right| (left.0 - left.1).total_cmp(&(right.0 - right.1)));
        let middle = &pairs[125..375];
        let (near, far) = middle.iter().fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        ((near - far) / far).abs()
    };
    (0..10).map(|_| attempt()).fold(f64::INFINITY, f64::min)
}
