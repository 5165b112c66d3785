//! The flame graph of a program that really ran, opened as a file in both browsers, in the light and in the dark.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { flaws } from "../../accessibility.js";
import { type ColourScheme, type LiveBrowser, launch } from "../hot/live-tab.js";
import { type BrowserName, browsers, cacheFolder, server } from "../places.js";

const program = `package main

//go:noinline
func burn(rounds int) (sum uint32) {
	for i := 0; i < rounds; i++ {
		sum = sum*1664525 + uint32(i)>>3
	}
	return sum
}

//go:noinline
func little(rounds int) uint32 { return burn(rounds) + 1 }

//go:noinline
func deep(level, rounds int) uint32 {
	if level > 0 {
		return deep(level-1, rounds) + 1
	}
	return burn(rounds)
}

func main() {
	println(burn(300_000_000) + little(30_000_000) + deep(8, 30_000_000))
}
`;

let folder: string;
let browser: LiveBrowser | undefined;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flame-"));
  writeFileSync(join(folder, "go.mod"), "module example.com/flame\n\ngo 1.24\n");
  writeFileSync(join(folder, "main.go"), program);
  const words = ["profile", ".", "--compiler", "go", "--flame", "flame.html", "--cache-dir", cacheFolder()];
  execFileSync(server, words, { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
});

afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const colours: readonly ColourScheme[] = ["light", "dark"];
const cases = browsers.flatMap((name) =>
  colours.map((colour): [BrowserName, ColourScheme] => [name, colour]),
);

test.each(cases)(
  "%s in the %s: it opens as a file, is read by everybody, and moves by keys",
  async (name, colour) => {
    browser = await launch(name, colour);
    const tab = await browser.tab();
    await tab.goto(pathToFileURL(join(folder, "flame.html")).href);
    expect(await flaws(tab)).toEqual([]);
    await tab.picture(`flame-${name}-${colour}`);
    const first = await tab.evaluate("document.querySelector('tbody th').textContent");
    expect(first).toBe("main.burn");

    const press = (key: string) =>
      tab.evaluate(`document.activeElement.dispatchEvent(
        new KeyboardEvent("keydown", { key: ${JSON.stringify(key)}, bubbles: true, cancelable: true }))`);
    const chosen = () => tab.evaluate("document.activeElement.getAttribute('aria-label')");
    const shown = () =>
      tab.evaluate("[...document.querySelectorAll('.box')].filter(({ hidden }) => !hidden).length");
    await tab.evaluate("document.querySelector('.box').focus()");
    const outermost = await chosen();
    expect(outermost).toMatch(/ %, /);
    await press("ArrowDown");
    expect(await chosen()).not.toBe(outermost);
    await press("ArrowUp");
    expect(await chosen()).toBe(outermost);

    const all = await shown();
    await tab.evaluate(
      "[...document.querySelectorAll('.box')].find(({ ariaLabel }) => ariaLabel.startsWith('main.little,')).click()",
    );
    expect(await chosen()).toMatch(/^main\.little, /);
    expect(await tab.evaluate("document.getElementById('about').textContent")).toBe(await chosen());
    expect(await shown()).toBeLessThan(Number(all));
    expect(await tab.evaluate("document.activeElement.textContent"), "there is room for it").toBe(
      "main.little",
    );
    expect(await flaws(tab), "one as wide as the page").toEqual([]);
    await press("Escape");
    expect(await shown()).toBe(all);
    expect(tab.errors).toEqual([]);
  },
  120_000,
);
