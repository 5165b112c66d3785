//! Before all tests: is everything there, and a folder for what the servers of this run keep.

import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, server } from "./places.js";

export default function setup(): () => void {
  for (const [path, remedy] of [
    [server, "build it: cargo build"],
    [chromium, "install Chromium, or name it in CHROMIUM"],
  ] as const) {
    try {
      accessSync(path, constants.X_OK);
    } catch {
      throw new Error(`${path} is not there: ${remedy}`);
    }
  }
  // Modules are built anew in every run; what compilers keep of the standard library is not, it costs half a minute.
  const folder = mkdtempSync(join(tmpdir(), "dev-server-e2e-cache-"));
  for (const kept of ["tinygo-cache", "objects"]) {
    const ofUser = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "dev-server", kept);
    mkdirSync(ofUser, { recursive: true });
    symlinkSync(ofUser, join(folder, kept));
  }
  process.env.DEV_SERVER_E2E_CACHE = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
