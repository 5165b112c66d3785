// esbuild plugin: resolves the schema at build time, so that protobuf's own bootstrap (the schema of schemas, its text
// form, and what links descriptors) stays off the page, and with it what only other schemas or older engines need.
// The generated files themselves are left as they are; test/protocol.test.ts runs the bundle against the library.
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { create, createFileRegistry, fromBinary, ScalarType } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import {
  Edition,
  FeatureSet_FieldPresence,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from "@bufbuild/protobuf/wkt";

/** What most fields are; a field of the literal names only what differs. */
const commonField = {
  kind: "field",
  fieldKind: "scalar",
  presence: FeatureSet_FieldPresence.IMPLICIT,
  utf8Validation: true,
  longAsString: false,
  delimitedEncoding: false,
};

/**
 * Stands in for `fileDesc` of the library: of the same descriptors what reading and writing bytes looks at. `shapes`: what
 * fields have in common; `text`: messages and their fields, as `literal` writes them.
 */
const hydrate = `
const types = {};
const file = { edition: ${Edition.EDITION_PROTO3} };
const anyEnum = { open: true, values: [{ number: 0 }] };
const common = { ...${JSON.stringify(commonField)}, getDefaultValue() {} };
export function fileDesc(scope, shapes, text) {
  const rows = text.split("|").map((row) => {
    const [name, ...fields] = row.split(",");
    const typeName = scope + name;
    return [types[typeName] = { kind: "message", typeName, file, fields: [], members: [] }, fields];
  });
  for (const [parent, fields] of rows) {
    const groups = {};
    let next = 1;
    for (const each of fields) {
      const [shape, localName, message, oneof, number] = each.split(":");
      const set = shapes[shape];
      const field = { ...common, ...set, localName, number: +number || next, parent, message: types[scope + message], enum: set.enum && anyEnum };
      next = field.number + 1;
      parent.fields.push(field);
      if (oneof) {
        const group = { kind: "oneof", localName: oneof, fields: [] };
        if (!groups[oneof]) parent.members.push(groups[oneof] = group);
        field.oneof = groups[oneof];
        field.oneof.fields.push(field);
      } else parent.members.push(field);
    }
  }
  return { messages: rows.map(([type]) => type) };
}
`;

/** proto3 has no default values in text form, so nobody reads them. */
const noDefaults = `
export const parseTextFormatEnumValue = () => undefined;
export const parseTextFormatScalarValue = () => undefined;
`;

/** Every engine that runs the client has BigInt; the library also carries the way without. */
const bigIntegers = `
const view = new DataView(new ArrayBuffer(8));
const halves = (value) => {
  view.setBigInt64(0, value, true);
  return { lo: view.getInt32(0, true), hi: view.getInt32(4, true) };
};
const from = (lo, hi) => {
  view.setInt32(0, lo, true);
  view.setInt32(4, hi, true);
  return view;
};
export const protoInt64 = {
  zero: 0n,
  supported: true,
  parse: BigInt,
  uParse: BigInt,
  enc: (value) => halves(BigInt(value)),
  uEnc: (value) => halves(BigInt(value)),
  dec: (lo, hi) => from(lo, hi).getBigInt64(0, true),
  uDec: (lo, hi) => from(lo, hi).getBigUint64(0, true),
};
`;

/** The library also carries a way for engines that cannot encode into a buffer, and lets callers bring their own encoding. */
const textEncoding = `
const encoder = new TextEncoder();
const decoder = (fatal) => new TextDecoder("utf-8", { fatal, ignoreBOM: true });
const [lenient, strictly] = [decoder(false), decoder(true)];
const encoding = {
  encodeUtf8Into: (text, bytes) => encoder.encodeInto(text, bytes),
  decodeUtf8: (bytes, strict) => (strict ? strictly : lenient).decode(bytes),
};
export const getTextEncoding = () => encoding;
export const emulateEncodeInto = undefined;
export const configureTextEncoding = undefined;
`;

/** The schema uses none of the wrapper types of google.protobuf. */
const noWrappers = `
export const isWrapper = () => false;
export const isWrapperDesc = () => false;
export const hasCustomJsonRepresentation = () => false;
`;

/** Nor google.protobuf.Struct: what a field holds is the message itself. */
const noMappers = `
import { create } from "../create.js";
export const localMessageMapper = ({ message }) => ({
  toMessage: (local) => local ?? create(message),
  toLocal: (message) => message,
});
export const wktStructToReflect = undefined;
export const wktStructToLocal = undefined;
`;

/** Kinds of numbers that a schema may have and ours has not: what reads and writes them stays off the page. */
const strangers = ["float", "double", "fixed32", "sfixed32", "sint32", "sfixed64", "fixed64"];

function withoutStrangers(text) {
  return strangers.reduce((rest, name) => {
    const method = new RegExp(`^    ${name}\\([^)]*\\) \\{\\n[^]*?^    \\}\\n`, "gm");
    const less = rest.replace(method, "");
    if (less === rest) throw new Error(`the library has no method ${name} any more`);
    return less;
  }, text);
}

/** File of the library -> what takes its place. */
const replacements = {
  "reflect/message": noMappers,
  "codegenv2/file": hydrate,
  "wire/text-format": noDefaults,
  "wire/text-encoding": textEncoding,
  "proto-int64": bigIntegers,
  "wkt/wrappers": noWrappers,
};

/**
 * What `hydrate` reads: `Message,field,field|Message...`, a field being `shape:name:message:oneof:number` without what is
 * empty at its end; a number is left out when it is the next one. It assumes proto3 without nested messages and one
 * package, so that is checked here.
 */
function literal(file) {
  if (file.edition !== Edition.EDITION_PROTO3) throw new Error(`${file.name}: not proto3`);
  const scope = `${file.proto.package}.`;
  const shapes = [];
  const within = (message) => {
    if (!message.typeName.startsWith(scope)) throw new Error(`${message.typeName}: not of ${scope}`);
    return message.typeName.slice(scope.length);
  };
  const row = (message) => {
    if (message.nestedMessages.length > 0) throw new Error(`${message.typeName}: nested messages`);
    let next = 1;
    const fields = message.fields.map((field) => {
      if (strangers.includes(ScalarType[field.scalar]?.toLowerCase()))
        throw new Error(`${message.typeName}.${field.name}: of a kind that is left out of the bundles`);
      const shape = JSON.stringify(shapeOf(field));
      if (!shapes.includes(shape)) shapes.push(shape);
      const number = field.number === next ? "" : field.number;
      next = field.number + 1;
      const of = field.message ? within(field.message) : "";
      const parts = [shapes.indexOf(shape), field.localName, of, field.oneof?.localName ?? "", number];
      return parts.join(":").replace(/:+$/, "");
    });
    return [within(message), ...fields].join(",");
  };
  const text = file.messages.map(row).join("|");
  return `${JSON.stringify(scope)}, [${shapes.join(", ")}], ${JSON.stringify(text)}`;
}

/** For people and for JSON only, or written beside the shape. */
const besideShape = new Set(["name", "jsonName", "deprecated", "localName", "number"]);

function shapeOf(field) {
  const plain = Object.entries(field).filter(
    ([key, value]) =>
      ["string", "number", "boolean"].includes(typeof value) &&
      !besideShape.has(key) &&
      value !== commonField[key],
  );
  return { ...Object.fromEntries(plain), ...(field.enum && { enum: 1 }) };
}

const embedded = /fileDesc\("([^"]+)"(?:, \[([^\]]*)\])?/;

/** The generator writes imports beside the bytes, as names of constants such as `file_devserver_v1_module`. */
function fileOf(text) {
  const [, base64 = "", imports = ""] = embedded.exec(text) ?? [];
  const file = fromBinary(FileDescriptorProtoSchema, base64Decode(base64));
  file.dependency = imports.split(/, ?/).flatMap((name) => {
    return name === "" ? [] : [`${name.replace(/^file_/, "").replaceAll("_", "/")}.proto`];
  });
  return file;
}

/** The schema as the library understands it, from all generated files, since one imports another. */
async function registry(folder) {
  const texts = await Promise.all(
    (await readdir(folder))
      .filter((name) => name.endsWith("_pb.ts"))
      .map((name) => readFile(join(folder, name), "utf8")),
  );
  const files = texts.map(fileOf);
  // The library wants a file after those that it imports.
  const sorted = [];
  const add = (file) => {
    if (!file || sorted.includes(file)) return;
    for (const name of file.dependency) add(files.find((other) => other.name === name));
    sorted.push(file);
  };
  files.forEach(add);
  return createFileRegistry(create(FileDescriptorSetSchema, { file: sorted }));
}

export function precompiledDescriptors() {
  return {
    name: "precompiled-descriptors",
    setup(build) {
      build.onLoad({ filter: /@bufbuild\/protobuf\/dist\/esm\// }, ({ path }) => {
        const file = /dist\/esm\/(.*)\.js$/.exec(path)?.[1] ?? "";
        if (file === "wire/binary-encoding")
          return { contents: withoutStrangers(readFileSync(path, "utf8")), loader: "js" };
        const contents = replacements[file];
        return contents === undefined ? undefined : { contents, loader: "js" };
      });
      build.onLoad({ filter: /src\/generated\/.*_pb\.ts$/ }, async ({ path }) => {
        const schema = await registry(dirname(path));
        const text = await readFile(path, "utf8");
        const file = schema.getFile(fileOf(text).name);
        const contents = text.replace(
          embedded,
          // The imports stay: through them the bundler keeps the files, whose messages are in the table then.
          (_, _base64, imports = "") => `fileDesc(${literal(file)}, [${imports}]`,
        );
        if (contents === text) return { errors: [{ text: `${path}: no file descriptor found to decode` }] };
        return { contents, loader: "ts" };
      });
    },
  };
}
