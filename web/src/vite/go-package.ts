//! The Go package behind an import: its folder, its files for the browser, what it exports to JavaScript.

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Failure } from "./failure.js";
import { isForBrowser } from "./go-constraint.js";
import { type Declarations, declarations } from "./go-declarations.js";
import { type Surface, surface } from "./signature.js";

export type GoPackage = {
  readonly folder: string;
  /** The file that has `func main`: what stands for the package among a bundler's modules. */
  readonly main: string;
  readonly files: readonly string[];
  readonly surface: Surface;
};

/** Folder of the Go program that a path names: a Go file of it, or the folder. Undefined: it names something else. */
export function folderOf(path: string): string | undefined {
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isFile() && path.endsWith(".go")) return dirname(path);
  if (!kind?.isDirectory()) return undefined;
  const isProgram = goFiles(path).some(
    (file) => declarations(readFileSync(file, "utf8")).packageName === "main",
  );
  return isProgram ? path : undefined;
}

/** Throws a `Failure`. */
export function readPackage(folder: string, tags: ReadonlySet<string>): GoPackage {
  const read = readFiles(folder, tags);
  const main = read.find(({ parsed }) => parsed.hasMain && parsed.packageName === "main");
  if (!main) {
    const foreign = read.find(({ parsed }) => parsed.packageName !== "main");
    if (foreign)
      throw new Failure(
        `${foreign.path} belongs to package ${foreign.parsed.packageName}: only programs can be imported`,
        "begin its files with `package main`, and give it a `func main`",
      );
    throw new Failure(
      `${folder} has no func main for the browser`,
      "add `func main() { select {} }` to a file without a build constraint, or with `//go:build js && wasm`",
    );
  }
  // dev-server takes it for the program's own page, and loads pages anew whenever a script beside it changes.
  if (existsSync(join(folder, "index.html")))
    throw new Failure(
      `${folder} holds a Go program and a page`,
      "put the Go files into a folder of their own, such as `src`",
    );
  if (!moduleAbove(folder))
    throw new Failure(
      `${folder} is in no Go module`,
      `run \`go mod init ${moduleName(folder)}\` in that folder`,
    );
  return {
    folder,
    main: main.path,
    files: read.map(({ path }) => path),
    surface: surface(exportedBelow(folder, read, tags)),
  };
}

type ReadFile = { readonly path: string; readonly parsed: Declarations };

function readFiles(folder: string, tags: ReadonlySet<string>): ReadFile[] {
  return goFiles(folder).flatMap((path) => {
    const source = readFileSync(path, "utf8");
    return isForBrowser(basename(path), source, tags) ? [{ path, parsed: declarations(source) }] : [];
  });
}

function goFiles(folder: string): string[] {
  const names = readdirSync(folder, { withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && entry.name.endsWith(".go"))
    .map(({ name }) => join(folder, name))
    .sort();
}

/** What the package exports, and each package of its module that it imports: all of it is linked into one program. */
function exportedBelow(folder: string, read: readonly ReadFile[], tags: ReadonlySet<string>) {
  const module = moduleAbove(folder);
  const seen = new Set([folder]);
  const waiting = [read];
  const found = [];
  for (let files = waiting.shift(); files; files = waiting.shift()) {
    const types = new Map(files.flatMap(({ parsed }) => [...parsed.types]));
    found.push(
      ...files.flatMap(({ path: file, parsed }) => parsed.exported.map((of) => ({ of, file, types }))),
    );
    for (const path of files.flatMap(({ parsed }) => parsed.imports)) {
      const below =
        module && path.startsWith(`${module.path}/`)
          ? join(module.folder, path.slice(module.path.length))
          : "";
      if (below === "" || seen.has(below) || !existsSync(below)) continue;
      seen.add(below);
      waiting.push(readFiles(below, tags));
    }
  }
  return found;
}

function moduleAbove(folder: string): { readonly folder: string; readonly path: string } | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const file = join(at, "go.mod");
    if (existsSync(file)) {
      const path = /^\s*module\s+"?([^\s"]+)/m.exec(readFileSync(file, "utf8"))?.[1] ?? "";
      return { folder: at, path };
    }
    if (at === dirname(at)) return undefined;
  }
}

function moduleName(folder: string): string {
  return (
    basename(folder)
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, "-") || "app"
  );
}
