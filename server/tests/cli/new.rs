//! `new`: what it writes compiles, with both compilers, and without this program.

use dev_server::environment::Environment;
use dev_server::process::Program;

use crate::run::{dev_server, names, run};

#[tokio::test]
async fn a_new_project_compiles_with_go_alone() {
    let home = tempfile::tempdir().unwrap();
    let said = dev_server(home.path(), &["new", "clicks"]).await.ended_with(0);
    assert!(said.stdout.ends_with("next:\n  cd clicks\n  dev-server serve\n"), "{said:?}");
    let environment = Environment::capture().unwrap();
    for arguments in [&["build", "-o", "main.wasm", "."][..], &["vet", "./..."]] {
        let go = Program::new(environment.find("go").unwrap(), home.path().join("clicks"))
            .args(arguments)
            .envs(&environment.variables)
            .env("GOOS", "js")
            .env("GOARCH", "wasm")
            // Nothing has to be downloaded.
            .env("GOFLAGS", "-mod=readonly")
            .env("GOPROXY", "off");
        run(go).await.ended_with(0);
    }
    let module = std::fs::read(home.path().join("clicks/main.wasm")).unwrap();
    assert!(module.starts_with(b"\0asm"));
}

#[tokio::test]
async fn a_new_project_is_built_small_with_tinygo() {
    let home = tempfile::tempdir().unwrap();
    let project = home.path().join("clicks");
    std::fs::create_dir(&project).unwrap();
    dev_server(&project, &["new", ".", "--module", "example.com/me/clicks"]).await.ended_with(0);
    let built =
        dev_server(&project, &["build", "--release", "--compiler", "tinygo", "--json"]).await.ended_with(0);
    let files = built.json()["programs"][0]["files"].clone();
    let module = files.as_array().unwrap().iter().find(|file| file["path"] == "main.wasm").unwrap();
    let size = module["size"].as_u64().unwrap();
    assert!((10_000..500_000).contains(&size), "{size} bytes");
    assert_eq!(std::fs::metadata(project.join("dist/main.wasm")).unwrap().len(), size);
}

#[tokio::test]
async fn a_folder_with_something_in_it_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("mine"), "text").unwrap();
    let refused = dev_server(home.path(), &["new", "."]).await.ended_with(2);
    assert!(
        refused.stderr.starts_with("error: ") && refused.stderr.contains("is not empty\nhint: "),
        "{refused:?}"
    );
    assert_eq!(names(home.path()), ["mine"]);
}
