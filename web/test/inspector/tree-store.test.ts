//! The outline of a Go tree: what is in it, what was changed last, and what that became.

import { expect, test } from "vitest";
import { functionKeyOf } from "../../src/inspector/declaration.js";
import { changedRange } from "../../src/inspector/node-digests.js";
import { TreeStore } from "../../src/inspector/tree-store.js";
import type { LiveTree, TreeChange } from "../../src/tree-event.js";
import { children, declaration, FakeTree, type Shape } from "./fake-tree.js";

const file = (...declarations: readonly Shape[]): Shape => [
  "source_file",
  "",
  ["package_clause", "", ["package_identifier", "main"]],
  ...declarations,
];

const changed = (tree: LiveTree, revision: number, changes?: readonly TreeChange[]) =>
  ({ what: "changed", file: "main.go", tree, revision: BigInt(revision), changes }) as const;

/** The declaration at a place among the children of the root, as changes name it. */
const at = (tree: FakeTree, place: number) => {
  const node = children(tree)[place];
  if (!node) throw new Error(`there is no child ${place}`);
  return { from: node.index, to: node.index + node.size };
};

const names = (store: TreeStore) => store.rows().map(({ what, name }) => `${what} ${name}`.trim());

test("declarations have the names that their reader gives them", () => {
  const method: Shape = [
    "method_declaration",
    "",
    ["parameter_list", "", ["parameter_declaration", "", ["pointer_type", "", ["type_identifier", "List"]]]],
    ["field_identifier", "add"],
    ["block", ""],
  ];
  const imports: Shape = [
    "import_declaration",
    "",
    ["import_spec", "", ["interpreted_string_literal", '"time"']],
    ["import_spec", "", ["package_identifier", "js"], ["interpreted_string_literal", '"syscall/js"']],
  ];
  const constants: Shape = [
    "const_declaration",
    "",
    ["const_spec", "", ["identifier", "one"], ["identifier", "two"]],
  ];
  const broken: Shape = ["opaque", "func broken( {\n\tx\n}"];
  const store = new TreeStore();
  store.take(changed(new FakeTree(file(imports, constants, declaration("main"), method, broken)), 1));
  expect(names(store)).toEqual(["main.go"]);
  store.toggle("main.go");
  expect(names(store)).toEqual([
    "main.go",
    "package main",
    'import "time", "syscall/js"',
    "const one",
    "func main",
    "func List.add",
    "unreadable func broken( {",
  ]);
  store.replaced("base", ["main.main$1", "(*main.List).add", "other.main"]);
  const became = store
    .rows()
    .flatMap(({ name, functions }) => (functions.length > 0 ? [[name, functions]] : []));
  expect(became).toEqual([
    ["main", ["main.main$1"]],
    ["List.add", ["(*main.List).add"]],
  ]);
  store.replaced("another base", []);
  expect(store.rows().every(({ functions }) => functions.length === 0)).toBe(true);
});

test.each([
  ["main.show", "main.show"],
  ["main.main$1$2", "main.main"],
  ["(*main.List).add", "main.List.add"],
  ["(small/words.Mark).String", "words.Mark.String"],
  ["devserver.dev/live.Keep", "live.Keep"],
  ["main.most[int]", "main.most"],
])("%s is of %s", (symbol, key) => {
  expect(functionKeyOf(symbol)).toBe(key);
});

test("what was changed is marked until something else is, down to the node", () => {
  const tree = new FakeTree(file(declaration("main", "one"), declaration("show", "two", "three", "four")));
  const store = new TreeStore();
  store.take(changed(tree, 1));
  expect(store.newest()).toBeUndefined();

  tree.become(file(declaration("main", "one"), declaration("show", "two", "other", "four")));
  store.take(changed(tree, 7, [{ what: "updated", old: at(tree, 2), new: at(tree, 2) }]));
  // The file opens by itself, the first time that something in it is changed.
  expect(names(store)).toEqual(["main.go", "package main", "func main", "func show"]);
  expect(store.rows()[store.newest() ?? 0]).toMatchObject({
    name: "show",
    mark: { revision: 7, what: "updated" },
  });
  const show = store.rows()[3]?.key ?? "";
  store.toggle(show);
  const block = store.rows().at(-1)?.key ?? "";
  store.toggle(block);
  const fresh = store.rows().filter(({ isNew, depth }) => isNew && depth > 1);
  expect(fresh.map(({ name }) => name)).toEqual(["other"]);

  const removed = [{ what: "removed", old: at(tree, 1) }] as const;
  tree.become(file(declaration("show", "two", "other", "four")));
  store.take(changed(tree, 2, removed));
  expect(store.rows()[0]).toMatchObject({ what: "removed: func main", isNew: true });
  expect(
    store
      .rows()
      .slice(1)
      .some(({ isNew }) => isNew),
  ).toBe(false);
  expect(store.latest).toBe(2);
});

test("a file that is gone, and one that came as a whole again", () => {
  const store = new TreeStore();
  store.take(changed(new FakeTree(file(declaration("main"))), 1));
  store.take(changed(new FakeTree(file(declaration("other"))), 1));
  store.toggle("main.go");
  expect(names(store)).toEqual(["main.go", "package main", "func other"]);
  expect(store.rows().some(({ isNew }) => isNew)).toBe(false);
  store.take({ what: "removed", file: "main.go" });
  expect(store.rows()).toEqual([]);
  store.toggle("main.go");
  expect(store.fileCount).toBe(0);
});

test.each([
  [[1, 2, 3], [1, 2, 3], undefined],
  [[1, 2, 3], [1, 9, 3], { from: 1, to: 2 }],
  [[1, 3], [1, 2, 3], { from: 1, to: 2 }],
  [[1, 2, 3], [1, 3], undefined],
  [[1, 1], [1, 1, 1], { from: 2, to: 3 }],
  [[], [5], { from: 0, to: 1 }],
])("from %o to %o new is %o", (before, now, expected) => {
  expect(changedRange(Uint32Array.from(before), Uint32Array.from(now))).toEqual(expected);
});

test("what is known of functions and of files has a bound", () => {
  const store = new TreeStore();
  const tree = new FakeTree(file(declaration("main")));
  store.take(changed(tree, 1));
  for (let revision = 2; revision < 3000; revision += 1) {
    store.replaced("base", [`main.f${revision}`, `main.g${revision}`]);
    tree.become(file(declaration(`f${revision}`)));
    store.take(
      changed(tree, revision, [
        { what: "removed", old: at(tree, 1) },
        { what: "inserted", new: at(tree, 1) },
      ]),
    );
  }
  expect(store.rows()).toHaveLength(3);
  expect(store.rows()[2]).toMatchObject({ name: "f2999", functions: ["main.f2999"] });
});
