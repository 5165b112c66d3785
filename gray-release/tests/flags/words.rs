//! Changes as people type them.

use gray_release::{Change, Client, Device, DeviceReport, Document, Format, Percent};

use crate::random::id;

fn document() -> Document {
    let text =
        "[flags.greeting]\ntype = \"string\"\ndefault = \"\"\n[flags.limit]\ntype = \"integer\"\ndefault = 0";
    Document::read(text, Format::Toml).unwrap()
}

fn parse(words: &str) -> Change {
    let words: Vec<&str> = words.split_whitespace().collect();
    Change::parse(&words, &document()).unwrap()
}

/// The words as the document then tells them.
fn told(words: &str) -> String {
    let revised = document().change(&parse(words)).unwrap();
    revised.differences.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn all_forms() {
    assert_eq!(
        parse("set trees.enabled false"),
        Change::SetDefault { flag: "trees.enabled".into(), value: false.into() }
    );
    assert_eq!(parse("set greeting 12"), Change::SetDefault { flag: "greeting".into(), value: "12".into() });
    assert_eq!(parse("set limit -12"), Change::SetDefault { flag: "limit".into(), value: (-12).into() });
    assert_eq!(parse("kill limit"), Change::Kill { flag: "limit".into() });
    assert_eq!(parse("revive limit"), Change::Revive { flag: "limit".into() });
    assert_eq!(parse("remove limit --rule 2"), Change::RemoveRule { flag: "limit".into(), rule: 2 });
    let percent = Percent::parse("2.5").unwrap();
    let raised = Change::SetPercentage { flag: "limit".into(), rule: 1, percent };
    assert_eq!(parse("set limit --rule 1 --percent 2.5%"), raised);
    assert_eq!(parse("set --percent=2.5 limit --rule=1"), raised);
    assert_eq!(told("set limit 3 --percent 5"), "limit: new rule 1: 3 for 5 % of clients");
    let Change::AddRule { rule, .. } = parse("set limit 3 --salt june") else { panic!("not a rule") };
    assert_eq!((rule.salt.as_str(), rule.percent), ("june", Percent::ALL));
}

#[test]
fn conditions() {
    let told = |clause: &str| {
        let text = told(&format!("set limit 3 --percent 5 --where {clause}"));
        text.strip_prefix("limit: new rule 1: 3 for 5 % of clients where ").map(str::to_owned).unwrap()
    };
    assert_eq!(told("browser=firefox,version>=120"), "browser is firefox and version is at least 120");
    assert_eq!(
        told("browser=firefox|chrome,platform=linux"),
        "browser is chrome or firefox and platform is linux"
    );
    assert_eq!(told("version>119,version<=130"), "version is 120 to 130");
    assert_eq!(told("version<5"), "version is at most 4");
    assert_eq!(
        told("version=100..110|115|120..,version>=105"),
        "version is 105 to 110 or 115 or at least 120"
    );
    assert_eq!(told("cores>=4,memory>=2048"), "cores are at least 4 and memory is at least 2048 MiB");
    assert_eq!(told("mobile=true,program=counter"), "the device is mobile and program is counter");
    assert_eq!(told("custom.team=blue=ish"), "team is \"blue=ish\"");
}

#[test]
fn a_condition_in_words_is_that_of_the_document() {
    let words = ["set", "limit", "3", "--where", "browser=firefox|chrome, version>=120, custom.team=a b"];
    let change = Change::parse(&words, &document()).unwrap();
    let document = document().change(&change).unwrap().document;
    let limit = |browser, version, team| {
        let custom = [("team", team)];
        let report =
            DeviceReport { browser, version: Some(version), custom: &custom, ..DeviceReport::default() };
        let device = Device::new(&report).unwrap();
        document.integer("limit", &Client { id: &id("x"), device: &device, program: "" }, -1)
    };
    assert_eq!(limit("firefox", 120, "a b"), 3);
    assert_eq!([limit("safari", 120, "a b"), limit("chrome", 119, "a b"), limit("chrome", 120, "b")], [0; 3]);
}

#[test]
fn words_that_are_no_change_say_what_to_write() {
    let bad = |words: &str, message: &str, hint: &str| {
        let words: Vec<&str> = words.split_whitespace().collect();
        let error = Change::parse(&words, &document()).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert!(error.hint().contains(hint), "{}", error.hint());
    };
    bad("", "what to do is missing", "write set NAME VALUE");
    bad("get limit", "`get` is no change of a flag", "write set NAME VALUE");
    bad("set", "the name of the flag is missing", "write set NAME VALUE");
    bad("set limit", "the value is missing", "write set NAME VALUE");
    bad("set limt 1", "there is no flag `limt`", "did you mean `limit`?");
    bad("kill everything", "there is no flag `everything`", "flags get");
    bad("set limit 1.5", "`1.5` is not of the flag's type, integer", "a whole number");
    bad("set trees.enabled yes", "`yes` is not of the flag's type, bool", "true or false");
    bad("set limit 1 2", "`2` does not go with the other words", "write set NAME VALUE");
    bad("kill limit 1", "`1` does not go with the other words", "kill NAME");
    bad("kill limit --percent 1", "`--percent` does not go with the other words", "kill NAME");
    bad("set limit 1 --rule 1 --percent 5", "`1` does not go with the other words", "--rule N --percent P");
    bad("set limit --rule 1", "`--percent` is missing", "--rule N --percent P");
    bad("set limit --rule 0 --percent 1", "`0` is not the number of a rule", "from 1");
    bad("remove limit", "`--rule` is missing", "remove NAME --rule N");
    bad(
        "set limit 1 --percent 101",
        "`101` is not a percentage from 0 to 100 with at most two decimals",
        "such as 5",
    );
    bad("set limit 1 --percent", "what the last option is is missing", "[--percent P]");
    bad("set limit 1 --percent 1 --percent 2", "`--percent` does not go with the other words", "write");
    bad("set limit 1 --precent 1", "there is no option `--precent`", "did you mean `--percent`?");
    let clause = |clause: &str, hint: &str| {
        bad(&format!("set limit 1 --where {clause}"), &format!("`{clause}` is not a condition"), hint);
    };
    clause("firefox", "browser=firefox,version>=120");
    clause("browser=", "browser=firefox");
    clause("=firefox", "browser=firefox");
    clause("version=>5", "browser=firefox,version>=120");
    clause("browser>=firefox", "browser=firefox|chrome");
    clause("version=new", "version>=120 or version=100..110|120..");
    clause("version>4294967295", "version>=120");
    clause("version>=5,version<5", "version>=120,version<130");
    clause("cores=4", "cores>=4");
    clause("memory>=2GB", "in MiB");
    clause("mobile=yes", "mobile=true or mobile=false");
    clause("custom.team>=1", "custom.team=blue");
    bad("set limit 1 --where cores>=2,cores>=4", "`cores` is there twice", "only version can be");
    bad("set limit 1 --where browser=firefox,browser=chrome", "`browser` is there twice", "firefox|chrome");
    bad("set limit 1 --where custom.a=1,custom.b=1,custom.a=2", "`custom.a` is there twice", "write it once");
    bad("set limit 1 --where brwser=x", "there is no attribute `brwser`", "did you mean `browser`?");
    bad("set limit 1 --where colour=blue", "there is no attribute `colour`", "custom.KEY");
}
