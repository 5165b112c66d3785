//! Chromium's debugger as its DevTools use it: modules, their source maps, breakpoints.

import type { CDPSession, Page } from "playwright-core";
import { SourceMap } from "./source-map.js";

type Paused = {
  readonly callFrames: readonly {
    readonly functionName: string;
    readonly location: { readonly scriptId: string; readonly columnNumber?: number };
  }[];
};

export type WasmScript = {
  readonly scriptId: string;
  readonly url: string;
  readonly sourceMapURL: string;
  readonly length: number;
};

export class Debugger {
  readonly #session: CDPSession;
  readonly #scripts: WasmScript[] = [];
  readonly #waiting = new Set<() => void>();

  private constructor(session: CDPSession) {
    this.#session = session;
    session.on(
      "Debugger.scriptParsed",
      ({ scriptId, url, sourceMapURL = "", length = 0, scriptLanguage }) => {
        if (scriptLanguage !== "WebAssembly") return;
        this.#scripts.push({ scriptId, url, sourceMapURL, length });
        for (const look of [...this.#waiting]) look();
      },
    );
  }

  /** Scripts that are there already are told at once. */
  static async attach(page: Page): Promise<Debugger> {
    const session = await page.context().newCDPSession(page);
    const attached = new Debugger(session);
    await session.send("Network.enable");
    await session.send("Debugger.enable");
    return attached;
  }

  /** The module of the program that has a map and is `wanted`, once the engine has compiled it. */
  script(what: string, wanted: (script: WasmScript) => boolean): Promise<WasmScript> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no ${what} among ${JSON.stringify(this.#scripts)}`));
      }, 60_000);
      const look = () => {
        const found = this.#scripts.filter(wanted).at(-1);
        if (!found) return;
        finish();
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** Fetched as DevTools do: by the browser, with the cookies of the page, past its content security policy. */
  async map(script: WasmScript): Promise<SourceMap> {
    const url = new URL(script.sourceMapURL, script.url).href;
    const { frameTree } = await this.#session.send("Page.getFrameTree");
    const { resource } = await this.#session.send("Network.loadNetworkResource", {
      frameId: frameTree.frame.id,
      url,
      options: { disableCache: true, includeCredentials: true },
    });
    if (!resource.success || resource.stream === undefined)
      throw new Error(`${url}: ${resource.httpStatusCode} ${resource.netErrorName}`);
    const pieces: Buffer[] = [];
    for (;;) {
      const { data, eof, base64Encoded } = await this.#session.send("IO.read", { handle: resource.stream });
      pieces.push(Buffer.from(data, base64Encoded ? "base64" : "utf8"));
      if (eof) return new SourceMap(Buffer.concat(pieces).toString("utf8"));
    }
  }

  /** The engine may move a breakpoint to the next instruction at which it can stand. */
  async breakAt({ scriptId }: WasmScript, offset: number): Promise<string> {
    const location = { scriptId, lineNumber: 0, columnNumber: offset };
    const { breakpointId } = await this.#session.send("Debugger.setBreakpoint", { location });
    return breakpointId;
  }

  async remove(breakpointId: string): Promise<void> {
    await this.#session.send("Debugger.removeBreakpoint", { breakpointId });
  }

  /** Where the page stops when `act` is done, which does not come back before. */
  async pausedBy(act: () => Promise<unknown>): Promise<{ scriptId: string; offset: number; name: string }> {
    const stopped = new Promise<Paused>((resolve) => this.#session.once("Debugger.paused", resolve));
    const acted = act();
    const { callFrames } = await stopped;
    const [frame] = callFrames;
    await this.#session.send("Debugger.resume");
    await acted;
    const { scriptId = "", columnNumber = 0 } = frame?.location ?? {};
    return { scriptId, offset: columnNumber, name: frame?.functionName ?? "" };
  }
}
