//! One program that many tests of a file edit in turn; after a failure the next test is given a fresh one.

import { afterAll, afterEach } from "vitest";
import { DevServer } from "../dev-server.js";
import type { BrowserName } from "../places.js";
import { Project } from "../project.js";
import { type LiveBrowser, type LiveTab, launch } from "./live-tab.js";
import { HotProgram } from "./program.js";

export class Stage {
  readonly #name: BrowserName;
  #browser: LiveBrowser | undefined;
  #program: HotProgram | undefined;

  /** Registers the hooks of the tests around it. */
  constructor(name: BrowserName) {
    this.#name = name;
    afterEach(async (context) => {
      if (context.task.result?.state !== "fail" || !this.#program) return;
      const { server, tab } = this.#program;
      console.error(
        `events of the server:\n${server.log.report()}\nerrors of the page: ${tab.errors.join(" | ")}`,
      );
      await this.clear();
    });
    afterAll(async () => {
      await this.clear();
      await this.#browser?.close();
    });
  }

  /** The one that runs, or a new one. */
  async program(): Promise<HotProgram> {
    this.#program ??= await this.#open();
    return this.#program;
  }

  /** A page of its own, for somebody who comes later. */
  async tab(): Promise<LiveTab> {
    this.#browser ??= await launch(this.#name);
    return this.#browser.tab();
  }

  async #open(): Promise<HotProgram> {
    this.#browser ??= await launch(this.#name);
    const project = Project.fixture("hot");
    try {
      const server = await DevServer.start(project, { compiler: "tinygo" });
      try {
        return await HotProgram.open(project, server, await this.#browser.tab());
      } catch (error) {
        console.error(`events of the server:\n${server.log.report()}`);
        await server.kill();
        throw error;
      }
    } catch (error) {
      project.remove();
      throw error;
    }
  }

  /** Ends the program. */
  async clear(): Promise<void> {
    const program = this.#program;
    this.#program = undefined;
    if (!program) return;
    await program.tab.close().catch(() => undefined);
    await program.server.kill();
    program.project.remove();
  }
}
