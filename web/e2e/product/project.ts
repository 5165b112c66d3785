//! A copy of a project, made to be edited.

import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as places from "./places.js";

/** What lies beside a project's own files and is none of its sources. */
const left = new Set(["node_modules", "dist", ".git"]);

/**
 * A project lies two folders below a root that looks like a repository and has the SDK in it, as in the real one:
 * `replace devserver.dev/live => ../../sdk` then means the same.
 */
export class Project {
  readonly root: string;
  readonly folder: string;

  private constructor(name: string) {
    this.root = realpathSync(mkdtempSync(join(tmpdir(), `dev-server-e2e-${name}-`)));
    this.folder = join(this.root, "examples", name);
    mkdirSync(join(this.root, ".git"));
    mkdirSync(this.folder, { recursive: true });
    copy(places.sdk, join(this.root, "sdk"));
  }

  static example(name: "counter" | "todo" | "vue-counter"): Project {
    const project = new Project(name);
    copy(join(places.examples, name), project.folder);
    return project;
  }

  /** One of the small projects that lie beside these tests. */
  static fixture(name: string): Project {
    const project = new Project(name);
    copy(join(places.fixtures, name), project.folder);
    return project;
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  read(file: string): string {
    return readFileSync(this.path(file), "utf8");
  }

  write(file: string, text: string): void {
    mkdirSync(dirname(this.path(file)), { recursive: true });
    writeFileSync(this.path(file), text);
  }

  /** Replaces one piece of a file; the length changes, so that no test leans on what timestamps can tell apart. */
  edit(file: string, from: string, to: string): void {
    this.write(file, this.edited(file, from, to));
  }

  /** What `edit` would write. */
  edited(file: string, from: string, to: string): string {
    const before = this.read(file);
    if (!before.includes(from)) throw new Error(`${file} does not contain ${JSON.stringify(from)}`);
    const after = before.replace(from, () => to);
    if (after.length === before.length) throw new Error(`the edit of ${file} keeps its length`);
    return after;
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

function copy(from: string, to: string): void {
  if (!existsSync(from)) throw new Error(`${from} is not there`);
  cpSync(from, to, { recursive: true, filter: (path) => !left.has(path.split("/").at(-1) ?? "") });
}
