//! The Go programs that a project imports: their packages, their servers, and the types that are written beside them.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { declarationText } from "./declaration-text.js";
import { type GoPackage, readPackage } from "./go-package.js";

export type GoProgramEntry = {
  /** By which pages and plugin call it: its folder, relative to the project. */
  readonly id: string;
  /** Name that its dev-server gives it. */
  readonly program: string;
  package: GoPackage;
};

export class GoPrograms {
  readonly #root: string;
  readonly #tags: ReadonlySet<string>;
  readonly #types: boolean;
  readonly #byFolder = new Map<string, GoProgramEntry>();
  /** Folder of a program -> files of types that importers read. */
  readonly #declarations = new Map<string, Set<string>>();

  /** `types`: whether they are written. */
  constructor(root: string, tags: ReadonlySet<string>, types: boolean) {
    this.#root = root;
    this.#tags = tags;
    this.#types = types;
  }

  get all(): readonly GoProgramEntry[] {
    return [...this.#byFolder.values()];
  }

  /** The program in a folder that was imported as `imported`: the folder, or a Go file in it. Throws a `Failure`. */
  import(folder: string, imported: string): GoProgramEntry {
    const entry = this.#byFolder.get(folder) ?? this.#add(folder);
    const files = this.#declarations.get(folder) ?? new Set();
    this.#declarations.set(folder, files);
    const file = imported === folder ? join(folder, "index.d.ts") : `${imported}.d.ts`;
    if (!files.has(file)) {
      files.add(file);
      this.#write(file, entry);
    }
    return entry;
  }

  /** The program whose module this file is. */
  ofModule(file: string): GoProgramEntry | undefined {
    return this.all.find((entry) => entry.package.main === file);
  }

  ofId(id: string): GoProgramEntry | undefined {
    return this.all.find((entry) => entry.id === id);
  }

  /** Looks at the sources again. True: JavaScript sees other functions than before. Throws a `Failure`. */
  refresh(entry: GoProgramEntry): boolean {
    const before = declarationText(entry.package.surface);
    const fresh = readPackage(entry.package.folder, this.#tags);
    // Its module keeps its name for as long as this process lives.
    entry.package = { ...fresh, main: entry.package.main };
    if (declarationText(fresh.surface) === before) return false;
    for (const file of this.#declarations.get(entry.package.folder) ?? []) this.#write(file, entry);
    return true;
  }

  #add(folder: string): GoProgramEntry {
    const id = relative(this.#root, folder).split(sep).join("/") || ".";
    const entry = { id, program: programName(folder), package: readPackage(folder, this.#tags) };
    this.#byFolder.set(folder, entry);
    return entry;
  }

  /** Only when it says something else: editors and type checkers watch it. */
  #write(file: string, { package: { surface } }: GoProgramEntry): void {
    if (!this.#types) return;
    const text = declarationText(surface);
    try {
      if (readFileSync(file, "utf8") === text) return;
    } catch {
      // It is not there yet.
    }
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

/** Longest name of a program, as the server has it. */
const longestName = 48;

/** As the server names the one program of a folder. */
export function programName(folder: string): string {
  const plain = [...basename(folder)]
    .slice(0, longestName)
    .join("")
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replace(/[^a-z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "");
  if (plain === "") return "program";
  return plain === "m" || plain === "__dev" ? `${plain}-2` : plain;
}
