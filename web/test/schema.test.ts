//! The schema of the wire is well-formed, and old clients read what it has become. Needs no network.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const schema = "../proto/schema";
const image = "../proto/fixtures/schema.binpb";
const folder = `${schema}/devserver/v1`;

/** What buf has to say; nothing when all is well. */
async function buf(...words: string[]): Promise<string> {
  const ran = promisify(execFile)(join(root, "node_modules/.bin/buf"), words, { cwd: root });
  return ran.then(
    ({ stdout, stderr }) => stdout + stderr,
    (error: { stdout: string; stderr: string; message: string }) =>
      error.stdout + error.stderr || error.message,
  );
}

async function inFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const made = await mkdtemp(join(tmpdir(), "dev-server-schema-"));
  try {
    await check(made);
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

test("the schema follows the rules of buf, with a comment on everything", async () => {
  expect(await buf("lint", schema)).toBe("");
});

test("nothing that an old client or server reads has become something else", async () => {
  expect(await buf("breaking", schema, "--against", image)).toBe("");
});

test("the committed image is that of the schema", () =>
  inFolder(async (made) => {
    const fresh = join(made, "schema.binpb");
    expect(await buf("build", schema, "--path", folder, "--exclude-source-info", "-o", fresh)).toBe("");
    const same = (await readFile(fresh)).equals(await readFile(join(root, image)));
    expect(same, "run `npm run schema` in web/, which refuses what breaks").toBe(true);
  }));

test("a field that changes its number is found", () =>
  inFolder(async (made) => {
    const [before, after] = [join(made, "before.proto"), join(made, "after.proto")];
    const text = 'syntax = "proto3";\npackage a.v1;\nmessage M {\n  uint32 x = 1;\n}\n';
    await writeFile(before, text);
    await writeFile(after, text.replace("= 1", "= 2"));
    expect(await buf("breaking", after, "--against", before)).toContain('field "1"');
  }));
