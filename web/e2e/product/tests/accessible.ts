//! All that we show in a page, as axe judges it, with a real server and both browsers, in the light and in the dark.

import { afterEach, expect, test } from "vitest";
import { flaws } from "../../accessibility.js";
import { fresh, freshName, Harness } from "../harness.js";
import { type ColourScheme, type LiveBrowser, launch } from "../hot/live-tab.js";
import { InspectorTab, tabNames } from "../inspector.js";
import { type BrowserName, browsers } from "../places.js";

const harness = new Harness();
const timeout = 120_000;
const ours = ["dev-server-overlay", "dev-server-badge"];

let browser: LiveBrowser | undefined;

afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

const colours: readonly ColourScheme[] = ["light", "dark"];
const cases = browsers.flatMap((name) =>
  colours.map((colour): [BrowserName, ColourScheme] => [name, colour]),
);

test.each(cases)(
  "%s in the %s: axe finds nothing wrong with the badge, the overlay and the inspector",
  async (name, colour) => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler: "go" });
    browser = await launch(name, colour);
    const page = await browser.tab();
    await page.goto(server.openUrl);
    const shown = (selector: string) =>
      page.evaluate(`[document, ...[...document.querySelectorAll("${ours}")].map(({ shadowRoot }) => shadowRoot)]
        .flatMap((root) => [...root.querySelectorAll(${JSON.stringify(selector)})])
        .map(({ textContent }) => textContent)
        .join("\\n")`);
    const sees = (selector: string, words: string) =>
      expect.poll(() => shown(selector), { timeout }).toContain(words);
    await sees("h1", "Hello!");

    const words = fresh("Welcome");
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    await sees("h1", words);
    await sees(".badge", "Swapped");
    expect(await flaws(page, ours), "an update").toEqual([]);

    await page.evaluate("document.getElementById('panic').click()");
    await sees("article", "fell at");
    await sees("article li", "main.fall");
    expect(await flaws(page, ours), "a crash").toEqual([]);
    await page.picture(`overlay-crash-${name}-${colour}`);

    const missing = freshName("missing");
    project.edit("main.go", "select {}", `${missing}()\n\tselect {}`);
    await sees("article .message", missing);
    expect(await flaws(page, ours), "a mistake").toEqual([]);
    await page.picture(`overlay-mistake-${name}-${colour}`);
    await page.evaluate(
      "document.querySelector('dev-server-overlay').shadowRoot.querySelector('.close').click()",
    );
    await sees("button.badge", "Errors");
    expect(await flaws(page, ours), "hidden errors").toEqual([]);

    const tab = await browser.tab();
    const inspector = await InspectorTab.open(tab, server);
    await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Does not build");
    await expect.poll(() => inspector.saves(), { timeout }).toHaveLength(3);
    for (const what of tabNames) {
      await inspector.show(what);
      expect(await flaws(tab), what).toEqual([]);
      await tab.picture(`inspector-${name}-${what}-${colour}`);
    }
    await inspector.show("problems");
    expect(await inspector.text("article .message")).toContain(missing);

    expect(tab.errors).toEqual([]);
    await server.end();
    await sees(".badge", "Connection lost");
    expect(await flaws(page, ours), "no connection").toEqual([]);
    await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Connection lost, trying again");
    expect(await flaws(tab), "the inspector without a server").toEqual([]);
  },
  300_000,
);
