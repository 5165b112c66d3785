//! The package as npm publishes it, packed once for a run of the tests.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as places from "../places.js";

export const web = fileURLToPath(new URL("../../..", import.meta.url));

/** Path of the tarball. */
export function tarball(): string {
  const folder = join(places.cacheFolder(), "package");
  if (!existsSync(folder)) {
    mkdirSync(folder);
    const run = (program: string, ...words: string[]) => execFileSync(program, words, { cwd: web });
    run("npm", "run", "--silent", "build:package");
    run("npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", folder);
  }
  const name = readdirSync(folder).find((file) => file.endsWith(".tgz"));
  if (!name) throw new Error(`npm has packed nothing into ${folder}`);
  return join(folder, name);
}

/** Puts the package into a folder of modules, as npm does. */
export function unpack(modules: string): void {
  const folder = join(modules, "dev-server-client");
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", tarball(), "-C", folder, "--strip-components=1"]);
}
