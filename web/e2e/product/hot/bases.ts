//! Bases that the server has made: those that it keeps for its next start are the ones that it works with now.

import { existsSync, readdirSync, readFileSync } from "node:fs";
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
    readdirSync(join(folder, start)).map((rest) => [start, rest] as const),
  );
  const ends = (start: string, rest: string) => readFileSync(join(folder, start, rest)).subarray(-64);
  return parts.filter(([start, rest]) => ends(start, rest).includes(mark)).map((part) => part.join(""));
}

/** Files in which servers keep what they know of running programs. */
function shelves(): string[] {
  const folder = join(cacheFolder(), "objects", "programs");
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => !name.startsWith("."));
  return names.map((name) => join(folder, name));
}
