//! What a child of a Go file's tree declares, in the words of its reader, and the name by which functions of a module are
//! known to be of it.

import type { LiveTree, TreeNode } from "../tree-event.js";

export type Declaration = {
  readonly index: number;
  readonly size: number;
  /** "func", "type", "import" and so on. */
  readonly what: string;
  readonly name: string;
  /** The same while the declaration is: what was changed and what is open is remembered by it. */
  readonly key: string;
  /** `package.Name` or `package.Receiver.Name`; empty for what becomes no function. */
  readonly functionKey: string;
};

const words: Readonly<Record<string, string>> = {
  package_clause: "package",
  import_declaration: "import",
  function_declaration: "func",
  method_declaration: "func",
  type_declaration: "type",
  const_declaration: "const",
  var_declaration: "var",
  directive: "directive",
  opaque: "unreadable",
};

/** Longer names say no more in a row. */
const longestName = 80;

/** All children of the root, in their order. */
export function declarationsOf(tree: LiveTree): readonly Declaration[] {
  const known = new Map<string, number>();
  let packageName = "";
  return [...tree.children(0)].map((node) => {
    if (node.kind === "package_clause") packageName = childOf(tree, node, "package_identifier")?.label ?? "";
    const receiver = node.kind === "method_declaration" ? receiverOf(tree, node) : "";
    const name = nameOf(tree, node, receiver).slice(0, longestName);
    const plain = `${node.kind} ${name}`;
    const times = known.get(plain) ?? 0;
    known.set(plain, times + 1);
    const own = childOf(tree, node, receiver ? "field_identifier" : "identifier")?.label ?? "";
    const isFunction = node.kind === "function_declaration" || node.kind === "method_declaration";
    return {
      index: node.index,
      size: node.size,
      what: words[node.kind] ?? node.kind.replaceAll("_", " "),
      name,
      key: times === 0 ? plain : `${plain} ${times}`,
      functionKey: isFunction ? [packageName, receiver, own].filter(Boolean).join(".") : "",
    };
  });
}

/** What a function of a module is known by: that of the declaration which it, or what it is a literal in, is of. */
export function functionKeyOf(symbol: string): string {
  const plain = symbol.replace(/\$.*$/, "").replace(/\[.*\]/, "");
  const method = /^\(\*?(.*)\.([^.]+)\)\.(.+)$/.exec(plain);
  const [path = "", ...names] = method
    ? method.slice(1)
    : (/^(.*)\.([^.]+)$/.exec(plain)?.slice(1) ?? [plain]);
  return [path.split("/").at(-1), ...names].join(".");
}

function nameOf(tree: LiveTree, node: TreeNode, receiver: string): string {
  switch (node.kind) {
    case "package_clause":
      return childOf(tree, node, "package_identifier")?.label ?? "";
    case "function_declaration":
      return childOf(tree, node, "identifier")?.label ?? "";
    case "method_declaration":
      return `${receiver}.${childOf(tree, node, "field_identifier")?.label ?? ""}`;
    case "import_declaration":
      return namesOf(tree, node, ["interpreted_string_literal", "raw_string_literal"]);
    case "opaque":
    case "directive":
      return node.label.split("\n")[0] ?? "";
    default:
      return namesOf(tree, node, ["identifier", "type_identifier"]);
  }
}

/** Of each spec the first name. */
function namesOf(tree: LiveTree, node: TreeNode, kinds: readonly string[]): string {
  const names: string[] = [];
  for (const spec of tree.children(node.index)) {
    for (let index = spec.index; index < spec.index + spec.size; index += 1) {
      const inner = tree.node(index);
      if (!inner || !kinds.includes(inner.kind)) continue;
      names.push(inner.label);
      break;
    }
  }
  return names.join(", ");
}

function receiverOf(tree: LiveTree, node: TreeNode): string {
  const list = childOf(tree, node, "parameter_list");
  if (!list) return "";
  for (let index = list.index; index < list.index + list.size; index += 1) {
    const inner = tree.node(index);
    if (inner?.kind === "type_identifier") return inner.label;
  }
  return "";
}

function childOf(tree: LiveTree, node: TreeNode, kind: string): TreeNode | undefined {
  for (const child of tree.children(node.index)) if (child.kind === kind) return child;
  return undefined;
}
