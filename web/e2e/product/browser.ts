//! The browser, and a tab in which a program runs.

import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import type { DevServer } from "./dev-server.js";
import * as places from "./places.js";

/** Playwright's waits; a page waits for compilers. */
const patience = 240_000;

declare global {
  interface Window {
    /** Set by tests; gone after a load of the page. */
    devServerTestMark?: string;
  }
}

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: places.chromium,
    // `--no-sandbox`: tests in a container run as root.
    args: ["--no-sandbox", "--disable-gpu", "--js-flags=--expose-gc"],
  });
}

export class Tab {
  readonly page: Page;
  /** What went wrong in the page beyond what a test provokes. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  /** A browser without cookies opens the address that the terminal shows. */
  static async open(browser: Browser, server: DevServer, path = ""): Promise<Tab> {
    const context = await browser.newContext({ viewport: { width: 1100, height: 760 } });
    return Tab.openIn(context, server, path);
  }

  static async openIn(context: BrowserContext, server: DevServer, path = ""): Promise<Tab> {
    const tab = new Tab(await context.newPage());
    await tab.page.goto(server.openUrl, { timeout: patience });
    if (path) await tab.page.goto(`${server.url}${path}`, { timeout: patience });
    return tab;
  }

  /** Another tab of the same browser, which has the cookie already. */
  async beside(server: DevServer, path = ""): Promise<Tab> {
    const tab = new Tab(await this.page.context().newPage());
    await tab.page.goto(`${server.url}${path}`, { timeout: patience });
    return tab;
  }

  get overlay(): Locator {
    return this.page.locator("dev-server-overlay .panel");
  }

  get badge(): Locator {
    return this.page.locator("dev-server-badge .badge");
  }

  find(selector: string): Locator {
    return this.page.locator(selector);
  }

  /** Waits until the element's text contains `text`. */
  async sees(selector: string, text: string | RegExp): Promise<void> {
    await this.page.locator(selector).filter({ hasText: text }).first().waitFor();
  }

  async hidesOverlay(): Promise<void> {
    await this.overlay.waitFor({ state: "detached" });
  }

  /** From here on `wasReloaded` tells whether the page was loaded anew. */
  async mark(): Promise<void> {
    await this.page.evaluate(() => {
      window.devServerTestMark = "set";
    });
  }

  async wasReloaded(): Promise<boolean> {
    return (await this.page.evaluate(() => window.devServerTestMark)) !== "set";
  }

  /** What the page holds after garbage was collected: bytes of objects, and how many memories of modules. */
  async memory(): Promise<{ objects: number; memories: number }> {
    const session = await this.page.context().newCDPSession(this.page);
    try {
      // Finalisers of one collection free what the next one finds.
      for (let round = 0; round < 3; round += 1) await session.send("HeapProfiler.collectGarbage");
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      const { result } = await session.send("Runtime.evaluate", {
        expression: "WebAssembly.Memory.prototype",
      });
      const { objects } = await session.send("Runtime.queryObjects", {
        prototypeObjectId: result.objectId ?? "",
      });
      const found = await session.send("Runtime.callFunctionOn", {
        objectId: objects.objectId ?? "",
        functionDeclaration: "function () { return this.length; }",
        returnByValue: true,
      });
      await session.send("Runtime.releaseObject", { objectId: objects.objectId ?? "" });
      return { objects: usedSize, memories: Number(found.result.value) };
    } finally {
      await session.detach();
    }
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: places.artifact(`${name}.png`) });
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}
