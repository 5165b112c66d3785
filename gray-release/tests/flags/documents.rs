//! Reading documents: one bad text for each message, and every message with a key and a remedy.

use gray_release::{Document, Format, LONGEST_DOCUMENT};

use crate::random::Random;

fn fails(text: &str, format: Format) -> (String, String, String) {
    let error = Document::read(text, format).unwrap_err();
    (error.key.clone(), error.fault.to_string(), error.hint())
}

#[track_caller]
fn bad(text: &str, key: &str, fault: &str, hint: &str) {
    let (found_key, found_fault, found_hint) = fails(text, Format::Toml);
    assert_eq!(found_key, key, "{found_fault}");
    assert!(found_fault.contains(fault), "{found_fault}");
    assert!(found_hint.contains(hint), "{found_hint}");
}

/// A flag with this in it.
fn flag(text: &str) -> String {
    format!("[flags.limit]\ntype = \"integer\"\ndefault = 1\n{text}")
}

/// A rule with this in it.
fn rule(text: &str) -> String {
    flag(&format!("[[flags.limit.rules]]\nvalue = 2\n[[flags.limit.rules]]\nvalue = 2\n{text}"))
}

#[test]
fn a_damaged_file_is_refused_or_is_the_same_document_in_both_forms() {
    let bytes_of_files = b"0199_ab\"'=[]{}.,# \n-";
    let files = [include_str!("../golden/operators.toml"), include_str!("../golden/borders.toml")];
    let mut read = 0;
    for seed in 0..4000 {
        let mut random = Random(seed);
        let mut bytes = files[random.below(files.len())].as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = bytes_of_files[random.below(bytes_of_files.len())],
                1 => drop(bytes.drain(at..(at + random.below(30)).min(bytes.len()))),
                _ => bytes.insert(at, random.next() as u8),
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let Ok(document) = Document::read(&text, Format::Toml) {
            read += 1;
            assert_eq!(Document::read(&document.to_json(), Format::Json).as_ref(), Ok(&document), "{seed}");
        }
    }
    assert!(read > 100, "{read} were read");
}

#[test]
fn text_that_is_not_a_document() {
    bad("flags = [", "", "line 1", "write `]`");
    bad("[flags]\n[flags]", "", "line 2", "keep one of them");
    bad("flag = 1", "flag", "unknown field `flag`", "did you mean `flags`?");
    bad("flags = 1", "flags", "invalid type: integer `1`", "write a table of names");
    bad("revision = -1", "revision", "invalid value", "a whole number");
    let (key, fault, _) = fails(&"#".repeat(LONGEST_DOCUMENT + 1), Format::Toml);
    assert_eq!((key.as_str(), fault.as_str()), ("", "the document has more than 524288 bytes"));
}

#[test]
fn flags() {
    bad(&flag("defualt = 2"), "flags.limit.defualt", "unknown field", "did you mean `default`?");
    bad("[flags.limit]\ndefault = 1", "flags.limit.type", "the type is missing", "add `type");
    bad(
        "[flags.limit]\ntype = \"integer\"",
        "flags.limit.default",
        "the default is missing",
        "add `default`",
    );
    bad("[flags.limit]\ntype = \"number\"", "flags.limit.type", "unknown variant `number`", "write one of");
    bad("[flags.limit]\ntype = \"strin\"", "flags.limit.type", "unknown variant", "did you mean `string`?");
    bad(
        "[flags.limit]\ntype = \"bool\"\ndefault = 1",
        "flags.limit.default",
        "not of the flag's type",
        "true or false",
    );
    bad(
        "[flags.limit]\ntype = \"string\"\ndefault = 1",
        "flags.limit.default",
        "not of the flag's type",
        "in quotes",
    );
    bad(&flag("off = \"none\""), "flags.limit.off", "\"none\" is not of the flag's type", "without quotes");
    bad(&flag("off = 1.5"), "flags.limit.off", "invalid type: floating point `1.5`", "write true, false");
    bad(&flag("off = 9007199254740992"), "flags.limit.off", "is not from", "9007199254740991");
    bad(&flag("killed = \"yes\""), "flags.limit.killed", "invalid type", "write a boolean");
    bad(
        "[flags.Limit]\ntype = \"bool\"\ndefault = true",
        "flags.Limit",
        "not a name of a flag",
        "lower-case",
    );
    bad("[flags.\"a..b\"]\ntype = \"bool\"\ndefault = true", "flags.\"a..b\"", "not a name", "lower-case");
    bad("[flags.\"\"]\ntype = \"bool\"\ndefault = true", "flags.", "not a name", "lower-case");
    let many: Vec<String> =
        (0..251).map(|number| format!("[flags.f{number}]\ntype = \"bool\"\ndefault = true\n")).collect();
    bad(&many.concat(), "flags", "257 entries", "at most 256");
    let rules = "[[flags.limit.rules]]\nvalue = 2\n".repeat(33);
    bad(&flag(&rules), "flags.limit.rules", "33 entries", "at most 32");
    let long = format!("[flags.limit]\ntype = \"string\"\ndefault = \"{}\"", "x".repeat(257));
    bad(&long, "flags.limit.default", "256 bytes", "at most 256");
}

#[test]
fn built_in_flags() {
    let of = |name: &str, text: &str| format!("[flags.\"{name}\"]\n{text}");
    let key = |name: &str, rest: &str| format!("flags.\"{name}\"{rest}");
    let (level, channel) = ("update.highest_level", "release.channel");
    bad(&of(level, "default = 5"), &key(level, ".default"), "5 is not from 0 to 4", "from 0 to 4");
    bad(
        &of("update.lowest_level", "default = 0"),
        &key("update.lowest_level", ".default"),
        "0 is not",
        "from 1 to 4",
    );
    bad(
        &of("telemetry.sample", "default = 10001"),
        &key("telemetry.sample", ".default"),
        "10001 is not",
        "10000",
    );
    bad(
        &of(channel, "default = \"beta\""),
        &key(channel, ".default"),
        "\"beta\" is none of",
        "\"candidate\"",
    );
    bad(
        &of(channel, "type = \"bool\""),
        &key(channel, ".type"),
        "built in and of type string",
        "leave `type` out",
    );
    bad(
        &of(channel, "[[flags.\"release.channel\".rules]]\nvalue = true"),
        &key(channel, ".rules[0].value"),
        "not of the flag's type",
        "in quotes",
    );
    bad(
        "[flags.release.channel]\ndefault = \"stable\"",
        "flags.release.channel",
        "unknown field",
        "[flags.\"release.channel\"]",
    );
}

#[test]
fn rules() {
    let here = "flags.limit.rules[1]";
    bad(
        &flag("[[flags.limit.rules]]\npercent = 5"),
        "flags.limit.rules[0]",
        "missing field `value`",
        "add `value`",
    );
    bad(&rule("percnt = 5"), &format!("{here}.percnt"), "unknown field", "did you mean `percent`?");
    for percent in ["101", "-1", "12.345", "nan", "inf"] {
        let text = rule(&format!("percent = {percent}"));
        bad(&text, &format!("{here}.percent"), "is not a percentage", "write a number such as 5");
    }
    bad(&rule("percent = \"5\""), &format!("{here}.percent"), "invalid type: string", "such as 5");
    bad(&rule(&format!("salt = \"{}\"", "x".repeat(65))), &format!("{here}.salt"), "64 bytes", "at most 64");
    bad(&rule("salt = \"a\\u0000\""), &format!("{here}.salt"), "control characters", "on one line");
}

#[test]
fn conditions() {
    let here = |key: &str| format!("flags.limit.rules[1].where{key}");
    let of = |text: &str| rule(&format!("where = {{ {text} }}"));
    bad(&of("browsers = []"), &here(".browsers"), "unknown field", "did you mean `browser`?");
    bad(&of("browser = \"firefox\""), &here(".browser"), "invalid type: string", "write a sequence");
    bad(
        &of("browser = [\"Firefox\"]"),
        &here(".browser"),
        "\"Firefox\" is not a lower-case name",
        "such as \"firefox\"",
    );
    bad(&of("platform = [\"\"]"), &here(".platform"), "is not a lower-case name", "in lower case");
    bad(&of("cores = -4"), &here(".cores"), "invalid value", "a whole number");
    bad(&of("mobile = 1"), &here(".mobile"), "invalid type", "write a boolean");
    bad(
        &of("version = [{ from = 9, to = 8 }]"),
        &here(".version"),
        "no version is in",
        "`from` not above `to`",
    );
    bad(&of("version = []"), &here(".version"), "no version is in", "leave `version` out");
    bad(
        &of("version = [{ until = 8 }]"),
        &here(".version[0].until"),
        "unknown field",
        "write one of from, to",
    );
    bad(&of("custom = { Team = \"a\" }"), &here(".custom"), "\"Team\" is not", "in lower case");
    bad(&of("custom = { team = 1 }"), &here(".custom.team"), "invalid type", "write a string");
    bad(
        &of(&format!("custom = {{ team = \"{}\" }}", "x".repeat(129))),
        &here(".custom.team"),
        "128 bytes",
        "at most 128",
    );
    bad(&of("program = [\"\"]"), &here(".program"), "not a text", "at most 128");
    let many: Vec<String> = (0..33).map(|number| format!("\"b{number}\"")).collect();
    bad(&of(&format!("browser = [{}]", many.join(", "))), &here(".browser"), "33 entries", "at most 32");
    let many: Vec<String> = (0..17).map(|number| format!("k{number} = \"\"")).collect();
    bad(&of(&format!("custom = {{ {} }}", many.join(", "))), &here(".custom"), "17 entries", "at most 16");
}

#[test]
fn json_says_the_same() {
    let bad = |text: &str, key: &str, fault: &str, hint: &str| {
        let (found_key, found_fault, found_hint) = fails(text, Format::Json);
        assert_eq!(found_key, key, "{found_fault}");
        assert!(found_fault.contains(fault), "{found_fault}");
        assert!(found_hint.contains(hint), "{found_hint}");
    };
    bad("", "", "EOF", "correct the text");
    bad("{} {}", "", "more behind the document (line 1, column 4)", "correct the text");
    bad(&"[".repeat(100_000), "", "invalid type: sequence", "write a table");
    bad(&format!("{{\"flags\":{}", "{\"a\":".repeat(50_000)), "flags.a.a", "unknown field `a`", "in quotes");
    bad("{\"flags\":{\"a\":{},\"a\":{}}}", "flags", "`a` is there twice", "keep one");
    bad("{\"flags\":{},\n \"flags\":{}}", "flags", "duplicate field `flags` (line 2", "keep one");
    bad(
        "{\"flags\":{\"a\":{\"type\":\"bool\",\"default\":18446744073709551615}}}",
        "flags.a.default",
        "not of the",
        "true",
    );
    bad(
        "{\"flags\":{\"a\":{\"type\":\"integer\",\"default\":18446744073709551615}}}",
        "flags.a.default",
        "is not from",
        "from",
    );
    bad("{\"flags\":{\"a\":{\"type\":\"integer\",\"default\":null}}}", "flags.a.default", "missing", "add");
    let long = format!("{{\"{}\":1}}", "x".repeat(10_000));
    let (key, fault, hint) = fails(&long, Format::Json);
    assert!(key.len() < 100 && fault.len() < 400 && hint.len() < 400, "nothing long is repeated");
}

#[test]
fn what_is_written_is_what_is_read() {
    let text = r#"
        revision = 12
        [flags."release.channel"]
        [[flags."release.channel".rules]]
        value = "candidate"
        percent = 0.25
        salt = "june"
        where = { browser = ["firefox", "chrome"], version = [{ from = 120, to = 130 }, { to = 3 }, { from = 131 }], cores = 4, memory = 2048, platform = ["linux"], mobile = false, custom = { team = "blü\"e" }, program = ["counter"] }
        [flags.limit]
        type = "integer"
        default = -9007199254740991
        off = 0
        killed = true
        [[flags.limit.rules]]
        value = 9007199254740991
        percent = 100
    "#;
    let document = Document::read(text, Format::Toml).unwrap();
    assert_eq!(document.revision(), 12);
    let json = document.to_json();
    assert_eq!(Document::read(&json, Format::Json).unwrap(), document);
    let rule = &document.flag("release.channel").unwrap().rules[0];
    assert_eq!(
        rule.to_string(),
        "\"candidate\" for 0.25 % of clients where browser is chrome or firefox and version is at most 3 or at least \
         120 and cores are at least 4 and memory is at least 2048 MiB and platform is linux and the device is not \
         mobile and team is \"blü\\\"e\" and program is counter"
    );
    assert_eq!(
        document.flag("limit").unwrap().rules[0].salt,
        "limit",
        "a rule is salted with its flag's name"
    );
    assert_eq!(document.flags().count(), 7, "six are built in");
}

#[test]
fn damaged_documents_are_refused_or_whole_and_never_a_panic() {
    let text = include_str!("../golden/operators.toml");
    let json = Document::read(text, Format::Toml).unwrap().to_json();
    let mut random = Random(1);
    let mut refused = 0;
    for round in 0..2000 {
        let (text, format) =
            if round % 2 == 0 { (text, Format::Toml) } else { (json.as_str(), Format::Json) };
        let mut letters: Vec<char> = text.chars().collect();
        for _ in 0..=random.below(3) {
            let at = random.below(letters.len());
            match random.below(3) {
                0 => drop(letters.remove(at)),
                1 => letters[at] = ['🌱', '\0', '"', '[', '{', '-', '9', 'e', '.', '\n'][random.below(10)],
                _ => letters.truncate(at.max(1)),
            }
        }
        let damaged: String = letters.into_iter().collect();
        match Document::read(&damaged, format) {
            Ok(document) => {
                let again = Document::read(&document.to_json(), Format::Json);
                assert_eq!(again.as_ref(), Ok(&document));
            }
            Err(error) => {
                refused += 1;
                assert!(!error.hint().is_empty() && error.to_string().len() < 2000, "{error}");
            }
        }
    }
    assert!((1000..2000).contains(&refused), "{refused}");
}
