//! Texts to tree and trivia and back.

use ast_diff::{Parser, Trivia, print_exact};

use crate::corpus::pairs;
use crate::random::Random;
use crate::read;

fn check(parser: &mut Parser, source: &[u8], name: &str) -> (usize, usize) {
    let parsed = parser.parse(source);
    let trivia = Trivia::of(&parsed.tree, &parsed.spans, source);
    let printed = print_exact(&parsed.tree, &trivia);
    if printed != source {
        let at = printed.iter().zip(source).take_while(|(left, right)| left == right).count();
        let around = |text: &[u8]| {
            String::from_utf8_lossy(&text[at.saturating_sub(40)..(at + 40).min(text.len())]).into_owned()
        };
        panic!("{name} at {at}:\n{:?}\n{:?}", around(source), around(&printed));
    }
    trivia.size()
}

#[test]
fn real_files_are_printed_as_they_are() {
    let mut parser = Parser::new();
    let (mut length, mut places, mut bytes) = (0, 0, 0);
    for pair in pairs() {
        for (side, source) in pair.files() {
            let (departures, size) = check(&mut parser, source, &format!("{}.{side}", pair.name));
            length += source.len();
            places += departures;
            bytes += size;
        }
    }
    println!("{length} bytes, of which {places} places are not as expected, with {bytes} bytes");
}

/// Other ends of lines, cut off anywhere, bytes that are wrong: none of it is Go, and all of it is a text.
#[test]
fn damaged_files_are_printed_as_they_are() {
    let mut parser = Parser::new();
    let mut random = Random::new(7);
    for (number, pair) in pairs().into_iter().enumerate().filter(|(number, _)| number % 5 == 0) {
        let name = &pair.name;
        let source = pair.new;
        let with_returns: Vec<u8> = source
            .iter()
            .flat_map(|byte| if *byte == b'\n' { &b"\r\n"[..] } else { std::slice::from_ref(byte) })
            .copied()
            .collect();
        check(&mut parser, &with_returns, &format!("{name} with returns"));
        if source.is_empty() || source.len() > 20_000 {
            continue;
        }
        check(&mut parser, &source[..random.below(source.len())], &format!("{name} cut off"));
        check(&mut parser, &[b"\xef\xbb\xbf", &source[..]].concat(), &format!("{name} with a mark"));
        let mut damaged = source.clone();
        for _ in 0..=number % 7 {
            let at = random.below(damaged.len());
            match random.below(4) {
                0 => damaged[at] = random.below(256) as u8,
                1 => drop(damaged.remove(at)),
                2 => damaged.insert(at, b"\n \t/*\"`(){},;\0\r\xef\x01\x02"[random.below(18)]),
                _ => {
                    let end = (at + random.below(200)).min(damaged.len());
                    damaged.drain(at..end);
                }
            }
            if damaged.is_empty() {
                break;
            }
        }
        check(&mut parser, &damaged, &format!("{name} damaged"));
    }
}

#[test]
fn odd_texts_are_printed_as_they_are() {
    let mut parser = Parser::new();
    for source in [
        "",
        "\n",
        "\r\n",
        "\u{feff}",
        "\u{feff}// a",
        "// a",
        "/* a",
        "/* a */",
        "// a\r\n/* b\n */",
        "package p",
        "package p\r\n\r\nfunc f() {\r\n\tx := `a\r\nb`\r\n}\r\n",
        "package p\n\nfunc f() {\n\tg(a, // b\n\t\tc,\n\t) // d\n\n\n}",
        "package p\n\nimport (\n\t\"a\"\n)\n\nimport \"b\"; import c \"d\"\n",
        "package p;;\n;var (x = 1);const()\n",
        "package p\n\nvar x = \"\0\"\n",
        "package p\n\u{c}\nvar x = 1\n",
        "package p\n\nvar x = 1 \u{2}\n",
        "\u{1}\u{2}package p\n\u{1}\n",
        "// +build linux,!cgo\n// +build arm\n\n//  +build x\npackage p\n",
        "//go:build   linux  &&  !cgo  \n\npackage p\n",
        "package p\n\n/*\n#include <a.h>\n\n*/ // b\nimport \"C\"\n",
        "package p\n\nimport (\n\t// #cgo LDFLAGS: -la\n\t// b\n\t\"C\"\n)\n",
        "package p\n\nfunc f() { //go:noinline\n}\n//go:noinline\n",
        "package p\n\nvar x = f( //go:noinline\n1, /* a */ 2)\n",
        "package p\n\nvar x /*line a:1*/ = 1\n//line b:2\n",
        "package p\n\n//export  f \n//go:linkname a b\nfunc f()",
        "package p\n\nfunc f() {\n\tif (x) {\n\t} else if y{\n  }else{}\n\tfor ;; {}\n\tfor ; x; {}\n\tswitch x := y; z {case 1:;default:\n}}\n",
        "package p\n\nfunc f() {\nL:\n\tgoto L\n\tx.(T) . y ( ) [ : ]\n\tvar c < - chan int\n\tc<-<-d\n}\n",
        "package p\n\ntype ( A struct { a , b int `x:\"y\"` ; *C } ; D = E )\n",
        "package p\n\nfunc (r R) Do[T any, ](x ... T) (T, error,) { return x...}\n",
        "<<<<<<< a\nfunc f() {}\n=======\nfunc g( {}\n>>>>>>> b\n",
    ] {
        check(&mut parser, source.as_bytes(), source);
    }
    check(&mut parser, b"package p\n\nvar x = \"\xff\" // \xfe\n", "not UTF-8");
    let mut random = Random::new(1);
    let pieces: Vec<&[u8]> = b"package p|func f() {|}|\n|\t| |(|)|,|;|// a|/*|*/|x|1|\"|`|\r|\0|\xef\xbb\xbf|\xff|import \"C\"|//go:build a|var x = |[]int{|type T struct {|switch x {|case 1:|:=|.|\x01|\x02|+|//line a:1|//export f"
        .split(|byte| *byte == b'|')
        .collect();
    for number in 0..30_000 {
        let source: Vec<u8> =
            (0..random.below(24)).flat_map(|_| pieces[random.below(pieces.len())]).copied().collect();
        check(&mut parser, &source, &format!("{number}"));
    }
}

/// Only what is not as expected is kept.
#[test]
fn formatted_texts_have_next_to_nothing() {
    let mut parser = Parser::new();
    for (source, places) in [
        ("package p\n\nimport \"a\"\n\nfunc f(a, b int) (int, error) {\n\treturn a + b, nil\n}\n", 0),
        (
            "package p\n\ntype T struct {\n\tname  string\n\tcount int `json:\"count\"`\n\n\tother []map[string]*T\n}\n",
            2,
        ),
        (
            "package p\n\nfunc f() {\n\tswitch x := y.(type) {\n\tcase *T:\n\t\tf(func() {\n\t\t\tg()\n\t\t})\n\tdefault:\n\t\th()\n\t}\n}\n",
            0,
        ),
        ("package p\n\nvar x = []T{\n\t{1, 2},\n\t{3, 4},\n\t{a: 5, b: -6},\n}\n", 1),
        ("package p\n\nfunc f() {\n\tx := 1 // a\n\ty := x // b\n}\n", 2),
        ("package p\r\n\r\nvar x = 1\r\n\r\nvar y = 2\r\n", 1),
    ] {
        assert_eq!(check(&mut parser, source.as_bytes(), source).0, places, "{source}");
    }
}

#[test]
fn length_and_depth_cost_no_more_than_they_have() {
    let job = || {
        const MANY: usize = 100_000;
        let mut parser = Parser::new();
        for source in [
            format!("package p\n\nvar x = {}1{}\n", "(".repeat(MANY), ")".repeat(MANY)),
            format!("package p\n\nvar x = {}1{}\n", "[]int{".repeat(MANY), ",}".repeat(MANY)),
            format!("package p\n\nvar x = {}1\n", "- ".repeat(MANY)),
            format!("package p\n\nvar x = []int{{{}}}\n", "1, ".repeat(MANY)),
            format!("package p\n\nvar x = []int{{\n{}}}\n", "1,\n".repeat(MANY)),
            format!("package p\n{}", "// a\n".repeat(MANY)),
            format!("package p\n{}var x = 1\n", "/* a */".repeat(MANY)),
            format!("package p\n\n{}func f() {{\n{}}}\n", " ".repeat(10 * MANY), "x()\n".repeat(MANY)),
            format!("package p\n\nvar x = []T{{{}}}\n", "{a: 1, // b\n}, ".repeat(MANY)),
            format!("package p\n\nfunc f() {{\n{}}}\n", "\tif x {\n\t}\n".repeat(MANY)),
            format!("package p\n{}", ";".repeat(MANY)),
            "package p\n/*".repeat(MANY),
        ] {
            check(&mut parser, source.as_bytes(), &source[..30]);
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(job).unwrap().join().unwrap();
}

#[test]
fn comments_change_the_text_and_not_the_tree() {
    let mut parser = Parser::new();
    let old = read(&mut parser, b"package p\n\nfunc f() {\n\tg()\n}\n");
    for source in ["package p\n\n// Says.\nfunc f() {\n\tg() // h\n}\n", "package p\nfunc f() { g() }"] {
        let new = read(&mut parser, source.as_bytes());
        assert_eq!(new.tree_root(), old.tree_root());
        assert_ne!(new.root(), old.root());
        assert_eq!(new.print(usize::MAX).as_deref(), Some(source.as_bytes()));
        assert_eq!(new.print(source.len() - 1), None);
    }
    // The same trivia of another tree are another text.
    let other = read(&mut parser, b"package p\n\nfunc f() {\n\th()\n}\n");
    assert_eq!(other.trivia(), old.trivia());
    assert_ne!(other.root(), old.root());
}
