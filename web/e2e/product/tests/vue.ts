//! Go programs in Vue components: the example as somebody works on it, and a program that draws by itself.

import { expect, test } from "vitest";
import { ChromiumTab, type LiveTab } from "../hot/live-tab.js";
import { artifact, browsers } from "../places.js";
import { Project } from "../project.js";
import { ViteHarness } from "../vite/vite-harness.js";

const timeout = 60_000;
const serving = ["--port", "0", "--host", "127.0.0.1"];

const becomes = (tab: LiveTab, expression: string, expected: unknown) =>
  expect.poll(() => tab.evaluate(expression), { timeout, message: expression }).toEqual(expected);
const text = (selector: string) => `document.querySelector(${JSON.stringify(selector)})?.textContent.trim()`;
const click = (tab: LiveTab, selector: string) =>
  tab.evaluate(`document.querySelector(${JSON.stringify(selector)}).click()`);
const type = (tab: LiveTab, selector: string, value: string) =>
  tab.evaluate(
    `(() => { const field = document.querySelector(${JSON.stringify(selector)}); field.value = ${JSON.stringify(value)}; field.dispatchEvent(new Event("input")); })()`,
  );
const picture = async (tab: LiveTab, name: string) => {
  if (tab instanceof ChromiumTab) await tab.page.screenshot({ path: artifact(`${name}.png`) });
};

const harness = new ViteHarness();

test.each(browsers)(
  "vue-counter in %s: a save patches the Go function, and Vue's and Go's state stay",
  async (name) => {
    const project = harness.project(Project.example("vue-counter"), "vite");
    const types = project.read("src/counter/index.d.ts");
    const vite = harness.vite(project, serving);
    const tab = await harness.open(await vite.address(), name);
    await becomes(tab, text("#count"), "0");
    for (let clicks = 0; clicks < 3; clicks += 1) await click(tab, "#increment");
    await type(tab, "#name", "Ada");
    await becomes(tab, text("#greeting"), "Ada has come to 3.");
    await becomes(tab, text("#even"), "odd");
    await click(tab, "#source summary");
    await becomes(tab, text(".go-tree-name"), "main.go");
    // A declaration that somebody has opened, and one that nothing happens to.
    const declaration =
      "[...document.querySelectorAll('.go-tree-node > details > summary')].find(({ textContent }) => textContent === 'function_declaration')";
    await tab.evaluate(
      `(() => { const summary = ${declaration}; summary.click(); window.kept = summary.closest('li'); window.began = performance.timeOrigin; })()`,
    );
    await becomes(tab, "kept.querySelectorAll('li').length > 1", true);
    await picture(tab, "vue-counter");
    expect(project.read("src/counter/index.d.ts"), "keep what the plugin writes").toBe(types);

    project.edit("src/counter/main.go", "return 1\n", "return 10\n");
    await becomes(tab, text("#state"), "counter: running, hot-patch");
    expect(await tab.evaluate(`[${text("#count")}, ${text("#greeting")}]`)).toEqual([
      "3",
      "Ada has come to 3.",
    ]);
    await click(tab, "#increment");
    await becomes(tab, text("#count"), "13");
    // What is shown is what the new function says of the old state, without anybody doing anything.
    project.edit("src/counter/main.go", "count%2 == 0", "count%2 != 0 || count < 0");
    await becomes(tab, text("#even"), "even");
    expect(await tab.evaluate(text("#greeting"))).toBe("Ada has come to 13.");
    await becomes(tab, "document.querySelectorAll('.go-tree-changed').length > 0", true);
    expect(await tab.evaluate("kept.isConnected && kept.querySelectorAll('li').length > 1")).toBe(true);
    await picture(tab, "vue-counter-patched");

    // The component is saved meanwhile: Vue draws it anew, and Go goes on.
    project.edit("src/App.vue", "has come to {{ count }}.", "has counted up to {{ count }}.");
    await becomes(tab, text("#greeting"), "Ada has counted up to 13.");
    project.edit("src/counter/main.go", "return 10\n", "return 100\n");
    await becomes(tab, text("#state"), "counter: running, hot-patch");
    await vite.prints(/hot-patch: main\.step[\s\S]*hot-patch: main\.IsEven[\s\S]*hot-patch: main\.step/);
    await click(tab, "#increment");
    await becomes(tab, text("#count"), "113");
    expect(await tab.evaluate("performance.timeOrigin === began")).toBe(true);
    expect(tab.errors).toEqual([]);
    await vite.stop();
  },
);

test("a program that draws by itself lives as long as its component", async () => {
  const project = harness.project(Project.fixture("vite-parts"), "vite-7");
  const vite = harness.vite(project, serving);
  const tab = await harness.open(await vite.address());
  await becomes(tab, text("#states"), "");
  expect(await tab.evaluate("typeof lastTick")).toBe("undefined");
  await click(tab, "#toggle");
  await becomes(tab, `Number(${text("#ticks")}) > 2`, true);
  expect(await tab.evaluate("document.querySelector('#clock').tagName")).toBe("SECTION");
  expect(await tab.evaluate("document.querySelector('#loading')")).toBeNull();
  for (let presses = 0; presses < 2; presses += 1) await click(tab, "#press");
  await becomes(tab, text("#presses"), "2");
  await picture(tab, "vue-go-app");

  // A patch: the goroutine that ticks, and what was pressed, go on.
  project.edit(
    "src/clock/main.go",
    'Set("textContent", ticks)',
    'Set("textContent", "tick "+strconv.Itoa(ticks))',
  );
  project.edit("src/clock/main.go", '"syscall/js"', '"strconv"\n\t"syscall/js"');
  await becomes(tab, `${text("#ticks")}.startsWith("tick ")`, true);
  await click(tab, "#press");
  await becomes(tab, text("#presses"), "3");

  await click(tab, "#toggle");
  await becomes(tab, "document.querySelector('#clock')", null);
  // Its goroutine would tick fifty times a second.
  expect(
    await tab.evaluate(
      "(async () => { const last = lastTick; await new Promise((done) => setTimeout(done, 300)); return lastTick === last; })()",
    ),
  ).toBe(true);
  await click(tab, "#toggle");
  await becomes(tab, `${text("#ticks")}?.startsWith("tick ")`, true);
  for (let presses = 0; presses < 13; presses += 1) await click(tab, "#press");
  await becomes(tab, text("#failure"), "panic: thirteen times");
  await becomes(tab, text("#states"), "running loading running crashed");
  await vite.stop();
});

test("a program that draws by itself begins and ends with its component in what is built, too", async () => {
  const project = harness.project(Project.fixture("vite-parts"), "vite");
  expect(await harness.vite(project, ["build"]).ended()).toBe(0);
  const preview = harness.vite(project, ["preview", ...serving]);
  const tab = await harness.open(await preview.address());
  await becomes(tab, text("#states"), "");
  for (let round = 0; round < 2; round += 1) {
    await click(tab, "#toggle");
    await becomes(tab, `Number(${text("#ticks")}) > 2`, true);
    await click(tab, "#press");
    await becomes(tab, text("#presses"), "1");
    await click(tab, "#toggle");
    await becomes(tab, "document.querySelector('#clock')", null);
    expect(
      await tab.evaluate(
        "(async () => { const last = lastTick; await new Promise((done) => setTimeout(done, 300)); return lastTick === last; })()",
      ),
    ).toBe(true);
  }
  expect(tab.errors).toEqual([]);
  await preview.stop();
});
