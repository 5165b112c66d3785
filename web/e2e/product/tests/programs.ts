//! Projects of other shapes: several programs, an own boot script, a Web Worker.

import { describe, expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";
import { compilers } from "../places.js";

const harness = new Harness();

describe.each(compilers)("with %s", (compiler) => {
  test("several programs have a page each and a page that lists them", async () => {
    const project = harness.fixture("several");
    const server = await harness.serve(project, { compiler });
    const list = await harness.open(server);
    await list.find("a").filter({ hasText: "left" }).waitFor();
    await list.find("a").filter({ hasText: "right" }).waitFor();
    await list.picture(`several-programs-${compiler}`);
    await list.find("a").filter({ hasText: "left" }).click();
    await list.sees("h1", "Left side of the house");
    const right = await harness.beside(list, server, "right/");
    await right.sees("h1", "Right side of the house");

    await right.mark();
    const words = fresh("Port");
    const after = server.log.mark();
    project.edit("left/main.go", '"Left side"', JSON.stringify(words));
    await list.sees("h1", `${words} of the house`);
    expect(await right.wasReloaded()).toBe(false);
    expect(server.log.all("release", after).map(({ program }) => program)).toEqual(["left"]);

    const name = fresh("the ship");
    project.edit("shared/shared.go", '"the house"', JSON.stringify(name));
    await list.sees("h1", `${words} of ${name}`);
    await right.sees("h1", `Right side of ${name}`);

    project.edit("right/main.go", "select {}", "wrong()\n\tselect {}");
    await right.overlay.filter({ hasText: "undefined: wrong" }).waitFor();
    expect(await list.overlay.count()).toBe(0);
    expect(await server.stop()).toBe(0);
  });

  test("a page with its own boot script keeps it, and is swapped like any other", async () => {
    const project = harness.fixture("boot");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    const given = compiler === "go" ? "own,script" : "none";
    await tab.sees("#words", `Booted with ${given}`);
    expect(await tab.page.title()).toBe("started by its own script");
    await tab.find("#click").click();
    await tab.find("#click").click();
    await tab.mark();
    const words = fresh("Swapped");
    const after = server.log.mark();
    project.edit("main.go", '"Booted"', JSON.stringify(words));
    await tab.sees("#words", `${words} with ${given}`);
    expect(await tab.find("#click").textContent()).toBe("2");
    expect(await tab.wasReloaded()).toBe(false);
    expect(server.log.all("applied", after).map(({ level }) => level)).toEqual([3]);
    await tab.find("#click").click();
    await tab.sees("#click", "3");
    expect(await server.stop()).toBe(0);
  });

  test("a program runs in a Web Worker and hands its state over there", async () => {
    const project = harness.fixture("worker");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("#words", "Worked");
    await tab.sees("#where", "in a worker");
    await tab.find("#add").click();
    await tab.sees("#count", "3");
    await tab.mark();
    const words = fresh("Harder");
    project.edit("main.go", '"Worked"', JSON.stringify(words));
    await tab.sees("#words", words);
    await tab.sees("#count", "3");
    await tab.find("#add").click();
    await tab.sees("#count", "6");
    expect(await tab.wasReloaded()).toBe(false);
    expect(tab.page.workers().length).toBe(1);
    expect(await server.stop()).toBe(0);
  });
});

test("a program that appears while the server runs gets its page", async () => {
  const project = harness.fixture("several");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await server.log.waitFor("release", ({ program }) => program === "right");
  const text = project
    .read("left/main.go")
    .replace("Command left", "Command middle")
    .replace("Left side", "Middle");
  project.write("middle/main.go", text);
  await server.log.waitFor("release", ({ program }) => program === "middle");
  const middle = await harness.beside(tab, server, "middle/");
  await middle.sees("h1", "Middle of the house");
  expect(await server.stop()).toBe(0);
});
