//! Small models, written field by field as `onnx.proto` numbers them.

use crate::repository;

const FLOAT: u64 = 1;
const BOOL: u64 = 9;
const INT64: u64 = 7;

#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }

    fn number(mut self, field: u64, value: u64) -> Self {
        self.varint(field << 3);
        self.varint(value);
        self
    }

    fn bytes(mut self, field: u64, bytes: impl AsRef<[u8]>) -> Self {
        self.varint(field << 3 | 2);
        self.varint(bytes.as_ref().len() as u64);
        self.0.extend(bytes.as_ref());
        self
    }

    fn message(self, field: u64, message: Self) -> Self {
        self.bytes(field, message.0)
    }
}

fn message() -> Message {
    Message::default()
}

/// `Err`: a dimension of any length, by its name.
type Dimension = Result<u64, &'static str>;

/// An input or an output.
fn port(name: &str, kind: u64, dimensions: &[Dimension]) -> Message {
    let shape = dimensions.iter().fold(message(), |shape, dimension| {
        shape.message(
            1,
            match dimension {
                Ok(length) => message().number(1, *length),
                Err(name) => message().bytes(2, name),
            },
        )
    });
    message().bytes(1, name).message(2, message().message(1, message().number(1, kind).message(2, shape)))
}

fn weights(name: &str, dimensions: &[u64], values: &[f32]) -> Message {
    let tensor = dimensions.iter().fold(message(), |tensor, dimension| tensor.number(1, *dimension));
    let raw = values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>();
    tensor.number(2, FLOAT).bytes(8, name).bytes(9, raw)
}

fn node(kind: &str, inputs: &[&str], output: &str) -> Message {
    let node = inputs.iter().fold(message(), |node, input| node.bytes(1, input));
    node.bytes(2, output).bytes(4, kind)
}

/// Nodes (1), weights (5), inputs (11) and outputs (12) of a graph.
fn model(name: &str, parts: Vec<(u64, Message)>) -> Vec<u8> {
    let graph =
        parts.into_iter().fold(message().bytes(2, name), |graph, (field, part)| graph.message(field, part));
    let operators = message().bytes(1, "").number(2, 17);
    message().number(1, 8).message(7, graph).message(8, operators).0
}

/// Whether one of two bits is set, for any number of pairs: `relu(a+b) - 2 relu(a+b-1)`, with a negative zero nowhere.
pub(crate) fn xor() -> Vec<u8> {
    model(
        "xor",
        vec![
            (1, node("Gemm", &["bits", "weights", "bias"], "sums")),
            (1, node("Relu", &["sums"], "hidden")),
            (1, node("MatMul", &["hidden", "second"], "is_one")),
            (5, weights("weights", &[2, 2], &[1.0, 1.0, 1.0, 1.0])),
            (5, weights("bias", &[2], &[0.0, -1.0])),
            (5, weights("second", &[2, 1], &[1.0, -2.0])),
            (11, port("bits", FLOAT, &[Err("pairs"), Ok(2)])),
            (12, port("is_one", FLOAT, &[Err("pairs"), Ok(1)])),
        ],
    )
}

/// Zeros of the shape that it is given.
pub(crate) fn fill() -> Vec<u8> {
    let parts = vec![
        (1, node("ConstantOfShape", &["shape"], "zeros")),
        (11, port("shape", INT64, &[Ok(2)])),
        (12, port("zeros", FLOAT, &[Err("rows"), Err("columns")])),
    ];
    model("fill", parts)
}

/// Some hundred products of matrices of the size that it is given, one after the other.
pub(crate) fn slow() -> Vec<u8> {
    let mut parts = vec![(1, node("ConstantOfShape", &["shape"], "m0"))];
    for step in 0..400 {
        let (before, after) = (format!("m{step}"), format!("m{}", step + 1));
        parts.push((1, node("MatMul", &[&before, "m0"], &after)));
    }
    parts.push((1, node("ReduceSum", &["m400"], "sum")));
    parts.push((11, port("shape", INT64, &[Ok(2)])));
    parts.push((12, port("sum", FLOAT, &[Err("one"), Err("same")])));
    model("slow", parts)
}

/// Two inputs, and an output of a type that wasi-nn does not have beside one that it has.
pub(crate) fn is_large() -> Vec<u8> {
    let parts = vec![
        (1, node("Greater", &["value", "limit"], "is_large")),
        (1, node("Sub", &["value", "limit"], "above")),
        (11, port("value", FLOAT, &[Ok(1)])),
        (11, port("limit", FLOAT, &[Ok(1)])),
        (12, port("is_large", BOOL, &[Ok(1)])),
        (12, port("above", FLOAT, &[Ok(1)])),
    ];
    model("is_large", parts)
}

/// Its only weights are in a file of this machine.
pub(crate) fn of_a_file(path: &str) -> Vec<u8> {
    let entry = |key: &str, value: &str| message().bytes(1, key).bytes(2, value);
    let tensor = message().number(1, 1).number(2, FLOAT).bytes(8, "secret");
    let tensor = tensor.message(13, entry("location", path)).number(14, 1);
    let parts =
        vec![(1, node("Identity", &["secret"], "told")), (5, tensor), (12, port("told", FLOAT, &[Ok(1)]))];
    model("of_a_file", parts)
}

#[test]
fn the_examples_model_is_this_one() {
    let path = repository().join("examples/inference/xor.onnx");
    if std::env::var_os("REGENERATE").is_some() {
        std::fs::write(&path, xor()).unwrap();
    }
    let hint = "REGENERATE=1 cargo test --workspace --test inference the_examples";
    assert!(std::fs::read(&path).is_ok_and(|bytes| bytes == xor()), "run {hint}");
}
