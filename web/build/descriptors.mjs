// esbuild plugin: decodes the schema at build time, so that protobuf's own bootstrap (the schema of schemas and its
// text form, a third of the bundle) stays off the page, and with it what only other schemas or older engines need.
// The generated files themselves are left as they are; test/protocol.test.ts runs the bundle against the library.
import { readFile } from "node:fs/promises";
import { fromBinary } from "@bufbuild/protobuf";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** What a message of descriptor.proto looks like where nothing is set; a set field is an own property above it. */
const blank = {
  file: {
    syntax: "",
    edition: 0,
    dependency: [],
    publicDependency: [],
    weakDependency: [],
    optionDependency: [],
    service: [],
    extension: [],
    messageType: [],
    enumType: [],
  },
  message: {
    visibility: 0,
    field: [],
    extension: [],
    nestedType: [],
    enumType: [],
    extensionRange: [],
    oneofDecl: [],
    reservedRange: [],
    reservedName: [],
  },
  field: {
    label: 1,
    typeName: "",
    extendee: "",
    defaultValue: "",
    oneofIndex: 0,
    jsonName: "",
    proto3Optional: false,
  },
  enum: { visibility: 0, reservedName: [], reservedRange: [], value: [] },
};

/** Stands in for `fileDesc` of the library: the same result from a decoded literal. */
const hydrate = `
import { restoreJsonNames } from "./restore-json-names.js";
import { createEmbeddedFileRegistry } from "../registry.js";
const blank = ${JSON.stringify(blank)};
const over = (kind, set) => Object.assign(Object.create(blank[kind]), set);
const list = (items, make) => (items ?? []).map(make);
const enumeration = (set) => over("enum", set);
const message = (set) => over("message", {
  ...set,
  field: list(set.field, (field) => over("field", field)),
  nestedType: list(set.nestedType, message),
  enumType: list(set.enumType, enumeration),
});
export function fileDesc(set, imports = []) {
  const root = over("file", {
    ...set,
    $typeName: "google.protobuf.FileDescriptorProto",
    messageType: list(set.messageType, message),
    enumType: list(set.enumType, enumeration),
    dependency: imports.map((file) => file.proto.name),
  });
  root.messageType.forEach(restoreJsonNames);
  const registry = createEmbeddedFileRegistry(root, (name) => imports.find((file) => file.proto.name === name));
  return registry.getFile(root.name);
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

/** The schema uses none of the wrapper types of google.protobuf. */
const noWrappers = `
export const isWrapper = () => false;
export const isWrapperDesc = () => false;
export const hasCustomJsonRepresentation = () => false;
`;

/** File of the library -> what takes its place. */
const replacements = {
  "codegenv2/file": hydrate,
  "wire/text-format": noDefaults,
  "proto-int64": bigIntegers,
  "wkt/wrappers": noWrappers,
};

/** Own, set fields only; names of types and empty lists go. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, field]) =>
          !key.startsWith("$") && field !== undefined && !(Array.isArray(field) && field.length === 0),
      )
      .map(([key, field]) => [key, plain(field)]),
  );
}

export function precompiledDescriptors() {
  return {
    name: "precompiled-descriptors",
    setup(build) {
      build.onLoad({ filter: /@bufbuild\/protobuf\/dist\/esm\// }, ({ path }) => {
        const file = /dist\/esm\/(.*)\.js$/.exec(path)?.[1] ?? "";
        const contents = replacements[file];
        return contents === undefined ? undefined : { contents, loader: "js" };
      });
      build.onLoad({ filter: /src\/generated\/.*_pb\.ts$/ }, async ({ path }) => {
        const text = await readFile(path, "utf8");
        const contents = text.replace(/fileDesc\("([^"]+)"/, (_, base64) => {
          const file = plain(fromBinary(FileDescriptorProtoSchema, base64Decode(base64)));
          return `fileDesc(${JSON.stringify(file)}`;
        });
        if (contents === text) return { errors: [{ text: `${path}: no file descriptor found to decode` }] };
        return { contents, loader: "ts" };
      });
    },
  };
}
