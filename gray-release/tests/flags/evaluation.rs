//! What a client gets: always something, for any client, name and document.

use gray_release::{
    Builtin, Channel, Client, ClientId, Device, Document, Format, Permit, Treatment, Value, Why,
};

use crate::random::{Random, id};

fn read(text: &str) -> Document {
    Document::read(text, Format::Toml).unwrap()
}

#[test]
fn a_document_that_says_nothing_changes_nothing() {
    let device = Device::default();
    let id = id("somebody");
    let client = Client { id: &id, device: &device, program: "counter" };
    let treatment = read("").treatment(&client);
    let expected = Treatment {
        highest_level: 4,
        lowest_level: 1,
        largest_hot_patch: (1 << 53) - 1,
        trees: true,
        channel: Channel::Stable,
        telemetry: true,
    };
    assert_eq!(treatment, expected);
    for level in 0..=4 {
        assert_eq!(treatment.permit(level, u64::from(u32::MAX)), Permit::AsDecided);
    }
}

#[test]
fn killed_flags_take_the_cautious_value() {
    let device = Device::default();
    let id = id("somebody");
    let client = Client { id: &id, device: &device, program: "counter" };
    let killed = |flag: Builtin| format!("[flags.\"{}\"]\nkilled = true\n", flag.name());
    let treatment = read(&Builtin::ALL.map(killed).concat()).treatment(&client);
    let expected = Treatment {
        highest_level: 4,
        lowest_level: 3,
        largest_hot_patch: 0,
        trees: false,
        channel: Channel::Stable,
        telemetry: false,
    };
    assert_eq!(treatment, expected);
}

#[test]
fn the_sample_of_telemetry_is_a_share_of_clients_and_only_grows() {
    let device = Device::default();
    let mut random = Random(11);
    let ids: Vec<ClientId> = (0..20_000).map(|_| random.id()).collect();
    let sampled = |hundredths: u16| -> Vec<bool> {
        let document = read(&format!("[flags.\"telemetry.sample\"]\ndefault = {hundredths}\n"));
        let client = |id| Client { id, device: &device, program: "" };
        ids.iter().map(|id| document.treatment(&client(id)).telemetry).collect()
    };
    let (none, tenth, half, all) = (sampled(0), sampled(1000), sampled(5000), sampled(10_000));
    let count = |sample: &[bool]| sample.iter().filter(|is_in| **is_in).count();
    assert_eq!((count(&none), count(&all)), (0, 20_000));
    // Some ids are empty and share a bucket.
    assert!((1000..3500).contains(&count(&tenth)), "{}", count(&tenth));
    assert!(tenth.iter().zip(&half).all(|(tenth, half)| !tenth || *half));
}

#[test]
fn the_first_rule_that_catches_decides_and_says_so() {
    let document = read(
        r#"
        [flags.greeting]
        type = "string"
        default = "hello"
        [[flags.greeting.rules]]
        where = { browser = ["firefox"], version = [{ from = 120 }] }
        value = "fox"
        [[flags.greeting.rules]]
        where = { cores = 8 }
        percent = 0
        value = "nobody"
        [[flags.greeting.rules]]
        where = { cores = 4, custom = { team = "blue" } }
        value = "blue"
        "#,
    );
    let mut seen = [0; 3];
    let mut random = Random(5);
    for _ in 0..2000 {
        let (id, device) = (random.id(), random.device());
        let answer =
            document.evaluate("greeting", &Client { id: &id, device: &device, program: "" }).unwrap();
        let (place, expected) = match answer.why {
            Why::Rule(1) => (0, "fox"),
            Why::Rule(3) => (1, "blue"),
            Why::Default => (2, "hello"),
            other => panic!("{other}"),
        };
        seen[place] += 1;
        assert_eq!(answer.value, &Value::from(expected));
    }
    assert!(seen.iter().all(|count| *count > 50), "{seen:?}");
}

#[test]
fn unknown_flags_and_those_of_another_type_are_what_the_caller_says() {
    let document = read("[flags.limit]\ntype = \"integer\"\ndefault = -3\n");
    let device = Device::default();
    let id = id("");
    let client = Client { id: &id, device: &device, program: "" };
    for name in ["", "limits", "LIMIT", "flags.limit", "__proto__", "\u{0}", &"x".repeat(100_000)] {
        assert_eq!(document.evaluate(name, &client), None);
        assert_eq!(document.integer(name, &client, 7), 7);
    }
    assert_eq!(document.integer("limit", &client, 7), -3);
    assert!(document.boolean("limit", &client, true));
    assert_eq!(document.text("limit", &client, "none"), "none");
}
