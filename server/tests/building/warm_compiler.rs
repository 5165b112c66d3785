//! The warm compiler that was made on this machine, spoken to as the server does.

use std::path::Path;
use std::time::Duration;

use dev_server::process::{Conversation, Program};
use dev_server_proto::compiler::{Link, Open, Reply, Request, Revise, Source, reply, request};
use prost::Message as _;

use crate::project::Project;
use crate::tools;

const MEMORY: u64 = 4 << 30;

/// A cold cache needs the objects of the standard library, which other tests compile at the same time.
const DEADLINE: Duration = Duration::from_mins(5);

const MAIN: &str = "package main\n\nimport \"strconv\"\n\nfunc twice(n int) int { return n * 2 }\n\nfunc main() { println(strconv.Itoa(twice(21))) }\n";

struct Compiler {
    conversation: Conversation,
    last: u64,
}

impl Compiler {
    async fn ask(&mut self, body: request::Body) -> reply::Body {
        self.last += 1;
        let request = Request { id: self.last, body: Some(body) };
        self.conversation.send(request.encode_to_vec().into()).unwrap();
        let frame = tokio::time::timeout(DEADLINE, self.conversation.receive()).await.unwrap().unwrap();
        let reply = Reply::decode(frame).unwrap();
        assert_eq!(reply.id, self.last);
        reply.body.unwrap()
    }
}

fn text(path: &Path) -> String {
    path.to_str().unwrap().to_owned()
}

#[tokio::test]
async fn it_opens_a_program_tells_its_facts_and_links_it() {
    let (found, go, mut environment) =
        (tools::warm_compiler().await, tools::go_tool().await, tools::environment());
    // Neither reaches it: with either of them `go list` would fail.
    environment.variables.insert("GOFLAGS".into(), "-toolexec=/nowhere".into());
    environment.variables.insert("TINYGOROOT".into(), "/nowhere".into());
    let project = Project::with_files(&[("main.go", MAIN)]);
    let program =
        Program::new(&found.binary, project.folder.path()).envs(found.clean_environment(&go, &environment));
    let mut compiler = Compiler { conversation: program.converse(MEMORY).unwrap(), last: 0 };

    let open = Open {
        package_folder: text(project.folder.path()),
        target: text(&found.target),
        build_tags: Vec::new(),
        cache_folder: text(&found.objects),
        clang: text(&found.clang),
        linker: text(&found.linker),
    };
    match compiler.ask(request::Body::Open(open)).await {
        reply::Body::Opened(opened) => {
            assert!(opened.identity.contains(&format!("TinyGo {}", found.version)), "{opened:?}");
            assert!(opened.identity.contains(&format!("go{}", go.version)), "{opened:?}");
        }
        other => panic!("{other:?}"),
    }

    let first =
        fingerprint(compiler.ask(request::Body::Revise(Revise { list: true, sources: vec![] })).await);
    let edited = MAIN.replace("n * 2", "n + n");
    let source = Source { path: text(&project.path("main.go")), content: edited.into_bytes().into() };
    let revise = Revise { list: false, sources: vec![source] };
    assert_ne!(fingerprint(compiler.ask(request::Body::Revise(revise)).await), first);

    let output = project.cache.path().join("linked.wasm");
    match compiler.ask(request::Body::Link(Link { output: text(&output) })).await {
        reply::Body::Linked(linked) => assert!(linked.objects.iter().any(|object| object.user)),
        other => panic!("{other:?}"),
    }
    assert!(std::fs::read(&output).unwrap().starts_with(b"\0asm"));
}

/// Of the function `twice`.
fn fingerprint(reply: reply::Body) -> Vec<u8> {
    let reply::Body::Revised(revised) = reply else { panic!("{reply:?}") };
    let mut functions = revised.packages.into_iter().flat_map(|package| package.functions);
    functions.find(|function| function.name == "main.twice").unwrap().fingerprint.to_vec()
}
