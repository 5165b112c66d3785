//! What a test is given: a project, a server for it and tabs, all of which end with the test.

import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { launchBrowser, Tab } from "./browser.js";
import { DevServer, type ServeOptions } from "./dev-server.js";
import { Project } from "./project.js";

export class Harness {
  #browser: Browser | undefined;
  readonly #tabs: Tab[] = [];
  readonly #servers: DevServer[] = [];
  readonly #projects: Project[] = [];

  /** Registers the hooks of the test file that calls it. */
  constructor() {
    beforeAll(async () => {
      this.#browser = await launchBrowser();
    });
    afterEach(async (context) => {
      const failed = context.task.result?.state === "fail";
      if (failed) await this.#testify(context.task.name);
      for (const tab of this.#tabs.splice(0)) await tab.close().catch(() => undefined);
      // A server that hangs must fail its test, not the next one.
      for (const server of this.#servers.splice(0)) await server.kill();
      for (const project of this.#projects.splice(0)) project.remove();
    });
    afterAll(async () => {
      await this.#browser?.close();
    });
  }

  get browser(): Browser {
    if (!this.#browser) throw new Error("the browser is started before the first test");
    return this.#browser;
  }

  example(name: "counter" | "todo"): Project {
    return this.#keep(Project.example(name));
  }

  fixture(name: string): Project {
    return this.#keep(Project.fixture(name));
  }

  async serve(project: Project, options: ServeOptions = {}): Promise<DevServer> {
    const server = await DevServer.start(project, options);
    this.#servers.push(server);
    return server;
  }

  /** A tab of a browser of its own. */
  async open(server: DevServer, path = ""): Promise<Tab> {
    const tab = await Tab.open(this.browser, server, path);
    this.#tabs.push(tab);
    return tab;
  }

  async beside(tab: Tab, server: DevServer, path = ""): Promise<Tab> {
    const other = await tab.beside(server, path);
    this.#tabs.push(other);
    return other;
  }

  #keep(project: Project): Project {
    this.#projects.push(project);
    return project;
  }

  async #testify(name: string): Promise<void> {
    for (const server of this.#servers) console.error(`events of the server:\n${server.log.report()}`);
    for (const [index, tab] of this.#tabs.entries()) {
      const file = `failed-${name.replaceAll(/[^a-zA-Z0-9]+/g, "-")}-${index}`;
      await tab.picture(file).catch(() => undefined);
      console.error(`the page: ${tab.page.url()} errors: ${tab.errors.join(" | ")}`);
    }
  }
}

/** A text that no build has contained yet, so that nothing is answered from a cache. Two in a row differ in length. */
export function fresh(word: string): string {
  counter += 1;
  return `${word} ${run}${counter}${counter % 2 === 0 ? "." : ""}`;
}

/** The same as a name of Go. */
export function freshName(word: string): string {
  return fresh(word).replaceAll(/[ .]/g, "");
}

const run = Date.now().toString(36);
let counter = 0;
