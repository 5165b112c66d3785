//! A page in which nothing happens: what Chromium notes of it while nobody edits, as a trace.

import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Tab } from "../browser.js";
import { Harness } from "../harness.js";

const harness = new Harness();

/** Long enough for several of whatever comes once a second. */
const idle = 4_000;

/** What a page's thread does for a script, or because of one: running it, waiting for it, drawing what it changed. */
const work = [
  "EvaluateScript",
  "EventDispatch",
  "FireAnimationFrame",
  "FireIdleCallback",
  "FunctionCall",
  "Layout",
  "Paint",
  "PrePaint",
  "RequestAnimationFrame",
  "ResourceSendRequest",
  "RunMicrotasks",
  "TimerFire",
  "TimerInstall",
  "UpdateLayoutTree",
  "WebSocketReceive",
  "WebSocketSend",
];

type TraceEvent = {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
};

/** What the page's thread did between two marks that it set itself, while `during` lasted. */
async function workOf(page: Page, during: () => Promise<unknown>): Promise<string[]> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
  const complete = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
  const mark = (name: string) => page.evaluate((words) => void performance.mark(words), name);
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: {
      includedCategories: ["devtools.timeline", "blink.user_timing", "disabled-by-default-devtools.timeline"],
    },
  });
  await mark("idle begins");
  await during();
  await mark("idle ends");
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  const marked = (name: string) => {
    const event = events.find((event) => event.name === name);
    if (!event) throw new Error(`the trace of ${events.length} events has no mark "${name}"`);
    return event;
  };
  const [begin, end] = [marked("idle begins"), marked("idle ends")];
  // The call that set the first mark ends behind it, and the one that sets the second begins before it.
  const margin = 50_000;
  return events
    .filter(({ pid, tid }) => pid === begin.pid && tid === begin.tid)
    .filter(({ ts }) => ts > begin.ts + margin && ts < end.ts - margin)
    .map(({ name }) => name)
    .filter((name) => work.includes(name));
}

const wait = (page: Page) => () => page.waitForTimeout(idle);

/** Waits until what comes and goes by style alone has come and gone: the badge, some seconds after an update. */
async function settles(tab: Tab): Promise<void> {
  await tab.page.evaluate(async () => {
    const hosts = document.querySelectorAll("dev-server-badge, dev-server-overlay");
    const animations = [...hosts].flatMap((host) => host.shadowRoot?.getAnimations() ?? []);
    await Promise.all(animations.map(({ finished }) => finished));
  });
}

test("a page that is connected, and follows all there is, does nothing while nothing happens", async () => {
  const project = harness.fixture("plain");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Plain");
  await tab.page.evaluate(() => {
    type Listen = (listener: () => void) => void;
    const { devServer } = window as unknown as {
      devServer: Record<"onUpdate" | "onDiagnostics" | "onTree" | "onFlags" | "onEvents", Listen>;
    };
    const { onUpdate, onDiagnostics, onTree, onFlags, onEvents } = devServer;
    for (const listen of [onUpdate, onDiagnostics, onTree, onFlags, onEvents]) listen(() => {});
  });
  await settles(tab);
  expect(await workOf(tab.page, wait(tab.page))).toEqual([]);

  // The same eyes see a timer.
  const seen = await workOf(tab.page, async () => {
    await tab.page.waitForTimeout(200);
    await tab.page.evaluate(() => void setTimeout(() => document.title, 10));
    await tab.page.waitForTimeout(200);
  });
  expect(seen).toEqual(expect.arrayContaining(["TimerInstall", "TimerFire", "FunctionCall"]));
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test("nor does one that shows errors", async () => {
  const project = harness.fixture("plain");
  const server = await harness.serve(project, { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Plain");
  project.edit("main.go", "select {}", "select }");
  await tab.overlay.waitFor();
  // Until the build has ended it says that one runs.
  await tab.badge.waitFor({ state: "detached" });
  await settles(tab);
  expect(await workOf(tab.page, wait(tab.page))).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test("nor does the inspector", async () => {
  const server = await harness.serve(harness.fixture("plain"), { compiler: "go" });
  const tab = await harness.open(server);
  await tab.sees("h1", "Plain");
  const inspector = await harness.beside(tab, server, "__dev/");
  await inspector.sees(".state", "Up to date");
  await inspector.sees(".now-clients", "none behind");
  await inspector.page.locator("#tab-tree").click();
  await inspector.sees(".node", "main.go");
  expect(await workOf(inspector.page, wait(inspector.page))).toEqual([]);
  expect(inspector.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});
