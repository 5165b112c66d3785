//! The two examples, as somebody works on them.

import { describe, expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";
import { compilers } from "../places.js";

const harness = new Harness();

describe.each(compilers)("with %s", (compiler) => {
  test("counter: an edit shows, and what was counted and typed stays", async () => {
    const project = harness.example("counter");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees("#caption", "clicks so far");
    for (let click = 0; click < 7; click += 1) await tab.find("#add").click();
    await tab.find("#name").fill("Ada");
    await tab.sees("#greeting", "Hello, Ada.");
    await tab.picture(`counter-${compiler}`);
    await tab.mark();

    const words = fresh("presses");
    const after = server.log.mark();
    project.edit("main.go", '"clicks so far"', JSON.stringify(words));
    const applied = await server.log.waitFor("applied", undefined, { after });
    expect(applied).toMatchObject({ level: compiler === "tinygo" ? 2 : 3, program: "counter" });
    await tab.sees("#caption", words);
    expect(await tab.find("#count").textContent()).toBe("7");
    expect(await tab.find("#name").inputValue()).toBe("Ada");
    await tab.sees("#greeting", "Hello, Ada.");
    await tab.sees("#generation", compiler === "tinygo" ? "0" : "1");
    expect(await tab.wasReloaded()).toBe(false);
    await tab.badge.filter({ hasText: compiler === "tinygo" ? "Patched" : "Swapped" }).waitFor();
    await tab.picture(`counter-swapped-${compiler}`);

    await tab.find("#add").click();
    await tab.sees("#count", "8");
    await tab.find("#name").fill("Grace");
    await tab.sees("#greeting", "Hello, Grace.");
    await tab.find("#reset").click();
    await tab.sees("#count", "0");
    expect(tab.errors).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  test("todo: an edit several packages down shows, and tasks, view and half a sentence stay", async () => {
    const project = harness.example("todo");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees(".motto", "One thing after the other");
    for (const task of ["Water the plants @home #garden !2", "Call Ada @work", "Bake a cake @home"]) {
      await tab.find("#draft").fill(task);
      await tab.page.keyboard.press("Enter");
    }
    await tab.sees(".task", "Bake a cake");
    await tab.find(".task").filter({ hasText: "Call Ada" }).locator("input").click();
    await tab.sees(".counts", "1 of 3 done");
    await tab.find("#draft").fill("half a sen");
    await tab.picture(`todo-${compiler}`);
    await tab.mark();

    const motto = fresh("First things first");
    const after = server.log.mark();
    project.edit("app/screen.go", '"One thing after the other"', JSON.stringify(motto));
    const applied = await server.log.waitFor("applied", undefined, { after });
    expect(applied).toMatchObject({ level: compiler === "tinygo" ? 2 : 3, program: "todo" });
    await tab.sees(".motto", motto);
    await tab.sees(".counts", "1 of 3 done");
    expect(await tab.find("#draft").inputValue()).toBe("half a sen");
    expect(await tab.find(".task .title").allTextContents()).toHaveLength(2);
    expect(await tab.wasReloaded()).toBe(false);

    // What the program does is new, and not only what it says.
    project.write(
      "model/shout.go",
      'package model\n\n// Shout makes a title loud.\nfunc Shout(title string) string { return title + "!" }\n',
    );
    project.edit(
      "app/actions.go",
      "task, err := entry.Parse(a.Session.Draft, a.today())",
      "task, err := entry.Parse(model.Shout(a.Session.Draft), a.today())",
    );
    // The last one saved: a program that shows it has the others too.
    const loud = fresh("Loud ones");
    project.edit("app/screen.go", JSON.stringify(motto), JSON.stringify(loud));
    await tab.sees(".motto", loud);
    await tab.find("#draft").press("Enter");
    await tab.sees(".task", "half a sen!");
    await tab.sees(".counts", "1 of 4 done");
    await tab.page.keyboard.press("Escape");
    expect(await tab.wasReloaded()).toBe(false);
    expect(tab.errors).toEqual([]);
    expect(await server.stop()).toBe(0);
  });

  test("todo: mistakes in several files of a package are all shown", async () => {
    const project = harness.example("todo");
    const server = await harness.serve(project, { compiler });
    const tab = await harness.open(server);
    await tab.sees(".motto", "One thing after the other");
    const good = project.read("app/screen.go");
    const goodToo = project.read("app/list.go");
    project.edit("app/screen.go", "query.Done.Tasks(today)", "query.Done.Taks(today)");
    project.edit("app/list.go", 'a.Session.Search != ""', 'a.Session.Serch != ""');
    await tab.overlay.filter({ hasText: "Taks" }).filter({ hasText: "Serch" }).waitFor();
    expect(await tab.overlay.locator("button.place").allTextContents()).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/app\/list\.go:\d+:\d+/),
        expect.stringMatching(/app\/screen\.go:\d+:\d+/),
      ]),
    );
    await tab.picture(`todo-mistakes-${compiler}`);
    await tab.find("#draft").fill("runs on");
    await tab.page.keyboard.press("Enter");
    await tab.sees(".task", "runs on");
    project.write("app/screen.go", good);
    project.write("app/list.go", goodToo);
    await tab.hidesOverlay();
    expect(await server.stop()).toBe(0);
  });
});
