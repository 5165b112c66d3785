//! The client's entry and the only file of it that acts on import: the server puts it first into every page.

import { swapAssets } from "./assets.js";
import { Client } from "./client.js";
import { forwardConsole } from "./console.js";
import { crashOf, watchErrors } from "./crash.js";
import { PageDisplay } from "./display.js";
import type { EventListener, FollowEventsOptions } from "./event.js";
import type { FlagListener, FlagValue } from "./flag-values.js";
import { firstFrame } from "./frame.js";
import type { Go } from "./glue.js";
import { GoGlobal } from "./go-global.js";
import type { Hot } from "./hot.js";
import { identify } from "./identity.js";
import { type Downfall, Instance } from "./instance.js";
import { LateSocket } from "./late-socket.js";
import type { Diagnostic, Severity, Updated } from "./messages.js";
import { Ownership, type Scope } from "./ownership.js";
import { adoptClass, ModuleOrigins } from "./page-boot.js";
import { reloadPage, restorePage, takeReloaded } from "./reload.js";
import { PageHost } from "./runtime.js";
import type { Socket } from "./transport.js";
import type { ListenOptions, TreeListener } from "./tree-event.js";
import { WorkerHost, type WorkerPort } from "./worker-host.js";

/** What the page's own scripts may use: `window.devServer`. */
export type DevServer = {
  /** `data`, `accept`, `dispose`, `invalidate`: as a Go program has them, for scripts that live through swaps. */
  readonly hot: Hot;
  /** The program's worker, the same object through all swaps; undefined when the program runs in the page. */
  readonly worker: WorkerPort | undefined;
  /** Calls the listener after each update of this page that was done; the answer ends that. */
  readonly onUpdate: (listener: (updated: Updated) => void) => () => void;
  /** Calls the listener with all that is wrong with the source, and whenever that is another; the answer ends that. */
  readonly onDiagnostics: (listener: (items: readonly Diagnostic[]) => void) => () => void;
  /** Calls the listener for what happens at the server, each event once and in order or named as missing; the answer ends
   * that. */
  readonly onEvents: (listener: EventListener, options?: FollowEventsOptions) => () => void;
  /** Calls the listener for the syntax tree of each Go file of the program's own, and for each change of one, also when
   * the text does not compile; with `{ text: true }` for each change of a text too. The answer ends that: once nobody
   * listens, nothing is sent any more. */
  readonly onTree: (listener: TreeListener, options?: ListenOptions) => () => void;
  /** Calls the listener with the values of all flags for this page, and whenever one is another; the answer ends that. */
  readonly onFlags: (listener: FlagListener) => () => void;
  /** What a flag is for this page now; `fallback` while the server says nothing of one of that name and type. */
  readonly flag: <Value extends FlagValue>(name: string, fallback: Value) => Value;
};

/** As deep as the protocol reports; the engine's ten would show the runtime of Go only. */
const deepestStack = 64;

main();

function main(): void {
  const script = document.currentScript;
  // Imported as a module there is no such element: then nobody has said which program this page is for.
  if (!(script instanceof HTMLScriptElement) || script.dataset.program === undefined) return;
  const { program, boot, worker, manifest } = script.dataset;
  const pageBoots = boot === "page";
  Reflect.set(Error, "stackTraceLimit", deepestStack);

  const ownership = new Ownership(window as unknown as Scope);
  const seen = new WeakSet<object>();
  let crashes = 0n;
  const crash = (base: string, downfall: Downfall) => {
    if (downfall.error) seen.add(downfall.error);
    crashes += 1n;
    const report = crashOf(base, crashes, downfall);
    // Later than the exchange that may be under way: an undone start must not take the overlay with it.
    queueMicrotask(() => client.crash(report, downfall));
  };
  const events = {
    onStatus: () => client.status(),
    onInvalidate: (module: string, reason: string) => client.invalidate(module, reason),
    onCrash: crash,
    onLog: (severity: Severity, text: string) => client.log(severity, text),
  };

  let adopt: (pageClass: new () => Go) => unknown = (pageClass) => pageClass;
  const go = new GoGlobal(globalThis, (pageClass) => adopt(pageClass));
  const workerUrl = script.src.replace(/client\.js(?=$|\?)/, "worker.js");
  const host =
    worker === "true"
      ? new WorkerHost(() => new Worker(workerUrl), events)
      : new PageHost(ownership, (url) => go.load(url), events);
  if (pageBoots && host instanceof PageHost) {
    const origins = new ModuleOrigins(WebAssembly, Response.prototype);
    adopt = (pageClass) => adoptClass(pageClass, host, origins);
  }

  const load = (part: string) => import(new URL(`/__dev/${part}.js`, script.src).href);
  const reloaded = takeReloaded();
  const display = new PageDisplay(
    (location) => client.openLocation(location),
    () => host.base !== "" && !host.ended,
  );
  const client = new Client({
    program: program ?? "",
    manifest: manifest ?? "",
    pageBoots,
    identity: identify(() => localStorage, navigator),
    host,
    display,
    open: () => open(script),
    swapAssets,
    ready: new Promise((resolve) => {
      if (document.readyState !== "loading") resolve();
      else document.addEventListener("DOMContentLoaded", () => resolve());
    }),
    now: () => performance.now(),
    firstFrame,
    reload: reloadPage,
    reloaded,
    onBoot: () => reloaded && restorePage(reloaded),
    parts: {
      trees: () => load("trees"),
      events: () => load("events"),
      digest: () => load("digest"),
    },
    explain: () => load("explain"),
    fetchReceiver: async (url) => (await fetch(new URL(url, script.src))).arrayBuffer(),
  });

  forwardConsole(console, {
    forward: (severity, text) => client.log(severity, text),
    observe: (text) => {
      if (ownership.current instanceof Instance) ownership.current.printed(text);
    },
    now: () => performance.now(),
  });
  watchErrors(window, seen, (downfall) => crash(host.base, downfall));
  const { session } = client;
  if (script.dataset.mirror) {
    const loading: Promise<typeof import("./mirror/mirror.js")> = load("mirror");
    loading.then(({ mirror }) => {
      client.onGesture = mirror((gesture) => session.send({ kind: "gesture", gesture }));
    }, console.error);
  }
  // The first one begins the program: no save led to it while this page was there.
  let updates = 0;
  session.onUpdate((updated) => {
    if (updates++)
      load("measures").then(
        ({ measure }) => measure(updated),
        () => {},
      );
  });
  const devServer: DevServer = {
    hot: host.hot,
    worker: host instanceof WorkerHost ? host.port : undefined,
    onUpdate: (listener) => session.onUpdate(listener),
    onDiagnostics: (listener) => session.onDiagnostics(listener),
    onEvents: (listener, options) => session.onEvents(listener, options),
    onTree: (listener, options) => session.onTree(listener, options),
    onFlags: (listener) => session.flags.listen(listener),
    flag: (name, fallback) => session.flags.get(name, fallback),
  };
  Object.defineProperty(globalThis, "devServer", { value: devServer, configurable: true });

  addEventListener("online", () => session.hurry());
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) session.hurry();
  });
  if (reloaded && pageBoots) addEventListener("load", () => restorePage(reloaded));
  session.start();
}

function open({ src, dataset }: HTMLScriptElement): Socket {
  const plain = () => {
    const url = new URL("/__dev/socket", src);
    url.protocol = url.protocol.replace("http", "ws");
    return new WebSocket(url) as Socket;
  };
  const isAway = !/^(localhost|.*\.localhost|127\..*|\[::1\])$/.test(location.hostname);
  const wants = dataset.http3 === "always" || (dataset.http3 === "away" && isAway);
  if (!wants || !("WebTransport" in globalThis)) return plain();
  const better: Promise<typeof import("./http3.js")> = import(new URL("/__dev/http3.js", src).href);
  return new LateSocket(
    better.then(({ openSession }) => openSession(new URL("/__dev/transport", src))),
    plain,
  );
}
