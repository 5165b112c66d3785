//! The spans of a save in the terminal, in the page's own marks, and in a file for Perfetto: the same ones.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import type { Tab } from "../browser.js";
import type { DevServer } from "../dev-server.js";
import { fresh, Harness } from "../harness.js";
import * as places from "../places.js";
import type { Project } from "../project.js";

const harness = new Harness();
const folders: string[] = [];
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

type Save = {
  readonly revision: number;
  readonly outcome: string;
  readonly level: number;
  readonly at_us: number;
  readonly ms: number;
  readonly spans: readonly { name: string; group: string; from_ms: number; ms: number }[];
};

type Measure = {
  readonly name: string;
  readonly start: number;
  readonly duration: number;
  readonly revision: number;
};

type TraceEvent = {
  readonly name: string;
  readonly ph: string;
  readonly tid: number;
  readonly ts: number;
  readonly dur: number;
};

/** `dev-server trace --once` in the folder of the project: its only line, and its file. */
async function trace(project: Project, server: DevServer, save: () => void): Promise<[Save, TraceEvent[]]> {
  const folder = mkdtempSync(join(tmpdir(), "dev-server-trace-"));
  folders.push(folder);
  const file = join(folder, "trace.json");
  const child = spawn(places.server, ["trace", "--once", "--json", "--output", file], {
    cwd: project.folder,
    env: { ...process.env, XDG_STATE_HOME: server.state },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const notes = createInterface({ input: child.stderr });
  await new Promise<void>((resolve, reject) => {
    notes.on("line", (line) => line.includes("are shown from now on") && resolve());
    child.once("close", () => reject(new Error("it has ended")));
  });
  save();
  expect(await ended).toBe(0);
  expect(lines.length).toBe(1);
  const { traceEvents } = JSON.parse(readFileSync(file, "utf8")) as { traceEvents: TraceEvent[] };
  return [JSON.parse(lines[0] ?? "") as Save, traceEvents.filter(({ ph }) => ph === "X")];
}

/** Marks of a save, once they are there. */
async function measures(tab: Tab, revision: number): Promise<Measure[]> {
  const handle = await tab.page.waitForFunction((wanted) => {
    const all = performance.getEntriesByType("measure") as PerformanceMeasure[];
    const ours = all.filter(
      ({ name, detail }) => name.startsWith("dev-server/") && detail?.revision === wanted,
    );
    const read = ours.map(({ name, startTime, duration, detail }) => ({
      name: name.replace("dev-server/", ""),
      start: startTime,
      duration,
      revision: detail.revision,
    }));
    return read.length > 0 && read;
  }, revision);
  return (await handle.jsonValue()) as Measure[];
}

function compare(save: Save, events: readonly TraceEvent[], marks: readonly Measure[]): void {
  expect(save.outcome).toBe("applied");
  const [whole, ...parts] = marks;
  expect(whole?.name).toBe("save");
  // Only the server knows what passed between its last stage and the page's first one.
  const between = save.level === 2 ? ["waiting", "transfer"] : ["waiting"];
  const spans = save.spans.filter(({ name }) => !between.includes(name));
  expect(parts.map(({ name }) => name)).toEqual(spans.map(({ name }) => name));
  for (const [index, span] of spans.entries())
    expect.soft(parts[index]?.duration, span.name).toBeCloseTo(span.ms, 2);
  expect(spans.map(({ name }) => name)).toEqual(expect.arrayContaining(["watch", "check", "first_frame"]));
  // One after the other, and within the whole.
  let end = whole?.start ?? 0;
  for (const { name, start, duration } of parts) {
    expect.soft(start, name).toBeCloseTo(end, 2);
    end = start + duration;
  }
  expect((whole?.start ?? 0) + (whole?.duration ?? 0)).toBeCloseTo(end, 2);

  const [root, ...rest] = events;
  expect(root?.name).toBe("save");
  expect(Math.abs((root?.ts ?? 0) / 1000 - Date.now())).toBeLessThan(600_000);
  for (const event of events) {
    expect.soft(event.dur, event.name).toBeGreaterThanOrEqual(0);
    expect.soft(event.ts, event.name).toBeGreaterThanOrEqual(root?.ts ?? 0);
    expect.soft(event.ts + event.dur, event.name).toBeLessThanOrEqual((root?.ts ?? 0) + (root?.dur ?? 0));
  }
  const groups = ["analyse", "build", "page"];
  const leaves = rest.filter(({ name }) => !groups.includes(name));
  const all = save.spans.filter(({ name }) => !groups.includes(name));
  expect(leaves.map(({ name }) => name)).toEqual(all.map(({ name }) => name));
}

test("a save has the same spans in the terminal, in the page and in the file", async () => {
  const project = harness.example("counter");
  const server = await harness.serve(project, { compiler: "tinygo" });
  const tab = await harness.open(server);
  await tab.sees("#caption", "clicks so far");
  const none = await tab.page.evaluate(() => performance.getEntriesByType("measure").length);
  expect(none, "nothing was saved yet").toBe(0);

  const caption = fresh("saved");
  const [patched, patchEvents] = await trace(project, server, () =>
    project.edit("main.go", 'caption = "clicks so far"', `caption = "${caption}"`),
  );
  await tab.sees("#caption", caption);
  expect(patched.level).toBe(2);
  compare(patched, patchEvents, await measures(tab, patched.revision));

  // What runs only at the start cannot be patched: the module is exchanged.
  const [swapped, swapEvents] = await trace(project, server, () =>
    project.edit("main.go", "\tshowGeneration()\n\tshow()\n", "\tshow()\n\tshowGeneration()\n\tshow()\n"),
  );
  expect(swapped.level).toBe(3);
  const marks = await measures(tab, swapped.revision);
  compare(swapped, swapEvents, marks);
  expect(marks.map(({ name }) => name)).toEqual(expect.arrayContaining(["transfer", "compile", "swap"]));
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});
