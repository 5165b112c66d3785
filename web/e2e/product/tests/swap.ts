//! Level 3: another program in the same page, and nothing left of the one before.

import { describe, expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";
import { compilers } from "../places.js";

const harness = new Harness();

/** Objects that a hundred swaps may leave behind: code that the engine compiled, and the badge's last words. */
const objectsGrow = 3_000_000;
/** Memories of modules: that of the program, and one that may wait for the collector. */
const memories = 2;

/** Whole programs: single functions are not replaced here. */
const flags = ["--hot", "off"];

declare global {
  interface Window {
    devServerTestHeard?: number;
  }
}

describe.each(compilers)("with %s", (compiler) => {
  test("an edit shows at once, with the state handed over and without a load of the page", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    for (let click = 0; click < 3; click += 1) await tab.find("#click").click();
    await tab.find("#note").fill("half a thou");
    await tab.mark();

    const words = fresh("Good morning");
    const after = server.log.mark();
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    const applied = await server.log.waitFor("applied", undefined, { after });
    expect(applied).toMatchObject({ level: 3, program: "small" });
    expect(applied.reason).not.toBe("");
    await tab.sees("h1", `${words}!`);
    expect(await tab.find("#click").textContent()).toBe("Clicked 3 times");
    expect(await tab.find("#note").inputValue()).toBe("half a thou");
    expect(await tab.wasReloaded()).toBe(false);

    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 4 times");
    expect(applied.stages.map((stage) => stage.name)).toContain("swap");
    expect(applied.ms).toBeGreaterThan(0);
    expect(tab.errors).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  test("an edit of a package below it is an edit of the program", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    const mark = fresh("?");
    project.edit("words/words.go", '"!"', JSON.stringify(mark));
    await tab.sees("h1", `Hello${mark}`);
    expect(await server.stop()).toBe(0);
  });

  test("after many swaps one click counts once and nothing has been piled up", async () => {
    const swaps = compiler === "go" ? 100 : 8;
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    await tab.find("#click").click();
    await tab.mark();
    await tab.page.evaluate(() => {
      window.devServerTestHeard = 0;
    });

    let before = { objects: 0, memories: 0 };
    let last = "Hello";
    for (let round = 0; round < swaps; round += 1) {
      const words = fresh("Round");
      const after = server.log.mark();
      project.edit("main.go", `greeting = ${JSON.stringify(last)}`, `greeting = ${JSON.stringify(words)}`);
      last = words;
      const applied = await server.log.waitFor("applied", undefined, { after });
      expect(applied.level).toBe(3);
      await tab.sees("h1", words);
      // What grows once, such as code of the engine, has grown after a few swaps.
      if (round === 4) before = await tab.memory();
    }
    const grown = await tab.memory();
    console.info(`${compiler}, ${swaps} swaps: ${JSON.stringify(before)} -> ${JSON.stringify(grown)}`);
    expect(grown.objects - before.objects).toBeLessThan(objectsGrow);
    expect(grown.memories).toBeLessThanOrEqual(memories);

    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 2 times");
    // A listener on the window of every program that ever ran would count one each.
    const heard = await tab.page.evaluate(() => {
      dispatchEvent(new Event("devserver-test"));
      return window.devServerTestHeard;
    });
    expect(heard).toBe(1);
    expect(await tab.wasReloaded()).toBe(false);
    expect(tab.errors).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  test("timers and goroutines of the old program have ended", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("#ticks", /\d/);
    const words = fresh("Later");
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    await tab.sees("h1", words);
    // Both programs would write their greeting into the attribute, one after the other.
    const seen = await tab.page.evaluate(async () => {
      const app = document.querySelector("#app") as HTMLElement;
      const values = new Set<string>();
      const observer = new MutationObserver(() => values.add(app.dataset.greeting ?? ""));
      observer.observe(app, { attributes: true });
      const ticks = document.querySelector("#ticks") as HTMLElement;
      const begin = Number(ticks.textContent);
      // Time is told by the new program's own timer.
      while (Number(ticks.textContent) < begin + 25) await new Promise((resolve) => setTimeout(resolve, 20));
      observer.disconnect();
      return [...values];
    });
    expect(seen).toEqual([words]);
    expect(await server.stop()).toBe(0);
  });

  test("a swap that fails leaves the old program running", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("h1", "Hello!");
    await tab.find("#click").click();
    await tab.mark();
    const after = server.log.mark();
    const why = fresh("no start");
    project.edit(
      "main.go",
      "count, ticks := 0, 0",
      `count, ticks := 0, 0\n\tif len(greeting) > 0 {\n\t\tpanic("${why}")\n\t}`,
    );
    const failed = await server.log.waitFor("apply_failed", undefined, { after });
    expect(failed).toMatchObject({ stage: "start", message: expect.stringContaining(why) });
    await tab.overlay.waitFor();
    await tab.page.keyboard.press("Escape");
    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 2 times");
    expect(await tab.wasReloaded()).toBe(false);

    const words = fresh("Mended");
    project.write(
      "main.go",
      project
        .read("main.go")
        .replace(`panic("${why}")`, "_ = count")
        .replace('"Hello"', JSON.stringify(words)),
    );
    await tab.sees("h1", words);
    expect(await tab.find("#click").textContent()).toBe("Clicked 2 times");
    expect(await server.stop()).toBe(0);
  });

  test("a program that does not call live.Accept is reloaded, and the page says so", async () => {
    const project = harness.fixture("plain");
    const server = await harness.serve(project, { compiler, flags });
    const tab = await harness.open(server);
    await tab.sees("h1", "Plain");
    // It is seen before the page says so, which must not be taken for the answer to the edit.
    await server.log.waitFor("applied");
    await tab.find("#note").fill("kept");
    await tab.mark();
    const words = fresh("Simple");
    const after = server.log.mark();
    project.edit("main.go", '"Plain"', JSON.stringify(words));
    const applied = await server.log.waitFor("applied", undefined, { after });
    expect(applied).toMatchObject({ level: 4 });
    expect(applied.reason).toContain("live.Accept");
    await tab.sees("h1", words);
    expect(await tab.wasReloaded()).toBe(true);
    expect(await tab.find("h1").count()).toBe(1);
    await expect.poll(() => tab.find("#note").inputValue()).toBe("kept");
    await tab.badge.filter({ hasText: "live.Accept" }).waitFor();
    await tab.picture(`badge-reload-${compiler}`);
    expect(await server.stop()).toBe(0);
  });
});
