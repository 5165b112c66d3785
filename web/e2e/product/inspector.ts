//! The inspector in a tab of any browser, as a test reads it.

import { expect } from "vitest";
import type { DevServer } from "./dev-server.js";
import type { LiveTab } from "./hot/live-tab.js";

export const tabNames = ["save", "tree", "problems", "clients", "memory", "flags"] as const;
export type TabName = "saves" | (typeof tabNames)[number];

export class InspectorTab {
  readonly tab: LiveTab;

  private constructor(tab: LiveTab) {
    this.tab = tab;
  }

  /** By the link that a person makes of the one in the terminal. */
  static async open(tab: LiveTab, server: DevServer): Promise<InspectorTab> {
    await tab.goto(`${new URL("/__dev/", server.url).href}?token=${server.token}`);
    const inspector = new InspectorTab(tab);
    const isDrawn = () =>
      inspector.#evaluate(`root.getElementById("tab-problems") !== null`).catch(() => false);
    await expect.poll(isDrawn, { timeout: 60_000 }).toBe(true);
    return inspector;
  }

  /** The texts of all elements that are seen. */
  async texts(selector: string): Promise<readonly string[]> {
    const found = await this.#evaluate(
      `[...root.querySelectorAll(${JSON.stringify(selector)})]
        .filter((found) => !found.closest("[hidden]"))
        .map((found) => found.textContent)`,
    );
    return found as string[];
  }

  async text(selector: string): Promise<string> {
    return (await this.texts(selector)).join("\n");
  }

  /** Answers when it is drawn. */
  async show(name: TabName): Promise<void> {
    await this.#evaluate(
      `(root.getElementById("tab-${name}").click(),
        new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(true)))))`,
    );
  }

  /** Of the rows of the list of saves that are there, the newest first. */
  async saves(): Promise<readonly string[]> {
    const rows = await this.#evaluate(
      `[...root.querySelectorAll(".save[role=option]:not([hidden])")]
        .sort((one, other) => one.dataset.place - other.dataset.place)
        .map((row) => row.textContent.replaceAll(/\\s+/g, " ").trim())`,
    );
    return rows as string[];
  }

  #evaluate(expression: string): Promise<unknown> {
    return this.tab.evaluate(`(() => {
      const root = document.querySelector("dev-server-inspector")?.shadowRoot;
      return root ? ${expression} : [];
    })()`);
  }
}
