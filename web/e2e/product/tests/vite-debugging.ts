//! Go lines in Chromium's debugger through Vite's server: in the program as it began, and in what replaced its functions.

import { expect, test } from "vitest";
import { Debugger, type WasmScript } from "../debugger.js";
import { ChromiumTab } from "../hot/live-tab.js";
import { Project } from "../project.js";
import type { SourceMap } from "../source-map.js";
import { ViteHarness, versions } from "../vite/vite-harness.js";

const harness = new ViteHarness();
const timeout = 60_000;

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;

test.each(versions)("%s: a breakpoint on a Go line stops there, also after a hot patch", async (version) => {
  const project = harness.project(Project.fixture("vite-page"), version);
  const vite = harness.vite(project, ["--port", "0", "--host", "127.0.0.1"]);
  const address = await vite.address();
  const tab = await harness.open(address);
  if (!(tab instanceof ChromiumTab)) throw new Error("this is about Chromium");
  await expect.poll(() => tab.evaluate("window.ready"), { timeout }).toBe(true);
  const debug = await Debugger.attach(tab.page);

  const stopsAt = async (script: WasmScript, map: SourceMap, source: string, line: number) => {
    const [offset] = map.offsets(source, line);
    expect(offset, `code of ${source}:${line}`).toBeDefined();
    const breakpoint = await debug.breakAt(script, offset ?? 0);
    const stopped = await debug.pausedBy(() => tab.evaluate("functions.Add(20, 22)"));
    await debug.remove(breakpoint);
    expect(stopped.scriptId).toBe(script.scriptId);
    expect(map.place(stopped.offset)).toBe(`${source}:${line}`);
    return stopped.name;
  };

  const base = await debug.script("base", ({ url }) => url.startsWith(`${address}m/`));
  expect(base.sourceMapURL).toBe("?map");
  const before = await debug.map(base);
  expect(before.isSound(base.length)).toBe(true);
  const text = project.read("src/app.go");
  const source = before.sources.find((name) => before.text(name) === text) ?? "";
  expect(source).toMatch(/app\.go$/);
  expect(await stopsAt(base, before, source, lineOf(text, "all.total +="))).toContain("main.Add");

  const line = "return one + other\n";
  project.edit("src/app.go", line, `one *= 2\n\t${line}`);
  await expect.poll(() => tab.evaluate("updates.at(-1)?.level"), { timeout }).toBe("hot-patch");
  const patch = await debug.script(
    "patch",
    ({ url, sourceMapURL }) => url.startsWith("wasm:") && sourceMapURL !== "",
  );
  // Of the page's own server: the dev-server behind it would ask for a token.
  expect(patch.sourceMapURL).toMatch(new RegExp(`^${address}m/[0-9a-f]{64}\\.wasm\\?map$`));
  const after = await debug.map(patch);
  expect(after.isSound(patch.length)).toBe(true);
  const newer = project.read("src/app.go");
  const patched = after.sources.find((name) => after.text(name) === newer) ?? "";
  await stopsAt(patch, after, patched, lineOf(newer, "one *= 2"));
  expect(tab.errors).toEqual([]);
  await vite.stop();
});
