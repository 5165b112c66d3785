//! A tab in any of the browsers in which functions are replaced, driven by expressions.

import { chromium, type Page } from "playwright-core";
import puppeteer, { type Page as FirefoxPage } from "puppeteer-core";
import * as places from "../places.js";

/** How long a page may take that waits for a compiler. */
const patience = 120_000;

export interface LiveTab {
  /** What went wrong in the page. */
  readonly errors: string[];
  goto(address: string): Promise<void>;
  /** The value of an expression. */
  evaluate(expression: string): Promise<unknown>;
  /** As a person does it: with the mouse, with keys. */
  click(selector: string): Promise<void>;
  type(selector: string, text: string): Promise<void>;
  picture(name: string): Promise<void>;
  close(): Promise<void>;
}

export type ColourScheme = "light" | "dark";

export interface LiveBrowser {
  /** A tab without cookies. */
  tab(): Promise<LiveTab>;
  close(): Promise<void>;
}

/** `colours`: which ones the person prefers. */
export function launch(name: places.BrowserName, colours: ColourScheme = "light"): Promise<LiveBrowser> {
  return name === "chromium" ? launchChromium(colours) : launchFirefox(colours);
}

export interface ChromiumBrowser extends LiveBrowser {
  tab(): Promise<ChromiumTab>;
}

export async function launchChromium(colours: ColourScheme = "light"): Promise<ChromiumBrowser> {
  const browser = await chromium.launch({
    executablePath: places.chromium,
    // `--no-sandbox`: tests in a container run as root.
    args: ["--no-sandbox", "--disable-gpu"],
  });
  return {
    async tab() {
      const context = await browser.newContext({ colorScheme: colours });
      return new ChromiumTab(await context.newPage());
    },
    close: () => browser.close(),
  };
}

export class ChromiumTab implements LiveTab {
  readonly errors: string[] = [];
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => this.errors.push(error.message));
  }

  async goto(address: string): Promise<void> {
    await this.page.goto(address);
  }

  evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  click(selector: string): Promise<void> {
    return this.page.click(selector);
  }

  async type(selector: string, text: string): Promise<void> {
    await this.page.focus(selector);
    for (const key of text === "\n" ? ["Enter"] : text) await this.page.keyboard.press(key as "Enter");
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: places.artifact(`${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.context().close();
  }
}

async function launchFirefox(colours: ColourScheme): Promise<LiveBrowser> {
  const browser = await puppeteer.launch({
    browser: "firefox",
    protocol: "webDriverBiDi",
    executablePath: places.firefox,
    headless: true,
    extraPrefsFirefox: { "layout.css.prefers-color-scheme.content-override": colours === "dark" ? 0 : 1 },
    // As large as that of the other browser: pages may look otherwise in a smaller one.
    defaultViewport: { width: 1280, height: 720 },
  });
  return {
    async tab() {
      const context = await browser.createBrowserContext();
      return new FirefoxTab(await context.newPage());
    },
    close: () => browser.close(),
  };
}

class FirefoxTab implements LiveTab {
  readonly errors: string[] = [];
  readonly page: FirefoxPage;

  constructor(page: FirefoxPage) {
    this.page = page;
    page.setDefaultTimeout(patience);
    page.on("pageerror", (error) => this.errors.push(error instanceof Error ? error.message : String(error)));
  }

  async goto(address: string): Promise<void> {
    await this.page.goto(address);
  }

  evaluate(expression: string): Promise<unknown> {
    return this.page.evaluate(expression);
  }

  click(selector: string): Promise<void> {
    return this.page.click(selector);
  }

  async type(selector: string, text: string): Promise<void> {
    await this.page.focus(selector);
    for (const key of text === "\n" ? ["Enter"] : text) await this.page.keyboard.press(key as "Enter");
  }

  async picture(name: string): Promise<void> {
    await this.page.screenshot({ path: places.artifact(`${name}.png`) });
  }

  close(): Promise<void> {
    return this.page.browserContext().close();
  }
}
