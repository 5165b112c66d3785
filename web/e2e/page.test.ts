//! What a person sees: assets that change under a running program, the overlay, the badge.

import { mkdir } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fromHexadecimal } from "../src/hexadecimal.js";
import { flaws } from "./accessibility.js";
import { launch } from "./browser.js";
import { type Compiler, compiler, counter } from "./programs.js";
import { DevServer, Level } from "./server.js";

const body = '<h1 id="title"></h1><p id="count"></p><button id="button">+1</button>';
/** Set to a folder to get pictures of what is tested. */
const pictures = process.env.DEV_SERVER_PICTURES;

let browser: Browser;
let go: Compiler;
let server: DevServer;
let page: Page;

beforeAll(async () => {
  browser = await launch();
  go = await compiler("go");
  if (pictures) await mkdir(pictures, { recursive: true });
});
afterAll(() => browser.close());
beforeEach(async () => {
  server = await DevServer.start();
  page = await browser.newPage({ viewport: { width: 1100, height: 760 } });
});
afterEach(async () => {
  await page.close();
  await server.stop();
});

const picture = async (name: string) => {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png`, animations: "disabled" });
};
/** What axe has to say of overlay and badge, in the light and in the dark; the page is left in the light. */
const flawsOfOurs = async () => {
  const found: unknown[] = [];
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    found.push(...(await flaws(page, ["dev-server-overlay", "dev-server-badge"])));
  }
  return found;
};
const open = async () => {
  await page.goto(`${server.url}/demo/`);
  await server.next("hello");
  await server.update(await go.build(counter("one")), go);
  await server.next("applied");
};
const swap = async (path: string, mediaType: string, hash = "ab".repeat(32)) => {
  const assets = [{ path, hash: fromHexadecimal(hash), mediaType }];
  await server.update(await go.build(counter("one")), go, {
    level: Level.ASSET_SWAP,
    assets,
    reason: `${path} changed`,
  });
};

test("swaps a style sheet without a frame without style, and pictures, under the running program", async () => {
  const picturesOf = (color: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10" fill="${color}"/></svg>`;
  server.file("/demo/style.css", "text/css", "body { color: rgb(1, 2, 3) } h1 { background: url(a.svg) }");
  server.file("/demo/a.svg", "image/svg+xml", picturesOf("red"));
  server.page(`${body}<img id="picture" src="a.svg"><img id="set" srcset="a.svg 1x, b.svg 2x">`, {
    head: '<link rel="stylesheet" href="style.css">',
  });
  await open();
  await page.click("#button");
  await page.evaluate(() => {
    const seen = new Set<string>();
    Reflect.set(window, "seen", seen);
    const look = () => {
      seen.add(getComputedStyle(document.body).color);
      requestAnimationFrame(look);
    };
    look();
  });
  server.file("/demo/style.css", "text/css", "body { color: rgb(4, 5, 6) } h1 { background: url(a.svg) }");
  await swap("/demo/style.css", "text/css");
  expect((await server.next("applied")).level).toBe(Level.ASSET_SWAP);
  await page.waitForFunction(() => (Reflect.get(window, "seen") as Set<string>).size > 1);
  expect(await page.evaluate(() => [...(Reflect.get(window, "seen") as Set<string>)])).toEqual([
    "rgb(1, 2, 3)",
    "rgb(4, 5, 6)",
  ]);
  expect(await page.locator("link[rel=stylesheet]").count()).toBe(1);

  await swap("/demo/a.svg", "image/svg+xml");
  await server.next("applied");
  expect(await page.getAttribute("#picture", "src")).toBe("a.svg?dev-server=abababababababab");
  expect(await page.getAttribute("#set", "srcset")).toBe("a.svg?dev-server=abababababababab 1x, b.svg 2x");
  expect(
    await page.evaluate(() => getComputedStyle(document.querySelector("h1") as Element).backgroundImage),
  ).toContain("dev-server=abababababababab");
  expect(await page.textContent("#count")).toBe("1");
});

test("leaves other assets to whoever listens, and else reloads the page", async () => {
  server.file("/demo/level.json", "application/json", "{}");
  server.page(body);
  await open();
  await page.click("#button");
  await page.evaluate(() => {
    addEventListener("devserver:asset", (event) => event.preventDefault(), { once: true });
  });
  await swap("/demo/level.json", "application/json");
  expect((await server.next("applied")).level).toBe(Level.ASSET_SWAP);
  expect(await page.textContent("#count")).toBe("1");

  await swap("/demo/level.json", "application/json", "cd".repeat(32));
  await server.next("hello");
  await server.update(await go.build(counter("one")), go);
  const applied = await server.next("applied");
  expect([applied.level, applied.reason]).toEqual([
    Level.PAGE_RELOAD,
    expect.stringContaining("/demo/level.json"),
  ]);
});

const diagnostics = [
  {
    severity: 1,
    source: "go",
    message: 'cannot use "three" (untyped string constant) as int value in assignment',
    location: { id: 7n, file: "board/board.go", line: 42, column: 16 },
    frame: {
      firstLine: 40,
      lines: [
        "func (board *Board) Reset() {",
        "\tboard.turn = 0",
        '\tboard.score = "three"',
        "\tboard.render()",
        "}",
      ],
    },
    hint: "board.score is an int, declared in board/board.go:12.",
  },
  {
    severity: 1,
    source: "go",
    message: "undefined: <img src=x onerror=\"document.title='owned'\">",
    location: { id: 0n, file: "<img src=x onerror=alert(1)>.go", line: 3, column: 0 },
  },
  { severity: 2, source: "watch", message: "the folder assets/ cannot be read", hint: "" },
];

test("shows all diagnostics as text, opens a place, is dismissed and clears itself", async () => {
  server.page(body);
  await open();
  await server.send({ body: { case: "diagnostics", value: { items: diagnostics } } });
  const overlay = page.locator("dev-server-overlay");
  await overlay.locator(".message").nth(2).waitFor();
  await picture("overlay-light");
  expect(await flawsOfOurs()).toEqual([]);
  expect(await overlay.locator(".message").allTextContents()).toEqual([
    diagnostics[0]?.message,
    diagnostics[1]?.message,
    `warning: ${diagnostics[2]?.message}`,
  ]);
  expect(await overlay.locator("img").count()).toBe(0);
  expect(await page.title()).toBe("");
  expect(await overlay.locator("mark").textContent()).toBe('"three"');
  expect(await overlay.locator(".row.here .number").textContent()).toBe("42");

  expect(await overlay.locator("button.place").count()).toBe(1);
  await overlay.locator("button.place").click();
  expect((await server.next("openLocation")).location).toBe(7n);
  // The program runs on beside it.
  await page.click("#button");
  expect(await page.textContent("#count")).toBe("1");

  await page.keyboard.press("Escape");
  await overlay.waitFor({ state: "detached" });
  await picture("badge-errors");
  expect(await flawsOfOurs()).toEqual([]);
  await page.locator("dev-server-badge button").click();
  await overlay.locator(".message").nth(2).waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await picture("overlay-dark");
  await server.send({ body: { case: "diagnostics", value: { items: [] } } });
  await overlay.waitFor({ state: "detached" });
  await page.locator("dev-server-badge button").waitFor({ state: "detached" });
});

test("shows a crash first as the browser tells it, then with the positions in Go", async () => {
  server.page(body);
  await open();
  await page.evaluate(() => setTimeout(() => Promise.reject(new TypeError("no such <b>thing</b>"))));
  const crash = await server.next("crash");
  expect([crash.kind, crash.message, crash.frames.length]).toEqual(["TypeError", "no such <b>thing</b>", 0]);
  const overlay = page.locator("dev-server-overlay");
  expect(await overlay.locator(".message").textContent()).toBe("TypeError: no such <b>thing</b>");
  await server.send({
    body: {
      case: "errorReport",
      value: {
        crashId: crash.crashId,
        kind: "panic",
        message: "runtime error: index out of range [3] with length 3",
        frames: [
          { function: "runtime.goPanicIndex", location: { id: 0n, file: "runtime/panic.go", line: 115 } },
          {
            function: "main.(*Board).Step",
            location: { id: 9n, file: "board/board.go", line: 42, column: 9 },
          },
          { function: "main.main", location: { id: 10n, file: "main.go", line: 12 } },
        ],
        frame: { firstLine: 41, lines: ["\tfor index := range 4 {", "\t\tsum += board.cells[index]", "\t}"] },
        hint: "board.cells has 3 elements; range over it instead.",
      },
    },
  });
  await overlay.locator("li").nth(2).waitFor();
  await picture("crash");
  expect(await flawsOfOurs()).toEqual([]);
  expect(await overlay.locator(".function").allTextContents()).toEqual([
    "runtime.goPanicIndex",
    "main.(*Board).Step",
    "main.main",
  ]);
  await overlay.locator("li button.place").first().click();
  expect((await server.next("openLocation")).location).toBe(9n);
});

test("the badge shows compiling, then level, reason and time", async () => {
  server.page(body);
  await open();
  const badge = page.locator("dev-server-badge .badge");
  await server.send({ body: { case: "building", value: { running: true, expectedMs: 850 } } });
  await badge.getByText("Compiling").waitFor();
  expect(await badge.textContent()).toContain("about 850 ms");
  await picture("badge-compiling");
  expect(await flawsOfOurs()).toEqual([]);
  // A list of what is wrong ends no build: a page that comes while one runs is sent both.
  await server.send({ body: { case: "diagnostics", value: {} } });
  expect(await badge.textContent()).toContain("Compiling");
  await server.send({ body: { case: "building", value: {} } });
  await server.update(await go.build(counter("two")), go, {
    reason: "function Step changed in board/board.go",
  });
  await badge.getByText("Swapped").waitFor();
  expect(await badge.textContent()).toMatch(/Swapped\d+ ms.*function Step changed/);
  await picture("badge-applied");
  expect(await flawsOfOurs()).toEqual([]);
  await server.send({
    body: { case: "held", value: { reason: "flag update.highest_level allows no swap" } },
  });
  await badge.getByText("Held back").waitFor();
  expect(await flawsOfOurs()).toEqual([]);
  await server.stop();
  await badge.getByText("Connection lost").waitFor();
  expect(await flawsOfOurs()).toEqual([]);
});

test("forwards what program and page print", async () => {
  server.page(body);
  await page.goto(`${server.url}/demo/`);
  await server.next("hello");
  const talkative = counter("one", { imports: '"fmt"', body: 'fmt.Println("from", "Go")\n\tprintln("raw")' });
  await server.update(await go.build(talkative), go);
  expect((await server.next("log", ({ text }) => text === "from Go")).severity).toBe(2);
  await server.next("log", ({ text }) => text === "raw");
  await page.evaluate(() => console.warn("%s is %d", "this", 5, { a: [1] }));
  const warning = await server.next("log", ({ severity }) => severity === 3);
  expect(warning.text).toBe('this is 5 {"a":[1]}');
});
