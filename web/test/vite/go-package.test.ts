//! Which Go program an import means, what it exports, and what is said when it means none.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderOf, readPackage } from "../../src/vite/go-package.js";
import { GoPrograms, programName } from "../../src/vite/go-programs.js";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "dev-server-package-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const tags = new Set(["tinygo"]);
function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
}
const names = (folder = join(root, "app")) =>
  readPackage(folder, tags).surface.functions.map(({ name }) => name);

const exporting = (name: string) => `//go:wasmexport ${name}\nfunc ${name}() {}\n`;
const program = {
  "go.mod": "module example.test/app // yes\n\ngo 1.24\n",
  "app/main.go": `package main\n\nimport _ "example.test/app/words"\n\nfunc main() {}\n`,
  "app/more.go": `package main\n\n${exporting("more")}`,
  "app/other_linux.go": `package main\n\n${exporting("elsewhere")}`,
  "words/words.go": `package words\n\nimport _ "example.test/app/deep"\n\n${exporting("words")}`,
  "deep/deep.go": `package deep\n\nimport (\n\t_ "example.test/app/words"\n\t_ "fmt"\n)\n\n${exporting("deep")}`,
};

test("a file and its folder mean the same program, and so do all packages of its module", () => {
  write({ ...program, "notes/a.txt": "" });
  expect(folderOf(join(root, "app/more.go"))).toBe(join(root, "app"));
  expect(folderOf(join(root, "app"))).toBe(join(root, "app"));
  expect(folderOf(join(root, "words"))).toBeUndefined();
  expect(folderOf(join(root, "notes"))).toBeUndefined();
  expect(folderOf(join(root, "nowhere.go"))).toBeUndefined();
  expect(readPackage(join(root, "app"), tags).main).toBe(join(root, "app/main.go"));
  expect(names()).toEqual(["more", "words", "deep"]);
});

test.each<[string, Record<string, string>, RegExp]>([
  [
    "no module",
    { "app/main.go": "package main\nfunc main() {}" },
    /is in no Go module\nhint: run `go mod init app`/,
  ],
  [
    "no main",
    { ...program, "app/main.go": "package main" },
    /no func main for the browser\nhint: add `func main/,
  ],
  [
    "main elsewhere",
    { ...program, "app/main.go": "//go:build !js\npackage main\nfunc main() {}" },
    /has no func main for the browser/,
  ],
  ["a library", { "app/main.go": "package words" }, /belongs to package words: only programs/],
  [
    "a page beside it",
    { ...program, "app/index.html": "" },
    /a Go program and a page\nhint: put the Go files/,
  ],
])("what is no program to import is said with a remedy: %s", (_, files, expected) => {
  write(files);
  expect(() => readPackage(join(root, "app"), tags)).toThrow(expected);
});

test("types are written beside what is imported, anew only when they are others", () => {
  write(program);
  const programs = new GoPrograms(root, tags, true);
  const folder = join(root, "app");
  const entry = programs.import(folder, join(folder, "more.go"));
  expect(programs.import(folder, folder)).toBe(entry);
  expect([entry.id, entry.program]).toEqual(["app", "app"]);
  expect(programs.ofModule(join(folder, "main.go"))).toBe(entry);
  const types = () => ["more.go.d.ts", "index.d.ts"].map((name) => readFileSync(join(folder, name), "utf8"));
  expect(types()[0]).toContain("export declare function more(): void;");
  expect(types()[1]).toBe(types()[0]);

  write({ "app/more.go": `package main\n\n// Another comment above nothing.\n\n${exporting("more")}` });
  expect(programs.refresh(entry)).toBe(false);
  write({ "app/more.go": `package main\n\n${exporting("less")}` });
  expect(programs.refresh(entry)).toBe(true);
  expect(types().every((text) => text.includes("function less()") && !text.includes("function more()"))).toBe(
    true,
  );
});

test.each([
  ["/p/Cmd App", "cmd-app"],
  ["/p/m", "m-2"],
  ["/p/日本", "program"],
  ["/p/-toolexec=touch", "toolexec-touch"],
])("%s is called %s, as the server calls it", (folder, name) => {
  expect(programName(folder)).toBe(name);
});
