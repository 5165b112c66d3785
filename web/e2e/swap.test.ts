//! Boot, swap with state, and what a swap must never do, for each compiler that is there.

import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { launch } from "./browser.js";
import { type Compiler, compiler, counter, named, tinygo } from "./programs.js";
import { DevServer, Level } from "./server.js";

const body = '<h1 id="title"></h1><p id="count"></p><button id="button">+1</button>';

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(["go", ...(tinygo ? ["tinygo" as const] : [])] as const)("a program of %s", (name) => {
  let go: Compiler;
  let server: DevServer;
  let page: Page;

  beforeAll(async () => {
    go = await compiler(name);
  });
  beforeEach(async () => {
    server = await DevServer.start();
    server.page(body);
    page = await browser.newPage();
  });
  afterEach(async () => {
    await page.close();
    await server.stop();
  });

  const open = async (source: string) => {
    await page.goto(`${server.url}/demo/`);
    await server.next("hello");
    await server.update(await go.build(source), go);
    return server.next("applied");
  };
  const text = (id: string) => page.textContent(`#${id}`);

  test("boots and says when it was seen", async () => {
    const before = Date.now() * 1000;
    const applied = await open(counter("one"));
    expect(await text("title")).toBe("one");
    expect(applied.stages.map((stage) => stage.name)).toEqual([
      "transfer",
      "compile",
      "swap",
      "program_start",
      "first_frame",
    ]);
    expect(Number(applied.firstFrameAtUs)).toBeGreaterThan(before);
    expect(applied.accepts).toBe(true);
    expect(Buffer.from(applied.base).toString("hex")).toBe((await go.build(counter("one"))).hash);
  });

  test("hands its state to the next", async () => {
    await open(counter("one"));
    await page.click("#button");
    await page.click("#button");
    await server.update(await go.build(counter("two")), go);
    const applied = await server.next("applied");
    expect(applied.level).toBe(Level.MODULE_SWAP);
    expect([await text("title"), await text("count")]).toEqual(["two", "2"]);
    await page.click("#button");
    expect(await text("count")).toBe("3");
  });

  test("leaves nothing behind after 100 swaps", async () => {
    const versions = await Promise.all([go.build(counter("even")), go.build(counter("odd"))]);
    await page.addInitScript(() => {
      Reflect.set(window, "ticks", 0);
    });
    await open(counter("even"));
    await page.click("#button");
    const session = await page.context().newCDPSession(page);
    const settled = async () => {
      await session.send("HeapProfiler.collectGarbage");
      await session.send("HeapProfiler.collectGarbage");
      const { metrics } = await session.send("Performance.getMetrics");
      const listeners = metrics.find((metric) => metric.name === "JSEventListeners")?.value ?? Number.NaN;
      const buffers = await page.evaluate(() => Reflect.get(window, "ticks") as number);
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      return { listeners, usedSize, buffers };
    };
    await session.send("Performance.enable");
    const swap = async (number: number) => {
      const version = versions[number % 2];
      if (!version) throw new Error("two versions");
      await server.update(version, go);
      await server.next("applied");
    };
    for (let number = 1; number <= 10; number += 1) await swap(number);
    const early = await settled();
    for (let number = 11; number <= 100; number += 1) await swap(number);
    const late = await settled();

    await page.click("#button");
    expect(await text("count")).toBe("2");
    expect(late.listeners).toBe(early.listeners);
    // One instance of Go is about a megabyte on the heap, so 90 that stay would show.
    expect(late.usedSize - early.usedSize).toBeLessThan(1024 * 1024);
    // One interval of 10 ms lives; 100 of them would tick 100 times as often.
    const rate = await page.evaluate(async () => {
      const begin = Reflect.get(window, "ticks") as number;
      const start = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 500));
      return ((Reflect.get(window, "ticks") as number) - begin) / ((performance.now() - start) / 10);
    });
    expect(rate).toBeGreaterThan(0.1);
    expect(rate).toBeLessThan(1.5);
  });

  test("ends what Go code made with new, unless it is handed over", async () => {
    const make = (kind: string) =>
      `js.Global().Set(${JSON.stringify(kind)}, js.Global().Get("AbortController").New())`;
    const hand = `live.Call("dispose", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		arguments[0].Set("controller", js.Global().Get("kept"))
		return nil
	}))
	document.Get("body").Set("onclick", js.FuncOf(func(js.Value, []js.Value) any {
		count += 100
		render()
		return nil
	}))`;
    await open(counter("one", { body: [make("kept"), make("dropped"), hand].join("\n\t") }));
    await server.update(await go.build(counter("two")), go);
    await server.next("applied");
    const aborted = (kind: string) =>
      page.evaluate((name) => (Reflect.get(window, name) as AbortController).signal.aborted, kind);
    expect([await aborted("kept"), await aborted("dropped")]).toEqual([false, true]);
    // A handler that the old program set as a property is still there, and does nothing.
    await page.click("#title");
    expect(await text("count")).toBe("0");
  });

  describe("keeps the old one when the next fails", () => {
    const survives = async () => {
      await page.click("#button");
      expect([await text("title"), await text("count")]).toEqual(["one", "2"]);
      const good = await go.build(counter("three"));
      await server.update(good, go);
      await server.next("applied");
      expect([await text("title"), await text("count")]).toEqual(["three", "2"]);
    };
    beforeEach(async () => {
      await open(counter("one"));
      await page.click("#button");
    });

    test("at fetch", async () => {
      const lost = named(Buffer.from("lost"));
      server.forget(lost);
      await server.update(lost, go);
      const failed = await server.next("failed");
      expect([failed.stage, failed.message]).toEqual(["fetch", expect.stringContaining("404")]);
      await survives();
    });

    test("at compile", async () => {
      await server.update(named(Buffer.from("\0asm\x01\0\0\0 and then nonsense", "latin1")), go);
      const failed = await server.next("failed");
      expect(failed.stage).toBe("compile");
      expect(Buffer.from(failed.base).toString("hex")).toBe((await go.build(counter("one"))).hash);
      await survives();
    });

    test("at link", async () => {
      // (module (import "gojs" "runtime.notThere" (func)))
      const name = "runtime.notThere";
      const entry = [4, ...Buffer.from("gojs"), name.length, ...Buffer.from(name), 0, 0];
      const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, entry.length + 1, 1, ...entry];
      await server.update(named(Buffer.from(bytes)), go);
      const failed = await server.next("failed");
      expect([failed.stage, failed.message]).toEqual([
        "link",
        expect.stringContaining("gojs.runtime.notThere"),
      ]);
      await survives();
    });

    test("at start", async () => {
      const broken = counter("two", {
        body: `document.Get("body").Call("append", "left behind")
	js.Global().Get("document").Call("getElementById", "title").Call("setAttribute", "class", "broken")
	panic("not today")`,
      });
      await server.update(await go.build(broken), go);
      const failed = await server.next("failed");
      expect(failed.stage).toBe("start");
      const crash = await server.next("crash");
      expect([crash.kind, crash.message]).toEqual(["panic", expect.stringContaining("not today")]);
      expect(await page.textContent("body")).not.toContain("left behind");
      expect(await page.getAttribute("#title", "class")).toBeNull();
      await survives();
    });
  });

  test("reports a panic with its frames and is started afresh by the next build", async () => {
    const bomb = `js.Global().Get("document").Call("getElementById", "title").Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		var list []int
		return list[count+3]
	}))`;
    await open(counter("one", { body: bomb }));
    await page.click("#title");
    const crash = await server.next("crash");
    expect([crash.kind, crash.message]).toEqual(["panic", expect.stringContaining("index out of range")]);
    expect(crash.frames.length).toBeGreaterThan(1);
    const { hash } = await go.build(counter("one", { body: bomb }));
    expect(Buffer.from(crash.frames[0]?.module ?? []).toString("hex")).toBe(hash);
    expect((await server.next("status", (status) => status.ended)).accepts).toBe(true);
    await page.locator("dev-server-overlay .message").first().waitFor();

    await server.update(await go.build(counter("two")), go);
    await server.next("applied");
    expect([await text("title"), await text("count")]).toEqual(["two", "0"]);
    await page.locator("dev-server-overlay").waitFor({ state: "detached" });
  });

  test("reloads the page of a program that takes nothing over, and keeps typed text", async () => {
    server.page(`${body}<input id="field">${"<p>line</p>".repeat(100)}`);
    await open(counter("one", { accept: false }));
    await page.fill("#field", "typed");
    await page.evaluate(() => scrollTo(0, 700));
    await server.update(await go.build(counter("two", { accept: false })), go);
    await server.next("hello");
    await server.update(await go.build(counter("two", { accept: false })), go);
    const applied = await server.next("applied");
    expect([applied.level, applied.reason]).toEqual([
      Level.PAGE_RELOAD,
      expect.stringContaining("live.Accept"),
    ]);
    expect(await text("title")).toBe("two");
    expect(await page.inputValue("#field")).toBe("typed");
    expect(await page.evaluate(() => scrollY)).toBe(700);
  });

  test("takes over a program that the page starts itself", async () => {
    const source = counter("one", {
      imports: '"os"',
      body: 'if len(os.Args) > 1 { document.Get("body").Set("title", os.Args[1]) }',
    });
    server.file(
      "/demo/boot.js",
      "text/javascript",
      `const go = new Go(); go.argv?.push("from the page");
       WebAssembly.instantiateStreaming(fetch("main.wasm"), go.importObject).then(({ instance }) => go.run(instance));`,
    );
    server.file("/demo/wasm_exec.js", "text/javascript", go.glue.bytes);
    server.page(`${body}<script src="wasm_exec.js"></script><script src="boot.js"></script>`, {
      boot: "page",
    });
    const first = await go.build(source);
    server.publish(first, go);
    await page.goto(`${server.url}/demo/`);
    const hello = await server.next("hello");
    expect(hello.pageBoots).toBe(true);
    // Whichever comes first, the connection or the program.
    const { base } =
      hello.base.length > 0 ? hello : await server.next("status", (status) => status.base.length > 0);
    expect(Buffer.from(base).toString("hex")).toBe(first.hash);
    // TinyGo's glue hands no arguments over.
    const title = name === "go" ? "from the page" : null;
    expect(await page.getAttribute("body", "title")).toBe(title);
    await page.click("#button");

    await page.evaluate(() => document.body.removeAttribute("title"));
    await server.update(await go.build(source.replace('"one"', '"two"')), go);
    await server.next("applied");
    expect([await text("title"), await text("count")]).toEqual(["two", "1"]);
    expect(await page.getAttribute("body", "title")).toBe(title);
    await page.click("#button");
    expect(await text("count")).toBe("2");
    // The page's own glue is still what the page sees.
    expect(await page.evaluate(() => typeof Reflect.get(window, "Go"))).toBe("function");
  });

  test("runs in a worker, with the same contract", async () => {
    const source = (title: string, data = "count") => `package main

import (
	"strconv"
	"syscall/js"
)

var count int

func main() {
	live := js.Global().Get("__devServerLive")
	if value := live.Get("data").Get("count"); !value.IsUndefined() {
		count = value.Int()
	}
	live.Call("accept", js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	live.Call("dispose", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
		arguments[0].Set("count", ${data})
		return nil
	}))
	js.Global().Call("addEventListener", "message", js.FuncOf(func(js.Value, []js.Value) any {
		count++
		js.Global().Call("postMessage", ${JSON.stringify(`${title} `)} + strconv.Itoa(count))
		return nil
	}))
	select {}
}
`;
    const ask = () =>
      page.evaluate(() => {
        const { worker } = Reflect.get(window, "devServer") as {
          worker: EventTarget & { postMessage(data: unknown): void };
        };
        return new Promise((resolve) => {
          worker.addEventListener("message", (event) => resolve((event as MessageEvent).data), {
            once: true,
          });
          worker.postMessage("count");
        });
      });
    server.page("", { worker: true });
    await open(source("one"));
    expect(await ask()).toBe("one 1");
    await server.update(await go.build(source("two")), go);
    await server.next("applied");
    expect(await ask()).toBe("two 2");

    await server.update(await go.build(source("three").replace("select {}", 'panic("no")')), go);
    expect((await server.next("failed")).stage).toBe("start");
    expect(await ask()).toBe("two 3");

    const function_ = "js.FuncOf(func(js.Value, []js.Value) any { return nil })";
    await server.update(await go.build(source("four", function_)), go);
    await server.next("applied");
    expect(await ask()).toBe("four 4");
    await server.update(await go.build(source("five")), go);
    const failed = await server.next("failed");
    expect([failed.stage, failed.message]).toEqual([
      "dispose",
      expect.stringContaining("cannot be handed over"),
    ]);
    expect(await ask()).toBe("four 5");
  });
});
