//! The Go files as they are, with what was changed last and what it became, as rows of an outline that can be opened.

import type { LiveTree, NodeRange, TreeChange, TreeEvent } from "../tree-event.js";
import { type Declaration, declarationsOf, functionKeyOf } from "./declaration.js";
import { changedRange, digestsOf } from "./node-digests.js";

export type Mark = {
  readonly revision: number;
  readonly what: TreeChange["what"];
  /** Nodes of the declaration that are new, by their place in it; undefined: all of them may be. */
  readonly nodes?: NodeRange | undefined;
  /** Which change of any tree it was; revisions begin anew with every run of the server. */
  readonly turn: number;
};

export type OutlineRow = {
  readonly key: string;
  readonly depth: number;
  readonly what: string;
  readonly name: string;
  /** How many nodes it has. */
  readonly size: number;
  /** Undefined: there is nothing in it. */
  readonly open: boolean | undefined;
  readonly mark: Mark | undefined;
  /** It was changed last. */
  readonly isNew: boolean;
  /** Functions of the module that it became by patches. */
  readonly functions: readonly string[];
};

type File = {
  readonly tree: LiveTree;
  declarations: readonly Declaration[];
  readonly marks: Map<string, Mark>;
  /** Of declarations, by their keys. */
  digests: Map<string, Uint32Array>;
  /** What was removed with the last change, in words, and which change that was. */
  removed: { readonly words: string; readonly mark: Mark } | undefined;
};

/** Nodes of a file beyond which single ones are not compared: to read all of them would take longer than a frame. */
const mostCompared = 5000;

/** Functions that are known to have been replaced; a program has some thousand. */
const mostFunctions = 4000;

export class TreeStore {
  readonly #files = new Map<string, File>();
  readonly #open = new Set<string>();
  /** Symbols by what they are of, and in which module. */
  readonly #functions = new Map<string, Set<string>>();
  #symbols = 0;
  #module = "";
  #version = 0;
  #rows: readonly OutlineRow[] | undefined;
  #latest = 0;
  #turn = 0;
  #touched = new Set<string>();

  /** Grows with each change. */
  get version(): number {
    return this.#version;
  }

  get fileCount(): number {
    return this.#files.size;
  }

  /** The state of the sources that changed a tree last. */
  get latest(): number {
    return this.#latest;
  }

  take(event: TreeEvent): void {
    if (event.what === "text") return;
    if (event.what === "removed") this.#files.delete(event.file);
    else this.#changed(event.file, event.tree, Number(event.revision), event.changes);
    this.#changedRows();
  }

  /** Functions were replaced by a patch on a module, or a new module has none that were. */
  replaced(module: string, functions: readonly string[]): void {
    if (module !== this.#module || this.#symbols > mostFunctions) {
      this.#module = module;
      this.#functions.clear();
      this.#symbols = 0;
    }
    for (const symbol of functions) {
      const key = functionKeyOf(symbol);
      const known = this.#functions.get(key) ?? new Set();
      if (!known.has(symbol)) this.#symbols += 1;
      this.#functions.set(key, known.add(symbol));
    }
    this.#changedRows();
  }

  /** Opens what is closed, or the other way round; `open` says to what. */
  toggle(key: string, open = !this.#open.has(key)): void {
    if (open) this.#open.add(key);
    else this.#open.delete(key);
    this.#changedRows();
  }

  rows(): readonly OutlineRow[] {
    this.#rows ??= [...this.#walk()];
    return this.#rows;
  }

  /** The row of what was changed last. */
  newest(): number | undefined {
    const place = this.rows().findIndex(({ isNew, depth }) => depth > 0 && isNew);
    return place < 0 ? undefined : place;
  }

  clear(): void {
    this.#files.clear();
    this.#functions.clear();
    this.#changedRows();
  }

  #changedRows(): void {
    this.#version += 1;
    this.#rows = undefined;
  }

  #changed(name: string, tree: LiveTree, revision: number, changes: readonly TreeChange[] | undefined): void {
    const known = this.#files.get(name);
    const declarations = declarationsOf(tree);
    const file: File =
      known?.tree === tree
        ? known
        : { tree, declarations, marks: new Map(), digests: new Map(), removed: undefined };
    this.#files.set(name, file);
    const before = file.digests;
    file.digests = digestsByKey(tree, declarations);
    // A tree that came as a whole says nothing of what is other in it.
    if (changes) {
      if (revision !== this.#latest) this.#turn += 1;
      this.#latest = revision;
      if (!this.#touched.has(name)) this.#open.add(name);
      this.#touched.add(name);
      this.#mark(file, declarations, changes, before);
    }
    file.declarations = declarations;
    const keys = new Set(declarations.map(({ key }) => key));
    for (const key of file.marks.keys()) if (!keys.has(key)) file.marks.delete(key);
  }

  #mark(
    file: File,
    declarations: readonly Declaration[],
    changes: readonly TreeChange[],
    before: ReadonlyMap<string, Uint32Array>,
  ): void {
    const [revision, turn] = [this.#latest, this.#turn];
    const gone = changes.flatMap((change) => (change.what === "removed" ? [change.old] : []));
    const words = file.declarations
      .filter(({ index }) => gone.some(({ from, to }) => index >= from && index < to))
      .map(({ what, name }) => `${what} ${name}`);
    file.removed =
      words.length > 0
        ? { words: `removed: ${words.join(", ")}`, mark: { revision, what: "removed", turn } }
        : undefined;
    for (const change of changes) {
      if (change.what === "removed") continue;
      for (const { index, key } of declarations) {
        if (index < change.new.from || index >= change.new.to) continue;
        const [old, now] = [before.get(key), file.digests.get(key)];
        const nodes = change.what === "updated" && old && now ? changedRange(old, now) : undefined;
        file.marks.set(key, { revision, what: change.what, nodes, turn });
      }
    }
  }

  *#walk(): Iterable<OutlineRow> {
    const isNew = (mark: Mark | undefined) => mark?.turn === this.#turn && this.#turn > 0;
    for (const [name, file] of [...this.#files].sort(([one], [other]) => order(one, other))) {
      const { tree, declarations, marks, removed } = file;
      const open = this.#open.has(name);
      const mark = [...marks.values()].find(isNew) ?? removed?.mark;
      const what = isNew(removed?.mark) ? (removed?.words ?? "") : "";
      yield {
        key: name,
        depth: 0,
        what,
        name,
        size: tree.count,
        open,
        mark: isNew(mark) ? mark : undefined,
        isNew: isNew(mark),
        functions: [],
      };
      if (!open) continue;
      for (const declaration of declarations) {
        const { index, size, what, name: own, key, functionKey } = declaration;
        const path = `${name}\n${key}`;
        const isOpen = this.#open.has(path);
        const mark = marks.get(key);
        yield {
          key: path,
          depth: 1,
          what,
          name: own,
          size,
          open: size > 1 ? isOpen : undefined,
          mark,
          isNew: isNew(mark),
          functions: functionKey ? [...(this.#functions.get(functionKey) ?? [])].sort() : [],
        };
        if (!isOpen) continue;
        const nodes = isNew(mark) ? mark?.nodes : undefined;
        const fresh = nodes && { from: index + nodes.from, to: index + nodes.to };
        yield* this.#nodes(tree, index, path, fresh);
      }
    }
  }

  /** Everything below a declaration; recursion is as deep as the person has opened it. */
  *#nodes(
    tree: LiveTree,
    parent: number,
    path: string,
    fresh: NodeRange | undefined,
    depth = 2,
  ): Iterable<OutlineRow> {
    let place = 0;
    for (const { index, kind, label, size } of tree.children(parent)) {
      const key = `${path}\n${place}`;
      place += 1;
      const isOpen = this.#open.has(key);
      const open = size > 1 ? isOpen : undefined;
      yield {
        key,
        depth,
        what: kind.replaceAll("_", " "),
        name: label,
        size,
        open,
        mark: undefined,
        isNew: fresh !== undefined && index >= fresh.from && index + size <= fresh.to,
        functions: [],
      };
      if (isOpen) yield* this.#nodes(tree, index, key, fresh, depth + 1);
    }
  }
}

function digestsByKey(tree: LiveTree, declarations: readonly Declaration[]): Map<string, Uint32Array> {
  if (tree.count > mostCompared) return new Map();
  return new Map(declarations.map(({ key, index, size }) => [key, digestsOf(tree, index, size)]));
}

/** Files of the program itself before those of its packages. */
function order(one: string, other: string): number {
  const depth = (name: string) => name.split("/").length;
  return depth(one) - depth(other) || (one < other ? -1 : 1);
}
