//! What a test of Vite is given: a project with what it needs installed, Vite's commands in it, and pages.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach } from "vitest";
import { type LiveBrowser, type LiveTab, launch } from "../hot/live-tab.js";
import * as places from "../places.js";
import type { Project } from "../project.js";
import { unpack, web } from "./package.js";
import { ViteProcess } from "./vite-process.js";

/** Versions of Vite by the name under which they are installed here. */
export const versions = ["vite", "vite-7"] as const;
export type Version = (typeof versions)[number];

export class ViteHarness {
  readonly #processes: ViteProcess[] = [];
  readonly #projects: Project[] = [];
  readonly #tabs: LiveTab[] = [];
  readonly #state = mkdtempSync(join(tmpdir(), "dev-server-vite-state-"));
  readonly #browsers = new Map<places.BrowserName, Promise<LiveBrowser>>();

  /** Registers the hooks of the test file that calls it. */
  constructor() {
    afterEach(async (context) => {
      if (context.task.result?.state === "fail")
        for (const { text } of this.#processes) console.error(`Vite has printed:\n${text}`);
      for (const tab of this.#tabs.splice(0)) await tab.close().catch(() => undefined);
      for (const each of this.#processes.splice(0)) each.kill();
      for (const project of this.#projects.splice(0)) project.remove();
    });
    afterAll(async () => {
      for (const browser of this.#browsers.values()) await (await browser).close();
      rmSync(this.#state, { recursive: true, force: true });
    });
  }

  project(made: Project, version: Version): Project {
    this.#projects.push(made);
    install(made.path("node_modules"), version);
    return made;
  }

  /** `vite ...`, with the binary of these tests. */
  vite(project: Project, words: readonly string[], options: Record<string, unknown> = {}): ViteProcess {
    const script = project.path("node_modules/vite/bin/vite.js");
    return this.run(project.folder, [process.execPath, script, ...words], {
      PLUGIN_OPTIONS: JSON.stringify({ flags: ["--cache-dir", places.cacheFolder()], ...options }),
    });
  }

  run(folder: string, command: readonly string[], environment: Record<string, string> = {}): ViteProcess {
    const started = new ViteProcess({
      folder,
      command,
      environment: { DEV_SERVER: places.server, XDG_STATE_HOME: this.#state, ...environment },
    });
    this.#processes.push(started);
    return started;
  }

  async open(address: string, name: places.BrowserName = "chromium"): Promise<LiveTab> {
    const browser = this.#browsers.get(name) ?? launch(name);
    this.#browsers.set(name, browser);
    const tab = await (await browser).tab();
    this.#tabs.push(tab);
    await tab.goto(address);
    return tab;
  }
}

/** What npm would put there; what is not of this repository lies in its own folder of modules. */
function install(modules: string, version: Version): void {
  const link = (name: string, target: string) => {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(web, "node_modules", target), join(modules, name));
  };
  link("vite", version);
  link("vue", "vue");
  link("@vitejs/plugin-vue", "@vitejs/plugin-vue");
  unpack(modules);
}
