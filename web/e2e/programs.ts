//! Small real programs, compiled by the real compilers, for the tests in the browser.

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export type CompilerName = "go" | "tinygo";

/** A module as the server publishes it. The name only has to be unique and of the right shape: no client reads BLAKE3. */
export type Built = { readonly hash: string; readonly bytes: Buffer };

export type Compiler = {
  readonly name: CompilerName;
  readonly glue: Built;
  build(source: string): Promise<Built>;
};

export const named = (bytes: Buffer): Built => ({
  hash: createHash("sha256").update(bytes).digest("hex"),
  bytes,
});

/** TinyGo takes part where `DEV_SERVER_TINYGO` names a binary that builds for the browser. */
export const tinygo = process.env.DEV_SERVER_TINYGO;

export async function compiler(name: CompilerName): Promise<Compiler> {
  const glue = named(await readFile(await gluePath(name)));
  const cache = new Map<string, Promise<Built>>();
  return {
    name,
    glue,
    build(source) {
      const known = cache.get(source) ?? build(name, source);
      cache.set(source, known);
      return known;
    },
  };
}

async function gluePath(name: CompilerName): Promise<string> {
  if (name === "go") return join((await run("go", ["env", "GOROOT"])).stdout.trim(), "lib/wasm/wasm_exec.js");
  return join((await run(tinygo ?? "tinygo", ["env", "TINYGOROOT"])).stdout.trim(), "targets/wasm_exec.js");
}

async function build(name: CompilerName, source: string): Promise<Built> {
  const folder = await mkdtemp(join(tmpdir(), "dev-server-e2e-"));
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "go.mod"), "module program\n\ngo 1.24\n");
    await writeFile(join(folder, "main.go"), source);
    const output = join(folder, "main.wasm");
    if (name === "go") {
      await run("go", ["build", "-o", output, "."], {
        cwd: folder,
        env: { ...process.env, GOOS: "js", GOARCH: "wasm" },
      });
    } else {
      const target = process.env.DEV_SERVER_TINYGO_TARGET ?? "wasm";
      await run(tinygo ?? "tinygo", ["build", "-target", target, "-opt=1", "-o", output, "."], {
        cwd: folder,
      });
    }
    return named(await readFile(output));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Counts clicks on a button and keeps the count through swaps. `title` tells versions apart; `body` runs in main
 * before it waits. Leaves behind what a careless program does: an interval, a ticking goroutine, an observer and a
 * listener on the document.
 */
export function counter(title: string, { accept = true, body = "", imports = "" } = {}): string {
  return `package main

import (
	"syscall/js"
	"time"
	${imports}
)

var count int

func render() {
	document := js.Global().Get("document")
	document.Call("getElementById", "title").Set("textContent", ${JSON.stringify(title)})
	document.Call("getElementById", "count").Set("textContent", count)
}

func main() {
	live := js.Global().Get("__devServerLive")
	restore := func(data js.Value) {
		if value := data.Get("count"); !value.IsUndefined() {
			count = value.Int()
		}
		render()
	}
	if live.Truthy() && ${accept} {
		restore(live.Get("data"))
		live.Call("accept", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
			restore(arguments[0])
			return nil
		}))
		live.Call("dispose", js.FuncOf(func(_ js.Value, arguments []js.Value) any {
			arguments[0].Set("count", count)
			return nil
		}))
	} else {
		render()
	}
	document := js.Global().Get("document")
	document.Call("getElementById", "button").Call("addEventListener", "click", js.FuncOf(func(js.Value, []js.Value) any {
		count++
		render()
		return nil
	}))
	document.Call("addEventListener", "keydown", js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	js.Global().Call("setInterval", js.FuncOf(func(js.Value, []js.Value) any {
		counted := js.Global().Get("ticks")
		if !counted.IsUndefined() {
			js.Global().Set("ticks", counted.Int()+1)
		}
		return nil
	}), 10)
	observer := js.Global().Get("MutationObserver").New(js.FuncOf(func(js.Value, []js.Value) any { return nil }))
	observer.Call("observe", document.Get("body"), map[string]any{"childList": true})
	go func() {
		for {
			time.Sleep(5 * time.Millisecond)
		}
	}()
	${body}
	select {}
}
`;
}
