//! Starting, ending, starting again: tabs, signals, keys.

import { describe, expect, test } from "vitest";
import { freePort, within } from "../dev-server.js";
import { fresh, Harness } from "../harness.js";
import { compilers } from "../places.js";
import { descendants, eventually, running } from "../processes.js";

const harness = new Harness();

// Nothing of this depends on the compiler: the quicker one is enough.
describe.each(compilers.slice(0, 1))("with %s", (compiler) => {
  test("an open tab lives through a restart of the server and follows the next edit", async () => {
    const project = harness.fixture("small");
    const port = await freePort();
    const first = await harness.serve(project, { compiler, port });
    const tab = await harness.open(first);
    await tab.sees("h1", "Hello!");
    await tab.find("#click").click();
    await tab.mark();
    expect(await first.end()).toBe(0);

    await tab.find("#click").click();
    await tab.sees("#click", "Clicked 2 times");
    const second = await harness.serve(project, { compiler, port, state: first.state });
    expect(second.port).toBe(port);
    expect(second.token).toBe(first.token);
    await second.log.waitFor("client", ({ connected }) => connected);
    // The module is the same, so there is nothing to do for the page.
    await second.log.waitFor("release");
    const words = fresh("Again");
    const after = second.log.mark();
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    await tab.sees("h1", words);
    expect(second.log.all("applied", after).map(({ level }) => level)).toEqual([3]);
    expect(second.log.all("applied").filter(({ level }) => level > 3)).toEqual([]);
    expect(await tab.find("#click").textContent()).toBe("Clicked 2 times");
    expect(await tab.wasReloaded()).toBe(false);
    expect(await second.stop()).toBe(0);
  });

  test("two tabs follow one edit, each with its own state", async () => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    const one = await harness.open(server);
    await one.sees("h1", "Hello!");
    const two = await harness.beside(one, server);
    await two.sees("h1", "Hello!");
    await one.find("#click").click();
    await two.find("#click").click();
    await two.find("#click").click();
    const words = fresh("Both");
    const after = server.log.mark();
    project.edit("main.go", '"Hello"', JSON.stringify(words));
    await one.sees("h1", words);
    await two.sees("h1", words);
    expect(await one.find("#click").textContent()).toBe("Clicked 1 times");
    expect(await two.find("#click").textContent()).toBe("Clicked 2 times");
    await expect.poll(() => server.log.all("applied", after).length).toBe(2);
    const [left, right] = server.log.all("applied", after);
    expect(left?.session).not.toBe(right?.session);
    expect(server.log.all("release", after).length).toBe(1);
    expect(await server.stop()).toBe(0);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s during a build leaves no compiler behind", async (signal) => {
    const project = harness.fixture("small");
    const server = await harness.serve(project, { compiler });
    await server.log.waitFor("release");
    const after = server.log.mark();
    project.edit("main.go", '"Hello"', JSON.stringify(fresh("Never seen")));
    await server.log.waitFor("build", ({ status }) => status === "started", { after });
    server.signal(signal);
    expect(await within("the server ends", server.ended(), 10_000, () => server.log.report())).toBe(0);
    await server.nothingIsLeft();
  });
});

test("a second SIGINT ends at once", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  await server.log.waitFor("release");
  server.signal("SIGINT");
  server.signal("SIGINT");
  await within("the server ends", server.ended(), 5_000, () => server.log.report());
  await server.nothingIsLeft();
});

test("keys: r builds again, R starts the program afresh, q ends", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go", terminal: true });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  await tab.find("#click").click();
  await tab.sees("#click", "Clicked 1 times");
  await server.log.waitForText(/page \d+ of small: level/);
  await tab.mark();

  const builds = () => server.log.text.split("built").length;
  const before = builds();
  server.press("r");
  await expect.poll(builds, { timeout: 60_000 }).toBeGreaterThan(before);
  expect(await tab.find("#click").textContent()).toBe("Clicked 1 times");

  server.press("R");
  await tab.sees("#click", "Clicked 0 times");
  expect(await tab.wasReloaded()).toBe(false);

  const children = descendants(server.id).map(({ id }) => id);
  expect(children.length).toBeGreaterThan(0);
  server.press("q");
  expect(await within("the server ends", server.ended(), 10_000, () => server.log.text)).toBe(0);
  await eventually("nothing is left", () => !running().some(({ id }) => children.includes(id)), 2000);
});

test("a terminal shows what people want to see", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go", terminal: true });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  const words = fresh("Shown");
  project.edit("main.go", '"Hello"', JSON.stringify(words));
  await tab.sees("h1", words);
  await server.log.waitForText(/page \d+ of small: level 3, module swap in \d+ ms \(.+\) .*build \d+/);
  project.edit("main.go", "select {}", "wrong()\n\tselect {}");
  await server.log.waitForText(/main\.go:\d+:\d+: error: undefined: wrong/);
  expect(server.log.text).not.toContain("panicked at");
  server.press("\u0003");
  expect(await within("the server ends", server.ended(), 10_000, () => server.log.text)).toBe(0);
});

test("--once builds, tells and ends", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go", flags: ["--once"] });
  expect(await within("the server ends", server.ended(), 120_000, () => server.log.report())).toBe(0);
  expect(server.log.all("release").length).toBe(1);
});
