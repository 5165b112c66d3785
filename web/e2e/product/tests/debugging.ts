//! Go lines in Chromium's debugger, over its own protocol: in the program as it began, and in what replaced its functions.

import { expect, test } from "vitest";
import { Debugger, type WasmScript } from "../debugger.js";
import { Harness } from "../harness.js";
import type { SourceMap } from "../source-map.js";

const harness = new Harness();

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split("\n").length;

test("a breakpoint on a Go line stops there, also in a function that was replaced", async () => {
  const project = harness.example("counter");
  const server = await harness.serve(project, { compiler: "tinygo" });
  const tab = await harness.open(server);
  await tab.sees("#caption", "clicks so far");
  const debug = await Debugger.attach(tab.page);
  const click = () => tab.find("#add").click();

  const stopsAt = async (script: WasmScript, map: SourceMap, source: string, line: number) => {
    const [offset] = map.offsets(source, line);
    expect(offset, `code of ${source}:${line}`).toBeDefined();
    const breakpoint = await debug.breakAt(script, offset ?? 0);
    const stopped = await debug.pausedBy(click);
    await debug.remove(breakpoint);
    expect(stopped.scriptId).toBe(script.scriptId);
    expect(map.place(stopped.offset)).toBe(`${source}:${line}`);
    return stopped.name;
  };

  const shown = 'element("count").Set("textContent", count)';
  const base = await debug.script("base", ({ url }) => /\/m\/[0-9a-f]{64}\.wasm$/.test(url));
  expect(base.sourceMapURL).toBe("?map");
  const before = await debug.map(base);
  expect(before.isSound(base.length)).toBe(true);
  expect(before.sources).toContain("go:///main.go");
  const text = project.read("main.go");
  expect(before.text("go:///main.go")).toBe(text);
  expect(await stopsAt(base, before, "go:///main.go", lineOf(text, shown))).toContain("main.showCount");
  // A closure, which the browser calls.
  await stopsAt(base, before, "go:///main.go", lineOf(text, "\t\tcount++"));

  const mark = server.log.mark();
  const replaced = `// More is shown.\n\t${shown.replace("count)", "10 * count)")}`;
  project.edit("main.go", shown, replaced);
  const applied = await server.log.waitFor("applied", () => true, { after: mark });
  expect(applied.level).toBe(2);
  const patch = await debug.script(
    "patch",
    ({ url, sourceMapURL }) => url.startsWith("wasm:") && sourceMapURL !== "",
  );
  expect(patch.sourceMapURL).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/m\/[0-9a-f]{64}\.wasm\?map$/);
  const after = await debug.map(patch);
  expect(after.isSound(patch.length)).toBe(true);
  const newer = project.read("main.go");
  const source = after.sources.find((name) => /^go:\/\/\/patched\/[0-9a-f]{8}\/main\.go$/.test(name)) ?? "";
  expect(after.text(source)).toBe(newer);
  const line = lineOf(newer, "10 * count");
  expect(line).toBe(lineOf(text, shown) + 1);
  await stopsAt(patch, after, source, line);
  await tab.sees("#count", "30");
  // What runs on unchanged has the lines that it had; the map is the same as before the save.
  expect((await debug.map(base)).text("go:///main.go")).toBe(text);
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test("whoever lacks the token, or names what was never public, gets no map", async () => {
  const project = harness.example("counter");
  const server = await harness.serve(project, { compiler: "tinygo" });
  const tab = await harness.open(server);
  await tab.sees("#caption", "clicks so far");
  const debug = await Debugger.attach(tab.page);
  const base = await debug.script("base", ({ url }) => url.endsWith(".wasm"));
  const url = `${base.url}?map`;
  const asked = async (address: string, headers: Record<string, string> = {}) =>
    (await fetch(address, { headers })).status;
  const authorization = `Bearer ${server.token}`;
  expect(await asked(url)).toBe(401);
  expect(await asked(url, { authorization })).toBe(200);
  // Any other query is none, as for all addresses of content.
  expect((await fetch(`${base.url}?map=x`, { headers: { authorization } })).headers.get("content-type")).toBe(
    "application/wasm",
  );
  expect(await asked(url.replace(/[0-9a-f]{64}/, "0".repeat(64)), { authorization })).toBe(404);
  expect(await asked(`${server.url}m/main.go?map`, { authorization })).toBe(404);
  const answer = await fetch(url, { headers: { authorization } });
  expect(answer.headers.get("cache-control")).toContain("immutable");
  expect(answer.headers.get("content-type")).toContain("application/json");
  expect(await server.stop()).toBe(0);
});
