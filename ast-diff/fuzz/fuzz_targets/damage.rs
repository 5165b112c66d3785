//! Changes of the messages between two versions of a file, four bytes each: a replica refuses what comes, or has the tree and
//! the text that were meant.

#![no_main]

#[allow(dead_code, reason = "another target follows texts")]
#[path = "../../tests/fuzzing/mod.rs"]
mod fuzzing;

use std::sync::OnceLock;

use ast_diff::{ExactText, Parser};
use fuzzing::Message;
use libfuzzer_sys::fuzz_target;

const VERSIONS: [&str; 4] = [
    "package main\n\nimport \"fmt\"\n\n// greet says hello.\nfunc greet(name string) {\n\tfmt.Println(\"hello\", name)\n}\n\nfunc main() {\n\tgreet(\"you\")\n}\n",
    "package main\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\nfunc main() {\n\tif len(os.Args) < 2 {\n\t\tos.Exit(1) // none\n\t}\n\tgreet(os.Args[1])\n\tgreet(\"all\")\n}\n\nfunc greet(name string) {\n\tfmt.Println(\"good morning\", name)\n}\n",
    "package main\n\ntype point struct{ x, y int }\n\nfunc (p point) String() string {\n\tif p.x == 0 {\n\t\treturn \"zero\"\n\t}\n\treturn fmt.Sprintf(\"%d %d\", p.x, p.y)\n}\n\nfunc main() {\n\tfor i := range 10 {\n\t\tfmt.Println(point{i, i + 1})\n\t}\n}\n",
    "package main\n\nfunc main() {\n}\n",
];

fn messages() -> &'static [Message] {
    static MESSAGES: OnceLock<Vec<Message>> = OnceLock::new();
    MESSAGES.get_or_init(|| {
        let mut parser = Parser::new();
        let texts: Vec<ExactText> =
            VERSIONS.iter().map(|text| fuzzing::read(&mut parser, text.as_bytes())).collect();
        let pairs = texts.iter().flat_map(|old| texts.iter().map(move |new| (old, new)));
        let pairs = pairs.filter(|(old, new)| old.root() != new.root());
        pairs.map(|(old, new)| Message::between(old, new, usize::MAX)).collect()
    })
}

fuzz_target!(|bytes: &[u8]| {
    let [which, changes @ ..] = bytes else { return };
    let message = &messages()[usize::from(*which) % messages().len()];
    let mut parts = message.parts.clone();
    for change in changes.chunks_exact(4) {
        let count = parts.len();
        let part = &mut parts[usize::from(change[0]) % count];
        let at = usize::from(change[2]) % (part.len() + 1);
        match change[1] % 4 {
            0 => part.truncate(at),
            1 => part.insert(at, change[3]),
            2 if at < part.len() => drop(part.remove(at)),
            _ => {
                if let Some(byte) = part.get_mut(at) {
                    *byte ^= change[3];
                }
            }
        }
    }
    message.arrives_as(&parts);
});
