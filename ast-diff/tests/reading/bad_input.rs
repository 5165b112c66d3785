//! What is not Go, or hardly: read without a panic, with a word about what is wrong, and never dropped.

use ast_diff::{Kind, Outline, Parsed, Parser, SyntaxProblem, print};

fn read(source: &[u8]) -> Parsed {
    let mut parser = Parser::new();
    let parsed = parser.parse(source);
    let again = parser.parse(&print(&parsed.tree));
    assert!(parsed.tree == again.tree, "{}", String::from_utf8_lossy(source));
    assert_eq!(parsed.spans.len(), parsed.tree.nodes().len());
    Outline::of(&parsed.tree);
    parsed
}

fn shape(parsed: &Parsed) -> String {
    let tree = &parsed.tree;
    let names: Vec<_> = tree
        .children(0)
        .map(|child| match tree.node(child).kind {
            Kind::OPAQUE => "opaque",
            kind if kind.is_directive() => "directive",
            Kind::FUNCTION_DECLARATION => "function",
            Kind::METHOD_DECLARATION => "method",
            Kind::PACKAGE_CLAUSE => "package",
            Kind::VAR_DECLARATION => "variable",
            _ => "other",
        })
        .collect();
    names.join(" ")
}

#[test]
fn bad_files_are_read_as_far_as_they_can_be() {
    use SyntaxProblem::{ByteOrderMark, Comment, Conflict, NotUtf8, Nul, Quote, Unreadable};
    let mut wrong = Vec::new();
    for (source, expected, problems) in [
        (&b""[..], "", &[][..]),
        (b"\n\n", "", &[]),
        (b"// a\n/* b */\n", "", &[]),
        (b"\xef\xbb\xbfpackage p\n", "package", &[]),
        (b"package p\r\n\r\nfunc f() {}\r\n", "package function", &[]),
        (
            b"package p\n\nfunc f() {}\n\nvar x = \"\xff\"\n\nfunc g() {}\n",
            "package function opaque function",
            &[(NotUtf8, 33)],
        ),
        (b"package p\n\nfunc f() {} // \xff\n\nfunc g() {}\n", "package opaque function", &[(NotUtf8, 26)]),
        (b"package p\n\nfunc f() { \0 }\n\nfunc g() {}\n", "package opaque function", &[(Nul, 22)]),
        (
            b"package p\n\nvar x = \xef\xbb\xbf 1\n\nfunc g() {}\n",
            "package opaque function",
            &[(ByteOrderMark, 19)],
        ),
        (b"package p\n\nvar x = \"a\n\nfunc g() {}\n", "package opaque function", &[(Quote, 19)]),
        (
            b"package p\n\nfunc f() {}\n\nvar x = `a\n\nfunc g() {}\n",
            "package function opaque function",
            &[(Quote, 32)],
        ),
        (b"package p\n\nfunc f() {}\n\n/* a\n\nfunc g() {}\n", "package function opaque", &[(Comment, 24)]),
        (
            b"package p\n\nfunc f() {\n\nfunc g() {}\n\nfunc h() {}\n",
            "package opaque function function",
            &[(Unreadable, 11)],
        ),
        (b"package p\n\nfunc f() }\n\nfunc g() {}\n", "package opaque function", &[(Unreadable, 11)]),
        (b"package p\n\nx := 1\n\nfunc g() {}\n", "package opaque function", &[(Unreadable, 11)]),
        (b"func g() {}\n}\nfunc h() {}", "function opaque function", &[(Unreadable, 12)]),
        (
            b"package p\n\n<<<<<<< HEAD\nfunc f() {}\n=======\nfunc g() {}\n>>>>>>> b\n\nfunc h() {}\n",
            "package opaque function opaque function opaque function",
            &[(Conflict, 11), (Conflict, 36), (Conflict, 56)],
        ),
        (b"this is not Go at all", "opaque", &[(Unreadable, 0)]),
        (b"\xff\xfe\x00\x01", "opaque", &[(NotUtf8, 0)]),
    ] {
        let parsed = read(source);
        let text = String::from_utf8_lossy(source);
        let found: Vec<_> = parsed.errors.iter().map(|error| (error.problem, error.at)).collect();
        if shape(&parsed) != expected || found != problems {
            wrong.push(format!("{text:?}: {}, {found:?}", shape(&parsed)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The grammar takes some newlines for nothing that are semicolons to Go.
#[test]
fn newlines_that_go_refuses_are_refused() {
    for source in [
        "func f() {\n\tif x\n\t{\n\t}\n}",
        "func f()\n{\n}",
        "func f() {\n\tg(1\n\t)\n}",
        "var x = []int{\n\t1\n}",
        "func f() {\n\tif x {\n\t}\n\telse {\n\t}\n}",
        "func f() {\n\tfor i := 0\n\ti < 1\n\ti++ {\n\t}\n}",
        "func f() {\n\treturn /*\n*/ 1\n}",
        "var x = y\n.z",
    ] {
        let parsed = read(format!("package p\n\n{source}\n").as_bytes());
        let is_read = parsed.errors.is_empty();
        // These are Go; what is special is that they are more statements than they look like.
        let is_go = source.contains("return") || source.contains("i := 0");
        assert_eq!(is_read, is_go, "{source}");
    }
}

/// Forms of Go that are newer than the grammar.
#[test]
fn new_forms_are_read() {
    for source in [
        "var x = new(uint64(8))",
        "var x = new(\"a\" + \"b\")",
        "var x = new(f())",
        "var x = new(T{})",
        "func f() *int { return new(1 + 2) }",
        "func (r R) Do[T any](x T) T { return x }",
        "func (r *R[A]) Do[T, U any, V ~[]T](x T) (U, V) { return new(f(x)) }",
        "type A[P any] = []P",
        "func f() { for range 10 {} }",
        "func f(seq func(func(int) bool)) { for x := range seq { _ = x } }",
        "type Adder[A Adder[A]] interface{ Add(A) A }",
    ] {
        let parsed = read(format!("package p\n\n{source}\n").as_bytes());
        assert_eq!(parsed.errors, [], "{source}");
    }
    let tree = read(b"package p\n\nfunc (r R) Do[T any](x T) T { return x }\n").tree;
    let method = tree.children(0).nth(1).unwrap();
    let kinds: Vec<_> = tree.children(method).map(|child| tree.node(child).kind).collect();
    assert_eq!(
        kinds,
        [
            Kind::PARAMETER_LIST,
            Kind::FIELD_IDENTIFIER,
            Kind::TYPE_PARAMETER_LIST,
            Kind::PARAMETER_LIST,
            Kind::TYPE_IDENTIFIER,
            Kind::BLOCK
        ]
    );
}

/// A thread with the stack that a worker has.
fn with_little_stack(job: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(1 << 20).spawn(job).unwrap().join().unwrap();
}

#[test]
fn depth_needs_no_stack() {
    with_little_stack(|| {
        const DEPTH: usize = 100_000;
        for (open, middle, close) in
            [("(", "1", ")"), ("[]int{", "1", "}"), ("-", "1", ""), ("1 + ", "1", ""), ("f(", "", ")")]
        {
            let source =
                format!("package p\n\nvar x = {}{middle}{}\n", open.repeat(DEPTH), close.repeat(DEPTH));
            let parsed = Parser::new().parse(source.as_bytes());
            assert!(!parsed.tree.nodes().is_empty());
            Outline::of(&parsed.tree);
            print(&parsed.tree);
        }
    });
}

#[test]
fn large_files_are_read() {
    with_little_stack(|| {
        let function = "func f() {\n\tx := []int{1, 2, 3}\n\t_ = x\n}\n\n";
        let source = format!("package p\n\n{}", function.repeat(5_000_000 / function.len()));
        let mut parser = Parser::new();
        let parsed = parser.parse(source.as_bytes());
        assert_eq!(parsed.errors, []);
        let broken = source.replacen('{', "", 1);
        let again = parser.parse_again(broken.as_bytes(), &parsed);
        assert_eq!(again.errors.len(), 1);
    });
}
