//! Bases that the server has made: those that it keeps for its next start are the ones that it works with now.

import { closeSync, existsSync, fstatSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../places.js";
import { eventually } from "../processes.js";

/** The name of the section by which one base differs from all others, near its end. */
const mark = Buffer.from("dev-server.lineage");

/** Hashes of all bases that servers of these tests work with, be it for running pages or for those to come. */
export function bases(): Set<string> {
  const kept = shelves().map((path) => readFileSync(path));
  return new Set(made().filter((hash) => kept.some((file) => names(file, hash))));
}

/** Waits for one that was not there: pages that come from now on are given it. */
export function freshBase(before: ReadonlySet<string>): Promise<string> {
  return eventually("a fresh base", () => [...bases()].find((hash) => !before.has(hash)), 60_000);
}

/** What is written down of the program that has this base, once it is another text than `before`. */
export function shelved(hash: string, before?: Buffer): Promise<readonly [path: string, content: Buffer]> {
  return eventually("something is written down", () =>
    shelves()
      .map((path) => [path, readFileSync(path)] as const)
      .find(([, content]) => names(content, hash) && !before?.equals(content)),
  );
}

function names(file: Buffer, hash: string): boolean {
  return file.includes(Buffer.from(hash, "hex"));
}

/** Hashes of all bases in the cache folder of these tests. */
function made(): string[] {
  const folder = join(cacheFolder(), "blobs");
  if (!existsSync(folder)) return [];
  const parts = readdirSync(folder).flatMap((start) =>
    visible(join(folder, start)).map((rest) => [start, rest] as const),
  );
  return parts.filter((part) => end(join(folder, ...part)).includes(mark)).map((part) => part.join(""));
}

/** The last bytes of a file. */
function end(path: string): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(64);
    const { size } = fstatSync(file);
    return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, Math.max(size - bytes.length, 0)));
  } finally {
    closeSync(file);
  }
}

/** Files in which servers keep what they know of running programs. */
function shelves(): string[] {
  const folder = join(cacheFolder(), "objects", "programs");
  if (!existsSync(folder)) return [];
  return visible(folder).map((name) => join(folder, name));
}

/** What is in a folder for good: files that are being written have names with a dot in front. */
function visible(folder: string): string[] {
  return readdirSync(folder).filter((name) => !name.startsWith("."));
}
