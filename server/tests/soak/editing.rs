//! Somebody who edits without rest: valid and broken states, undo, renames, new files, and every way to save.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::project::{BROKEN, MODULE_FILE, Project, main_file};

/// Steps of the history that a failure shows.
const SHOWN: usize = 40;

pub(crate) struct Editor {
    random: u64,
    project: Arc<Project>,
    value: u64,
    /// What each file said before the last edit.
    earlier: BTreeMap<String, String>,
    history: Vec<String>,
}

const PACKAGES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

impl Editor {
    pub(crate) fn new(seed: u64, project: Arc<Project>) -> Self {
        Self { random: seed, project, value: 0, earlier: BTreeMap::new(), history: Vec::new() }
    }

    /// The newest edits, oldest first.
    pub(crate) fn history(&self) -> String {
        self.history[self.history.len().saturating_sub(SHOWN)..].join("\n")
    }

    /// Some edits, a little apart or not at all.
    pub(crate) async fn burst(&mut self) {
        self.history.push("--".into());
        for _ in 0..=self.below(6) {
            self.edit().await;
            // The pause of a person or a tool between two saves; nothing waits for it.
            let pause = [0, 0, 1, 4, 9, 12, 25, 60, 140, 300][self.below(10) as usize];
            tokio::time::sleep(Duration::from_millis(pause)).await;
        }
    }

    async fn edit(&mut self) {
        self.value += 1;
        let package = PACKAGES[self.below(4) as usize];
        let file = format!("{package}/{package}.go");
        match self.below(20) {
            0..=3 => self.change(&file, |line, value| line.then(|| format!("var V = {value}"))).await,
            4 => self.change(&file, |line, value| line.then(|| format!("var V = {BROKEN} {value}"))).await,
            5 => {
                let count = self.below(4) as usize;
                self.save("main.go", &main_file(&PACKAGES[..count], self.value)).await;
            }
            6 => {
                let broken =
                    main_file(&PACKAGES[1..3], self.value).replace("var V =", &format!("var {BROKEN} ="));
                self.save("main.go", &broken).await;
            }
            7 | 8 => self.undo().await,
            9 => {
                let name = format!("{package}/extra{}.go", self.below(3));
                self.save(&name, &format!("package {package}\n\nvar X{} = 1\n", self.value)).await;
            }
            10 => {
                let name = format!("{package}/extra{}.go", self.below(3));
                self.remove(&name);
            }
            11 => self.rename(&format!("{package}/extra0.go"), &format!("{package}/extra1.go")),
            12 => self.folder_away_and_back(package).await,
            13 => self.save("go.mod", &format!("{MODULE_FILE}// {}\n", self.value)).await,
            14 => self.save("go.mod", "module soak.example/app\n\nno such verb\n").await,
            15 => self.save("go.mod", MODULE_FILE).await,
            16 => {
                let text = std::fs::read_to_string(self.path(&file)).unwrap_or_default();
                self.save(&file, &text).await;
            }
            17 => self.save(&file, &format!("packag {package}\n\nvar V = {}\n", self.value)).await,
            18 => {
                // One burst with a mistake taken back and a file of the page: both have to be seen.
                self.undo().await;
                self.save("web/style.css", &format!("a {{ top: {}px }}\n", self.value)).await;
            }
            _ => {
                for package in PACKAGES {
                    let text = format!("package {package}\n\nvar V = {}\n", self.value);
                    self.save(&format!("{package}/{package}.go"), &text).await;
                }
            }
        }
    }

    async fn change(&mut self, file: &str, line: impl Fn(bool, u64) -> Option<String>) {
        let Ok(text) = std::fs::read_to_string(self.path(file)) else { return };
        let changed: Vec<String> = text
            .lines()
            .map(|old| line(old.starts_with("var V"), self.value).unwrap_or_else(|| old.to_owned()))
            .collect();
        self.save(file, &(changed.join("\n") + "\n")).await;
    }

    async fn undo(&mut self) {
        let Some(index) = self.earlier.len().checked_sub(1) else { return };
        let index = self.below(index as u64 + 1) as usize;
        let (file, text) = self.earlier.iter().nth(index).map(|(a, b)| (a.clone(), b.clone())).unwrap();
        self.save(&file, &text).await;
    }

    /// Saves as one editor or another does.
    async fn save(&mut self, file: &str, text: &str) {
        let path = self.path(file);
        if let Ok(before) = std::fs::read_to_string(&path) {
            self.earlier.insert(file.to_owned(), before);
        }
        let way = self.below(5);
        self.history.push(format!("save {way} {file}: {text:?}"));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        match way {
            0 | 1 => std::fs::write(&path, text).unwrap(),
            2 => {
                let beside = path.with_extension("go.tmp");
                std::fs::write(&beside, text).unwrap();
                std::fs::rename(&beside, &path).unwrap();
            }
            3 => {
                std::fs::write(&path, "").unwrap();
                let pause = self.below(40);
                tokio::time::sleep(Duration::from_millis(pause)).await;
                std::fs::write(&path, text).unwrap();
            }
            _ => {
                let away = path.with_extension("go~");
                let _ = std::fs::rename(&path, &away);
                let pause = self.below(40);
                tokio::time::sleep(Duration::from_millis(pause)).await;
                std::fs::write(&path, text).unwrap();
                let _ = std::fs::remove_file(&away);
            }
        }
    }

    fn remove(&mut self, file: &str) {
        self.history.push(format!("remove {file}"));
        let _ = std::fs::remove_file(self.path(file));
    }

    fn rename(&mut self, from: &str, to: &str) {
        self.history.push(format!("rename {from} {to}"));
        let _ = std::fs::rename(self.path(from), self.path(to));
    }

    async fn folder_away_and_back(&mut self, package: &str) {
        let pause = [0, 5, 30, 400][self.below(4) as usize];
        self.history.push(format!("{package} away for {pause} ms"));
        let (path, away) = (self.path(package), self.path("../away"));
        if std::fs::rename(&path, &away).is_ok() {
            tokio::time::sleep(Duration::from_millis(pause)).await;
            std::fs::rename(&away, &path).unwrap();
        }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.project.root.join(file)
    }

    /// SplitMix64: the same edits for the same seed on every machine.
    fn below(&mut self, limit: u64) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
