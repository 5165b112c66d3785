//! Errors explain themselves with a real server: in the page, in the terminal and in the inspector.

import { afterEach, describe, expect, test } from "vitest";
import { Harness } from "../harness.js";
import { type LiveBrowser, launch } from "../hot/live-tab.js";
import { InspectorTab } from "../inspector.js";
import { browsers } from "../places.js";

const harness = new Harness();
const timeout = 120_000;

let browser: LiveBrowser | undefined;
afterEach(async () => {
  await browser?.close();
  browser = undefined;
});

describe.each(browsers)("in %s", (name) => {
  test("an import that does not fit is shown with both types and its place in Go", async () => {
    const project = harness.fixture("boot");
    project.edit(
      "main.go",
      "func main() {",
      "//go:wasmimport env add\nfunc add(a, b int32) int64\n\nfunc main() {\n\tadd(1, 2)",
    );
    project.edit("boot.js", "go.importObject", "{ ...go.importObject, env: { add: 3 } }");
    const line = project.read("main.go").split("\n").indexOf("func add(a, b int32) int64") + 1;
    // The server is told that the page offers it, and so lets the module pass.
    project.write("dev-server.toml", '[program.boot]\nimports = ["env.add"]\n');
    const server = await harness.serve(project, { compiler: "go" });
    browser = await launch(name);
    const tab = await browser.tab();
    await tab.goto(server.openUrl);
    const shown = (selector: string) =>
      tab.evaluate(
        `[...(document.querySelector("dev-server-overlay")?.shadowRoot.querySelectorAll(${JSON.stringify(selector)}) ?? [])]
          .map(({ textContent }) => textContent).join("\\n")`,
      );
    const crash = await server.log.waitFor("client_log", ({ kind }) => kind === "LinkError");
    expect(crash.frames[0]).toEqual({ function: "//go:wasmimport env add", file: "main.go", line });
    const said = await server.log.waitFor("client_log", ({ text }) => text.includes("link/not-a-function"));
    expect(said.text).toContain("func(int32, int32) int64");
    expect(said.text).toContain("the number 3");
    await expect.poll(() => shown(".why .hint"), { timeout }).toContain("func(int32, int32) int64");
    await expect.poll(() => shown("article .place"), { timeout }).toContain(`main.go:${line}`);
    await expect.poll(() => shown(".row.here"), { timeout }).toContain("func add(a, b int32) int64");
    await tab.picture(`explained-import-${name}`);
    expect(await server.stop()).toBe(0);
  });

  test("a program in a worker that goes down says why", async () => {
    const project = harness.fixture("worker");
    project.edit("main.go", "count += arg", 'var none map[string]int\n\t\tnone["a"] = 1\n\t\tcount += arg');
    const line = project.read("main.go").split("\n").indexOf('\t\tnone["a"] = 1') + 1;
    const server = await harness.serve(project, { compiler: "go" });
    browser = await launch(name);
    const tab = await browser.tab();
    await tab.goto(server.openUrl);
    const shown = (selector: string) =>
      tab.evaluate(
        `document.querySelector("dev-server-overlay")?.shadowRoot.querySelector(${JSON.stringify(selector)})?.textContent ?? ""`,
      );
    await expect
      .poll(() => tab.evaluate("document.querySelector('#words').textContent"), { timeout })
      .toBe("Worked");
    await tab.evaluate('document.getElementById("add").click()');
    await expect.poll(() => shown(".why .source"), { timeout }).toBe("go/nil-map");
    expect(await shown("h1")).toBe("The program panicked");
    await expect.poll(() => shown("article .place"), { timeout }).toContain(`main.go:${line}`);
    expect(await server.stop()).toBe(0);
  });

  test("a panic says what it means in the page, the terminal and the inspector, until the next program runs", async () => {
    const project = harness.fixture("small");
    project.edit("main.go", 'panic("fell', 'var none map[string]int\n\tnone["a"] = 1\n\tpanic("fell');
    const server = await harness.serve(project, { compiler: "go" });
    browser = await launch(name);
    const tab = await browser.tab();
    await tab.goto(server.openUrl);
    const why = () =>
      tab.evaluate(
        'document.querySelector("dev-server-overlay")?.shadowRoot.querySelector(".why")?.textContent ?? ""',
      );
    const heading = () => tab.evaluate('document.querySelector("h1")?.textContent');
    await expect.poll(heading, { timeout }).toBe("Hello!");
    const inspector = await InspectorTab.open(await browser.tab(), server);
    await inspector.show("problems");

    await tab.evaluate('setTimeout(() => document.getElementById("panic").click())');
    await server.log.waitFor("client_log", ({ text }) => text.includes("(go/nil-map)"));
    await expect.poll(why, { timeout }).toContain("m = make(map[K]V)");
    await expect.poll(() => inspector.text(".problems-pane"), { timeout }).toContain("main.fall at main.go:");
    const problem = await inspector.text(".problems-pane");
    expect(problem).toContain("panic: assignment to entry in nil map");
    expect(problem).toContain("m = make(map[K]V)");

    project.edit("main.go", '"Hello"', '"Risen again"');
    await expect.poll(heading, { timeout }).toBe("Risen again!");
    expect(await why()).toBe("");
    await expect
      .poll(() => inspector.text(".problems-pane"), { timeout })
      .toBe("Nothing is wrong with the source.");
    expect(await server.stop()).toBe(0);
  });
});
