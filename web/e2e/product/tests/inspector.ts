//! The inspector at `/__dev/`, with a real server, a real project and both browsers: what is true, and each save.

import { afterEach, expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";
import { type LiveBrowser, launch } from "../hot/live-tab.js";
import { InspectorTab } from "../inspector.js";
import { type BrowserName, browsers } from "../places.js";

const harness = new Harness();
const timeout = 120_000;

let browser: LiveBrowser | undefined;

afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

const everyStage = ["watch", "parse", "diff", "analyse", "check", "codegen", "link", "asyncify"];
const everyStageOfPages = ["transfer", "apply", "first frame"];

test.each<readonly [BrowserName]>(browsers.map((name) => [name]))(
  "%s shows what is true, and each save from the watcher to the first frame",
  async (name) => {
    const project = harness.example("counter");
    const server = await harness.serve(project, { compiler: "tinygo" });
    browser = await launch(name);
    const page = await browser.tab();
    await page.goto(server.openUrl);
    const greeting = () => page.evaluate("document.getElementById('greeting')?.textContent");
    await expect.poll(greeting, { timeout }).toBe("Hello, whoever you are.");
    const tab = await browser.tab();
    const inspector = await InspectorTab.open(tab, server);
    await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Up to date");
    // The page is one of the clients; who only looks on is none.
    await expect.poll(() => inspector.text(".now-clients"), { timeout }).toBe("1none behind");
    await inspector.show("tree");
    await expect.poll(() => inspector.texts(".depth-0 .name"), { timeout }).toContain("main.go");

    const words = fresh("Hello, you");
    project.edit("main.go", '"Hello, whoever you are."', JSON.stringify(words));
    await expect.poll(greeting, { timeout }).toBe(words);
    const row = /^2 main\.go \d\d:\d\d:\d\d hot patch [0-9.]+ m?s$/;
    await expect.poll(async () => (await inspector.saves())[0], { timeout }).toMatch(row);
    await expect.poll(() => inspector.text(".now-patches"), { timeout }).toBe("1");
    await expect.poll(() => inspector.text(".now-clients"), { timeout }).toBe("1none behind");

    // What was changed, and what it became.
    const changed = () => inspector.texts(".node.changed.depth-1");
    await expect
      .poll(changed, { timeout })
      .toEqual([expect.stringMatching(/funcshowGreetingupdated r2→ main\.showGreeting\d+/)]);

    await inspector.show("save");
    const stages = await inspector.texts(".stage:not(.head) .name");
    expect(stages).toEqual(expect.arrayContaining([...everyStage, ...everyStageOfPages]));
    expect(stages.indexOf("link")).toBeLessThan(stages.indexOf("transfer"));
    const facts = await inspector.text(".facts");
    expect(facts).toContain("body – bodies of functions: showGreeting changed");
    expect(facts).toContain("hot patch – main.showGreeting");

    // A mistake: the row, the state, the code frame.
    const good = project.read("main.go");
    project.edit("main.go", "func show() {", "func show() { undefinedName()");
    await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Does not build");
    await expect
      .poll(async () => (await inspector.saves())[0], { timeout })
      .toMatch(/^3 main\.go \d\d:\d\d:\d\d failed/);
    await inspector.show("problems");
    await expect.poll(() => inspector.text("article .message"), { timeout }).toContain("undefinedName");
    expect(await inspector.text("article .here mark")).toBe("undefinedName");
    expect(await inspector.text("article .place")).toMatch(/^main\.go:\d+:\d+$/);
    project.write("main.go", good);
    await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Up to date");
    expect(await inspector.text(".problems-pane")).toBe("Nothing is wrong with the source.");

    await inspector.show("clients");
    const client = (await inspector.texts(".clients-pane tbody tr"))[0];
    expect(client).toMatch(new RegExp(`^\\d+${name === "firefox" ? "firefox" : "chrome"} \\d+ linuxnone`));
    expect(client).toContain("r2, hot patch");
    await inspector.show("memory");
    const held = await inspector.texts(".memory-pane tbody td");
    const [, pages = 0, memory, heap, values, functions, table] = held.map((cell) => Number.parseFloat(cell));
    expect(pages).toBeGreaterThan(1);
    // The rest is the stack, and data with the room for patches.
    expect(heap).toBeGreaterThan(0);
    expect(heap).toBeLessThan(memory ?? 0);
    expect(values).toBeGreaterThan(functions ?? 0);
    // Clicks on two buttons, the text field, the handlers of the SDK.
    expect(functions).toBeGreaterThanOrEqual(4);
    expect(table).toBeGreaterThan(10);
    expect(await inspector.texts(".gauge .figure")).toEqual([
      expect.stringMatching(/ of [0-9.]+ [KM]iB used$/),
      expect.stringMatching(/^\d+ of \d+ used$/),
    ]);
    await inspector.show("flags");
    await expect.poll(() => inspector.text(".flags-pane"), { timeout }).toContain("update.highest_level44");
    expect([page.errors, tab.errors]).toEqual([[], []]);
    expect(await server.stop()).toBe(0);
  },
  300_000,
);

test("a server that was started again goes on in the same list", async () => {
  const project = harness.fixture("plain");
  const first = await harness.serve(project, { compiler: "go" });
  browser = await launch("chromium");
  const inspector = await InspectorTab.open(await browser.tab(), first);
  await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Up to date");
  project.edit("main.go", '"Plain"', JSON.stringify(fresh("Plain")));
  const rows = async () => (await inspector.saves()).map((row) => row.replaceAll(/ [0-9.:]+(?: m?s$)?/g, ""));
  await expect.poll(rows, { timeout }).toEqual(["2 main.go built", "1 whole program built"]);
  const { port, state } = first;
  await first.end();
  await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Connection lost, trying again");
  const second = await harness.serve(project, { compiler: "go", port, state });
  await expect.poll(() => inspector.text(".state"), { timeout }).toBe("Up to date");
  project.edit("main.go", "Plain", fresh("Simple"));
  await expect
    .poll(rows, { timeout })
    .toEqual(["2 main.go built", "1 whole program built", "2 main.go built", "1 whole program built"]);
  expect(await second.stop()).toBe(0);
}, 300_000);
