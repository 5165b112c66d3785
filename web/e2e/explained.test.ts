//! Errors in a page that dev-server serves: over the page and on their way to the terminal, in both browsers.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import wabt from "wabt";
import { type LiveBrowser, type LiveTab, launch } from "./product/hot/live-tab.js";
import { browsers } from "./product/places.js";
import { type Compiler, compiler, counter, named } from "./programs.js";
import { DevServer } from "./server.js";

const timeout = 30_000;
const { parseWat } = await wabt();
const assemble = (text: string) => named(Buffer.from(parseWat("it.wat", text).toBinary({}).buffer));

/** Wants a function of another type than the page has. */
const misfit = assemble('(module (import "env" "add" (func (param i32 i32) (result i64))))');
const adder = assemble('(module (func (export "add") (param i32 f64) (result i32) (i32.const 0)))');
/** Wants what the glue does not have. */
const stranger = assemble('(module (import "gojs" "runtime.later" (func (param i32))))');

describe.each(browsers)("in %s", (name) => {
  let browser: LiveBrowser;
  let go: Compiler;
  let server: DevServer;
  let tab: LiveTab;

  beforeAll(async () => {
    browser = await launch(name);
    go = await compiler("go");
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    server = await DevServer.start();
    tab = await browser.tab();
  });
  afterEach(async () => {
    await tab.close();
    await server.stop();
  });

  const shown = (selector: string) =>
    tab.evaluate(
      `[...(document.querySelector("dev-server-overlay")?.shadowRoot.querySelectorAll(${JSON.stringify(selector)}) ?? [])]
        .map(({ textContent }) => textContent).join("\\n")`,
    );
  const sees = (selector: string, words: string) =>
    expect.poll(() => shown(selector), { timeout }).toContain(words);
  const terminal = async (code: string) => (await server.next("log", ({ text }) => text.includes(code))).text;
  const body = '<h1 id="title"></h1><p id="count"></p><button id="button">+1</button>';

  test("a page that instantiates by itself is told what its module wants and what it offers", async () => {
    server.file("/demo/add.wasm", "application/wasm", adder.bytes);
    server.file(
      "/demo/boot.js",
      "text/javascript",
      `const go = new Go();
      WebAssembly.instantiateStreaming(fetch("/demo/add.wasm")).then(({ instance: { exports } }) =>
        WebAssembly.instantiateStreaming(fetch("/m/${misfit.hash}.wasm"), { ...go.importObject, env: exports }));`,
    );
    server.file("/demo/wasm_exec.js", "text/javascript", go.glue.bytes);
    server.page('<script src="wasm_exec.js"></script><script src="boot.js"></script>', { boot: "page" });
    server.publish(misfit, go);
    await tab.goto(`${server.url}/demo/`);
    await sees(".why .source", "link/signature");
    await sees(".why .hint", "Wanted //go:wasmimport env add\nfunc(int32, int32) int64");
    await sees(".why .hint", "Offered func(int32, float64) int32");
    const text = await terminal("link/signature");
    expect(text).toContain("//go:wasmimport env add");
    expect((await server.next("crash")).kind).toBe("LinkError");
    await tab.picture(`explained-link-${name}`);
  });

  test("a module that does not fit its glue is explained above the program that runs on", async () => {
    server.page(body);
    await tab.goto(`${server.url}/demo/`);
    await server.next("hello");
    await server.update(await go.build(counter("one")), go);
    await server.next("applied");
    await server.update(stranger, go);
    expect((await server.next("failed")).stage).toBe("link");
    await sees(".why .source", "link/glue");
    await sees(".why .hint", "Wanted //go:wasmimport gojs runtime.later\nfunc(int32)");
    await terminal("link/glue");

    await server.update(await go.build(counter("two")), go);
    await server.next("applied");
    expect(await shown(".why")).toBe("");
  });

  test("bytes that are no module are explained by what they are", async () => {
    server.page(body);
    await tab.goto(`${server.url}/demo/`);
    await server.next("hello");
    await server.update(named(Buffer.from("<!doctype html><title>404</title>")), go);
    expect((await server.next("failed")).stage).toBe("compile");
    await sees(".why .source", "compile/html");
    await terminal("compile/html");
  });

  test("a panic says what it means, and the next program clears it", async () => {
    server.page(body);
    await tab.goto(`${server.url}/demo/`);
    await server.next("hello");
    const falls =
      'js.Global().Set("fall", js.FuncOf(func(js.Value, []js.Value) any { places["a"] = 1; return nil }))';
    const program = `${counter("one", { body: falls })}\nvar places map[string]int\n`;
    await server.update(await go.build(program), go);
    await server.next("applied");
    await tab.evaluate("setTimeout(() => fall())");
    expect((await server.next("crash")).message).toBe("assignment to entry in nil map");
    await sees(".why .source", "go/nil-map");
    await sees(".why .hint", "m = make(map[K]V)");
    await terminal("go/nil-map");

    await server.update(await go.build(counter("two")), go);
    await server.next("applied");
    expect(await shown(".why")).toBe("");
  });

  test("an error of the page that has nothing to do with its program is left as it is", async () => {
    server.page(body);
    await tab.goto(`${server.url}/demo/`);
    await server.next("hello");
    await tab.evaluate("setTimeout(() => document.nothing.at(0))");
    await sees("article .kind", "TypeError");
    // Its explanation would have been there before that of a later one, which is not what is shown.
    await tab.evaluate('setTimeout(() => { throw new WebAssembly.RuntimeError("unreachable"); })');
    await terminal("run/");
    expect(await shown("article .kind")).toBe("TypeError: ");
    expect(await shown(".why")).toBe("");
  });
});
