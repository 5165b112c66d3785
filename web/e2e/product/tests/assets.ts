//! Level 1 and the page's own files.

import { expect, test } from "vitest";
import { fresh, Harness } from "../harness.js";

const harness = new Harness();

test("a style sheet is swapped without touching the program", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  await tab.find("#click").click();
  await tab.mark();
  const after = server.log.mark();
  project.edit("style.css", "rgb(1, 2, 3)", "rgb(200, 100, 50)");
  const applied = await server.log.waitFor("applied", undefined, { after });
  expect(applied).toMatchObject({ level: 1 });
  await expect
    .poll(() => tab.find("h1").evaluate((node) => getComputedStyle(node).color))
    .toBe("rgb(200, 100, 50)");
  expect(await tab.find("#click").textContent()).toBe("Clicked 1 times");
  expect(await tab.wasReloaded()).toBe(false);
  expect(server.log.all("build", after)).toEqual([]);
  await tab.badge.filter({ hasText: "Assets swapped" }).waitFor();
  await tab.picture("badge-assets");
  expect(await server.stop()).toBe(0);
});

test("an edit of the page loads it anew and keeps what was typed", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  await tab.find("#note").fill("half a thou");
  await tab.find("#tick").check();
  await tab.mark();
  const after = server.log.mark();
  const foot = fresh("another foot");
  project.edit("index.html", "first foot", foot);
  const applied = await server.log.waitFor("applied", undefined, { after });
  expect(applied).toMatchObject({ level: 4 });
  await tab.sees("#foot", foot);
  expect(await tab.wasReloaded()).toBe(true);
  await expect.poll(() => tab.find("#note").inputValue()).toBe("half a thou");
  expect(await tab.find("#tick").isChecked()).toBe(true);
  await tab.sees("h1", "Hello!");
  expect(server.log.all("build", after)).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test("style and program saved together arrive together", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  const words = fresh("Dressed");
  project.edit("style.css", "rgb(1, 2, 3)", "rgb(10, 200, 10)");
  project.edit("main.go", '"Hello"', JSON.stringify(words));
  await tab.sees("h1", words);
  await expect
    .poll(() => tab.find("h1").evaluate((node) => getComputedStyle(node).color))
    .toBe("rgb(10, 200, 10)");
  expect(await server.stop()).toBe(0);
});

test("a comment costs what the verdict says and changes nothing on the page", async () => {
  const project = harness.fixture("small");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Hello!");
  const good = project.read("main.go");
  const after = server.log.mark();
  // The same bytes again: many editors write on every save.
  project.write("main.go", good);
  project.edit("style.css", "rgb(1, 2, 3)", "rgb(30, 30, 200)");
  await server.log.waitFor("applied", ({ level }) => level === 1, { after });
  const commented = server.log.mark();
  project.edit("main.go", "func main() {", "// main starts here.\nfunc main() {\n");
  await server.log.waitFor("verdict", ({ verdict }) => verdict === "nothing", { after: commented });
  // An edit that means something comes last, so that everything before it has been answered.
  const words = fresh("After the comment");
  project.edit("main.go", '"Hello"', JSON.stringify(words));
  await tab.sees("h1", `${words}!`);
  expect(server.log.all("build", after).filter(({ status }) => status === "started")).toHaveLength(1);
  expect(await server.stop()).toBe(0);
});
