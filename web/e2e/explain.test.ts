//! Every row of the table of errors, produced for real in each browser and recognised there.

import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import wabt from "wabt";
import { bundle } from "../build/bundle.mjs";
import type { Explanation } from "../src/explain/explain.js";
import type { Speaker } from "../src/explain/row.js";
import { table } from "../src/explain/table.js";
import { callScenes } from "./explain/call-scenes.js";
import { compileScenes } from "./explain/compile-scenes.js";
import { fallingProgram, goScenes } from "./explain/go-scenes.js";
import { linkScenes } from "./explain/link-scenes.js";
import type { Scene } from "./explain/scene.js";
import { type LiveBrowser, type LiveTab, launch } from "./product/hot/live-tab.js";
import { browsers } from "./product/places.js";
import { type Compiler, compiler, tinygo } from "./programs.js";

const scenes = [...compileScenes, ...linkScenes, ...callScenes, ...goScenes];
const { parseWat } = await wabt();
const features = { reference_types: true, bulk_memory: true, simd: true };

const speakers = { chromium: "Chrome", firefox: "Firefox" } as const;
const empty = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
const policy = "script-src 'self' 'unsafe-inline' 'unsafe-eval' 'wasm-unsafe-eval'";

let server: Server;
let url: string;
const files = new Map<string, { readonly type: string; readonly content: Buffer | string }>();

async function offer({ glue, build }: Compiler): Promise<void> {
  files.set("/wasm_exec.js", { type: "text/javascript", content: glue.bytes });
  files.set("/fall.wasm", { type: "application/wasm", content: (await build(fallingProgram)).bytes });
}

beforeAll(async () => {
  files.set("/as-text.wasm", { type: "text/plain", content: empty });
  files.set("/module.wasm", { type: "application/wasm", content: empty });
  files.set("/explain.js", {
    type: "text/javascript",
    content: await bundle("src/explain/explain.ts", "esm"),
  });
  files.set("/crossing.js", {
    type: "text/javascript",
    content: await bundle("src/go-module/crossing.ts", "esm"),
  });
  files.set("/page.js", {
    type: "text/javascript",
    content: await readFile(new URL("explain/page.js", import.meta.url)),
  });
  const page = '<!doctype html><title>Errors</title><script src="/page.js"></script>';
  for (const path of ["/", "/policy"]) files.set(path, { type: "text/html", content: page });
  server = createServer(({ url: path = "" }, response) => {
    const file = files.get(path);
    const allowed = path === "/policy" ? "script-src 'self'" : policy;
    response.writeHead(file ? 200 : 404, {
      "content-type": file?.type ?? "text/html",
      "content-security-policy": allowed,
    });
    response.end(file?.content ?? page);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());

function modulesOf({ wat = {}, bytes = {} }: Scene): Record<string, readonly number[]> {
  const assembled = Object.entries(wat).map(([name, text]) => {
    const module = parseWat(`${name}.wat`, text, features);
    module.validate();
    return [name, [...module.toBinary({}).buffer]] as const;
  });
  return { ...bytes, ...Object.fromEntries(assembled) };
}

/** Plays the scene in a fresh page; undefined: nothing was thrown. */
async function play(tab: LiveTab, scene: Scene): Promise<Explanation | undefined> {
  await tab.goto(`${url}${scene.page ?? "/"}`);
  const said = await tab.evaluate(`(async () => {
    const { explain } = await import("/explain.js");
    Object.assign(globalThis, await import("/crossing.js"));
    const modules = Object.fromEntries(
      Object.entries(${JSON.stringify(modulesOf(scene))}).map(([name, bytes]) => [name, new Uint8Array(bytes)]),
    );
    const notes = {};
    try {
      await (${scene.play})(modules, notes);
    } catch (error) {
      return JSON.stringify(explain(error, notes));
    }
    return "";
  })()`);
  return said === "" ? undefined : (JSON.parse(String(said)) as Explanation);
}

const title = ({ code, variant }: Scene) => (variant ? `${code}: ${variant}` : code);

describe.each(browsers)("in %s", (name) => {
  let browser: LiveBrowser;
  let tab: LiveTab;
  const produced = new Set<string>();

  beforeAll(async () => {
    await offer(await compiler("go"));
    browser = await launch(name);
    tab = await browser.tab();
  });
  afterAll(() => browser.close());

  const withGo = scenes.filter(({ onlyTinygo }) => !onlyTinygo);
  test.each(withGo.map((scene) => [title(scene), scene] as const))("%s", async (_, scene) => {
    const explanation = await play(tab, scene);
    if (scene.not === name) {
      expect(explanation).toBeUndefined();
      return;
    }
    expect(explanation?.code, JSON.stringify(explanation)).toBe(scene.code);
    for (const [part, words] of Object.entries(scene.says ?? {}))
      expect(explanation?.[part as "wanted"], `${part}: ${explanation?.message}`).toContain(words);
    produced.add(scene.code);
  });

  test("no row of the table was left out", () => {
    const speaks = (by: Speaker) => by === speakers[name] || by === "Go" || by === "wasm_exec.js";
    const rows = table.filter(({ texts }) => texts.some(({ by }) => speaks(by)));
    expect(rows.map(({ code }) => code).filter((code) => !produced.has(code))).toEqual([]);
  });
});

describe.runIf(tinygo)("with TinyGo", () => {
  let browser: LiveBrowser;

  beforeAll(async () => {
    await offer(await compiler("tinygo"));
    browser = await launch("chromium");
  });
  afterAll(() => browser.close());

  const ending = goScenes.filter(({ tinygo }) => tinygo !== "none");
  test.each(ending.map((scene) => [title(scene), scene] as const))("%s", async (_, scene) => {
    const explanation = await play(await browser.tab(), scene);
    expect(explanation?.code, JSON.stringify(explanation)).toBe(scene.tinygo ?? scene.code);
  });
});
