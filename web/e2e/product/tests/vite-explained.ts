//! Errors explain themselves in pages of Vite as they do in those of the server: calls, modules that do not fit, policies.

import { expect, test } from "vitest";
import type { LiveTab } from "../hot/live-tab.js";
import { browsers } from "../places.js";
import { Project } from "../project.js";
import { type Version, ViteHarness } from "../vite/vite-harness.js";

const harness = new ViteHarness();
const timeout = 60_000;
const serving = ["--port", "0", "--host", "127.0.0.1"];

const becomes = (tab: LiveTab, expression: string, expected: unknown) =>
  expect.poll(() => tab.evaluate(expression), { timeout, message: expression }).toEqual(expected);
const shown = (selector: string) =>
  `[...(document.querySelector("dev-server-overlay")?.shadowRoot.querySelectorAll(${JSON.stringify(selector)}) ?? [])]
    .map(({ textContent }) => textContent).join("\\n")`;
/** Nobody catches what is thrown so. */
const uncaught = (tab: LiveTab, expression: string) => tab.evaluate(`void setTimeout(() => ${expression})`);

/** Each browser with one of the versions: what differs is either the one or the other. */
const pairs = browsers.map((name, index): [typeof name, Version] => [name, index ? "vite-7" : "vite"]);

test.each(pairs)("in %s with %s: wrong calls, until what called is another", async (name, version) => {
  const project = harness.project(Project.fixture("vite-page"), version);
  const vite = harness.vite(project, serving);
  const tab = await harness.open(await vite.address(), name);
  await becomes(tab, "window.ready", true);
  const line =
    project
      .read("src/app.go")
      .split("\n")
      .indexOf("func IsLarge(number uint64) bool { return number > 1<<40 }") + 1;

  // Who catches it wants no help.
  await tab.evaluate("(() => { try { functions.Add(1n, 2) } catch {} })()");
  await uncaught(tab, "functions.IsLarge(5)");
  await expect.poll(() => tab.evaluate(shown(".why .hint")), { timeout }).toContain("BigInt(value)");
  expect(await tab.evaluate(shown(".why code"))).toBe(
    "//go:wasmexport IsLarge\nfunc(number uint64) bool\nIsLarge(5)",
  );
  expect(await tab.evaluate(shown(".why .place"))).toContain(`IsLarge at src/app.go:${line}`);
  await vite.prints(/\(call\/bigint\)[\s\S]*where: +IsLarge at src\/app\.go/);
  expect(vite.text).not.toContain("call/number");
  // The program is as well as before.
  expect(await tab.evaluate("[functions.Total(), states.at(-1)]")).toEqual([3, "running"]);

  project.edit("src/app.go", "one + other\n}", "10 * (one + other)\n}");
  await becomes(tab, "updates.at(-1)?.level", "hot-patch");
  await becomes(tab, shown(".panel"), "");

  await uncaught(tab, "functions.Add(1)");
  await expect.poll(() => tab.evaluate(shown(".why .source")), { timeout }).toBe("call/arguments");
  await vite.stop();
});

test.each(browsers)(
  "in %s: a module that wants what nobody offers, and a policy that forbids it",
  async (name) => {
    const project = harness.project(Project.fixture("vite-page"), "vite");
    project.edit(
      "src/app.go",
      "func main()",
      "//go:wasmimport env add\nfunc add(a, b int32) int64\n\n//go:wasmexport Sum\nfunc Sum() int64 { return add(1, 2) }\n\nfunc main()",
    );
    project.write("src/dev-server.toml", '[program.src]\nimports = ["env.add"]\n');
    const meta = `<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline'" />`;
    project.write("strict.html", project.read("index.html").replace("<head>", `<head>${meta}`));
    const vite = harness.vite(project, serving);
    const address = await vite.address();
    const tab = await harness.open(address, name);
    await expect
      .poll(() => tab.evaluate(shown(".why code")), { timeout })
      .toMatch(/^\/\/go:wasmimport env add\nfunc\(int32, int32\) int64\nno add in env; there/);
    expect(await tab.evaluate(shown(".why .source"))).toBe("link/missing-import");
    expect(await tab.evaluate(shown(".about"))).toBe("");

    await tab.goto(`${address}strict.html`);
    await expect.poll(() => tab.evaluate(shown(".why .source")), { timeout }).toBe("compile/policy");
    expect(await tab.evaluate(shown(".why .hint"))).toContain("'wasm-unsafe-eval'");
    await vite.stop();
  },
);
