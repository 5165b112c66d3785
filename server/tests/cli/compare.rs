//! `compare`: the animation of a Go handler, and of the module that it has become.

use std::path::{Path, PathBuf};
use std::time::Duration;

use dev_server::process::{Conversation, Program};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::run::{Run, dev_server, run};
use crate::running::within;

/// The handlers of the example in a server of their own. Ends when it is dropped.
struct Handlers {
    address: String,
    _process: Conversation,
}

fn gif() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/gif")
}

impl Handlers {
    async fn start(home: &Path) -> Self {
        let environment = dev_server::environment::Environment::capture().unwrap();
        let variables = || environment.variables.iter();
        let server = home.join("handlers");
        let go = environment.find("go").expect("go is installed");
        let build = Program::new(go, gif()).args(["build", "-o"]).arg(&server).arg("./server");
        run(build.envs(variables())).await.ended_with(0);
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let process = Program::new(&server, home)
            .args(["-listen", &free.to_string()])
            .envs(variables())
            .converse(u64::MAX)
            .unwrap();
        within("the handlers listen", async {
            while TcpStream::connect(free).await.is_err() {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        })
        .await;
        Self { address: free.to_string(), _process: process }
    }

    /// The body of an answer.
    async fn get(&self, path: &str) -> Vec<u8> {
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let request = format!("GET {path} HTTP/1.0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let head = answer.windows(4).position(|end| end == b"\r\n\r\n").expect("a head");
        answer.split_off(head + 4)
    }

    async fn compare(&self, home: &Path, path: &str, program: &Path, more: &[&str]) -> Run {
        let url = format!("http://{}{path}", self.address);
        let mut arguments = vec!["compare", url.as_str(), program.to_str().unwrap()];
        arguments.extend(more);
        dev_server(home, &arguments).await
    }
}

#[tokio::test]
async fn a_module_shows_what_its_handler_shows() {
    let home = tempfile::tempdir().unwrap();
    let handlers = Handlers::start(home.path()).await;
    let compiled = ["--compiler", "go"];
    let said = handlers
        .compare(home.path(), "/plain?frames=5&width=60&height=40", &gif(), &compiled)
        .await
        .ended_with(0)
        .stdout;
    assert!(said.contains("60 x 40") && said.contains("0 of 12000 pixels differ"), "{said}");
    assert!(said.ends_with("the same\n"), "{said}");
    // The same over the messages of HTTP.
    let more = [&compiled[..], &["--http", "--json"]].concat();
    let line = handlers
        .compare(home.path(), "/pooled?frames=3", &gif().join("endpoint"), &more)
        .await
        .ended_with(0)
        .json();
    assert_eq!((&line["same"], &line["program"]["frames"]), (&true.into(), &3.into()), "{line}");
    // What one refuses the other refuses with the same words.
    let refused = handlers.compare(home.path(), "/plain?frames=0", &gif().join("endpoint"), &more).await;
    let line = refused.ended_with(0).json();
    assert_eq!(line["handler"]["status"], 400, "{line}");
}

#[tokio::test]
async fn where_they_differ_is_shown() {
    let home = tempfile::tempdir().unwrap();
    let handlers = Handlers::start(home.path()).await;
    let other = ["--compiler", "go", "--header", r#"{"frames":5,"width":60,"height":41}"#];
    let said = handlers
        .compare(home.path(), "/plain?frames=5&width=60&height=40", &gif(), &other)
        .await
        .ended_with(1);
    assert!(said.stdout.contains("differs: size: 60 x 40 and 60 x 41"), "{said:?}");
    // One colour of the palette is another one. That of this handler lies behind the head of the file.
    let mut gif_of_handler = handlers.get("/pooled?frames=2&width=60&height=40").await;
    gif_of_handler[13] ^= 0x40;
    let other = answering(gif_of_handler).await;
    let url = format!("http://{other}/?frames=2&width=60&height=40");
    let program = gif();
    let arguments = ["compare", &url, program.to_str().unwrap(), "--compiler", "go", "--heat-map", "map.png"];
    let said = dev_server(home.path(), &arguments).await.ended_with(1);
    assert!(said.stdout.contains("by at most 64") && said.stdout.contains("% are tolerated"), "{said:?}");
    assert!(said.stdout.ends_with("map.png shows where\n"), "{said:?}");
    assert!(std::fs::read(home.path().join("map.png")).unwrap().starts_with(b"\x89PNG"));
}

/// A server that answers everybody with this; gives its address.
async fn answering(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut head = [0; 4096];
            let _ = stream.read(&mut head).await;
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
            let _ = stream.write_all(&[answer.as_bytes(), &body].concat()).await;
        }
    });
    address
}

#[tokio::test]
async fn what_cannot_be_compared_is_said() {
    let home = tempfile::tempdir().unwrap();
    let program = gif();
    let program = program.to_str().unwrap();
    let said = dev_server(home.path(), &["compare", "127.0.0.1:1/x", program]).await.ended_with(2).stderr;
    assert!(said.contains("is not the address of a handler"), "{said}");
    let said =
        dev_server(home.path(), &["compare", "http://127.0.0.1:1/x", program]).await.ended_with(1).stderr;
    assert!(said.contains("does not answer") && said.contains("start the handler first"), "{said}");
}
