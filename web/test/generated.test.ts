//! What is committed is what its source makes: generated types, and the bundles that `cargo build` embeds.

import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { bundle, embedded, entries, formats } from "../build/bundle.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));

async function tree(folder: string): Promise<Record<string, string>> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = files
    .filter((file) => file.isFile())
    .map(async (file) => {
      const path = join(file.parentPath, file.name);
      return [path.slice(folder.length + 1), await readFile(path, "utf8")] as const;
    });
  return Object.fromEntries(await Promise.all(texts));
}

test("the generated types are those of the schema", async () => {
  const folder = await mkdtemp(join(tmpdir(), "dev-server-generated-"));
  try {
    await promisify(execFile)(join(root, "node_modules/.bin/buf"), ["generate", "--output", folder], {
      cwd: root,
    });
    const fresh = await tree(join(folder, "src/generated"));
    expect(Object.keys(fresh).length).toBeGreaterThan(0);
    expect(await tree(join(root, "src/generated")), "run `npm run generate` in web/").toEqual(fresh);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each(Object.entries(entries))("the committed bundle of %s is built from it", async (entry, name) => {
  const committed = await readFile(join(embedded, name), "utf8").catch(() => "");
  expect(
    committed === (await bundle(entry, formats[entry])),
    "run `npm run build` in web/ and commit server/embedded/",
  ).toBe(true);
});

test("the client is at most 30 KB on the wire", async () => {
  expect(gzipSync(await bundle("src/index.ts"), { level: 9 }).length).toBeLessThanOrEqual(30 * 1024);
});

test("the bundles need nothing that a strict content security policy forbids", async () => {
  for (const entry of Object.keys(entries)) {
    expect(await bundle(entry)).not.toMatch(
      /\beval\(|new Function\b|innerHTML|insertAdjacentHTML|document\.write/,
    );
  }
});

test("the lock file names no registry", async () => {
  expect(await readFile(join(root, "package-lock.json"), "utf8")).not.toContain('"resolved"');
});
