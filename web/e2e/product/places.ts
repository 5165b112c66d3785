//! Where things are, and which compilers are tried.

import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const variable = (name: string): string | undefined => process.env[name] || undefined;
const inRepository = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

export const server = variable("DEV_SERVER") ?? inRepository("target/debug/dev-server");
export const chromium = variable("CHROMIUM") ?? "/usr/bin/chromium";
export const firefox = variable("FIREFOX") ?? "/usr/bin/firefox-esr";
export const examples = inRepository("examples");
export const sdk = inRepository("sdk");
export const fixtures = fileURLToPath(new URL("projects", import.meta.url));

export type CompilerName = "go" | "tinygo";

/** `E2E_COMPILERS=go` leaves TinyGo out. */
export const compilers = (variable("E2E_COMPILERS") ?? "go,tinygo").split(",") as CompilerName[];

export type BrowserName = "chromium" | "firefox";

/** `E2E_BROWSERS=chromium` leaves Firefox out, where functions are replaced. */
export const browsers = (variable("E2E_BROWSERS") ?? "chromium,firefox").split(",") as BrowserName[];

/** Modules and compilers' caches of this run: shared, since a cold TinyGo cache costs half a minute a server. */
export function cacheFolder(): string {
  const folder = variable("DEV_SERVER_E2E_CACHE");
  if (!folder) throw new Error("the set-up of vitest.product.config.ts has not run");
  return folder;
}

/** Pictures for people to look at. */
export function artifact(name: string): string {
  const folder = fileURLToPath(new URL("../artifacts", import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}/${name}`;
}
