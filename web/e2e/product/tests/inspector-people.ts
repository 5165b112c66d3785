//! The inspector for people: many saves, keys alone, a screen reader, the dark, a phone. Saves are put in at the seam, as
//! frames on the socket, since a thousand real ones would take minutes.

import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { ServerFrameSchema } from "../../../src/generated/devserver/v1/server_pb.js";
import { saveLines } from "../../../test/inspector/saves.js";
import { flaws } from "../../accessibility.js";
import type { Tab } from "../browser.js";
import type { DevServer } from "../dev-server.js";
import { Harness } from "../harness.js";
import { tabNames } from "../inspector.js";

const harness = new Harness();

/** What stands between a server and the inspector. */
class Seam {
  #epoch = new Uint8Array();
  #last = 0n;
  #send: (bytes: Buffer) => void = () => {};

  static async in(context: BrowserContext): Promise<Seam> {
    const seam = new Seam();
    await context.routeWebSocket(/__dev\/socket/, (socket) => {
      const server = socket.connectToServer();
      seam.#send = (bytes) => socket.send(bytes);
      server.onMessage((message) => {
        if (typeof message !== "string") seam.#saw(message);
        socket.send(message);
      });
    });
    return seam;
  }

  /** Saves `from` up to and with `to`, all at once. */
  saves(from: number, to: number): void {
    for (let revision = from; revision <= to; revision += 1)
      for (const line of saveLines(revision, "plain")) this.says(line);
  }

  says(json: string): void {
    this.#last += 1n;
    const body = { case: "event", value: { number: this.#last, json } } as const;
    this.#send(
      Buffer.from(toBinary(ServerFrameSchema, create(ServerFrameSchema, { epoch: this.#epoch, body }))),
    );
  }

  #saw(bytes: Uint8Array): void {
    const frame = fromBinary(ServerFrameSchema, bytes);
    if (frame.epoch.length > 0) this.#epoch = new Uint8Array(frame.epoch);
    if (frame.body.case === "event") this.#last = frame.body.value.number;
  }
}

/** The inspector of a program that is there, with a seam to its socket. */
async function inspect(server: DevServer): Promise<{ tab: Tab; seam: Seam }> {
  const program = await harness.open(server);
  await program.sees("h1", "Plain");
  const seam = await Seam.in(program.page.context());
  const tab = await harness.beside(program, server, "__dev/");
  await tab.sees(".state", "Up to date");
  await tab.sees(".save[role=option]", "whole program");
  return { tab, seam };
}

const rowsThere = (page: Page) => page.locator(".save[role=option]").count();
const elementsThere = (page: Page) =>
  page.evaluate(
    () => document.querySelector("dev-server-inspector")?.shadowRoot?.querySelectorAll("*").length,
  );
const newest = (page: Page, revision: number) =>
  page.locator(`.save[data-place="0"][data-revision="${revision}"][data-standing=applied]`).waitFor();

test("a thousand saves take no more memory than some, and ten thousand rows are a few dozen elements", async () => {
  const server = await harness.serve(harness.fixture("plain"), { compiler: "go" });
  const { tab, seam } = await inspect(server);
  const { page } = tab;
  await page.evaluate(() => {
    const scope = globalThis as unknown as { shifts: number };
    scope.shifts = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) scope.shifts += (entry as unknown as { value: number }).value;
    }).observe({ type: "layout-shift", buffered: false });
  });
  // Beyond those of which everything is kept.
  seam.saves(2, 400);
  await newest(page, 400);
  const before = await tab.memory();
  const elements = await elementsThere(page);
  for (let batch = 0; batch < 10; batch += 1) {
    seam.saves(401 + batch * 100, 500 + batch * 100);
    await newest(page, 500 + batch * 100);
  }
  const after = await tab.memory();
  expect(after.objects - before.objects).toBeLessThan(600_000);
  expect(await elementsThere(page)).toBe(elements);
  expect(await page.evaluate(() => (globalThis as unknown as { shifts: number }).shifts)).toBe(0);

  for (let revision = 1401; revision < 10_400; revision += 1)
    seam.says(saveLines(revision, "plain")[0] ?? "");
  seam.saves(10_400, 10_400);
  await newest(page, 10_400);
  const list = page.locator(".virtual[role=listbox]");
  expect(await list.evaluate((list) => list.scrollHeight)).toBeGreaterThanOrEqual(10_000 * 44);
  // One turn of the wheel after the other, each drawn: what it changes on the page, which the length of the list is nothing to.
  const changes = await list.evaluate(async (list) => {
    let count = 0;
    const observer = new MutationObserver((records) => {
      for (const record of records)
        count += Math.max(1, record.addedNodes.length + record.removedNodes.length);
    });
    observer.observe(list, { subtree: true, childList: true, attributes: true, characterData: true });
    for (let turn = 0; turn < 120; turn += 1) {
      list.scrollTop += 1200;
      await new Promise(requestAnimationFrame);
      await new Promise(requestAnimationFrame);
    }
    observer.disconnect();
    return count / 120;
  });
  expect(changes).toBeGreaterThan(1);
  expect(changes).toBeLessThan(2000);
  expect(await rowsThere(page)).toBeLessThan(60);
  await tab.picture("inspector-many");

  // What is looked at stays where it is while others come in front of it.
  const place = await list.evaluate((list) => list.scrollTop);
  seam.saves(10_401, 10_410);
  await expect.poll(() => list.evaluate((list) => list.scrollTop)).toBe(place + 10 * 44);
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});

test("all of it is reached by keys alone", async () => {
  const server = await harness.serve(harness.fixture("plain"), { compiler: "go" });
  const { tab, seam } = await inspect(server);
  const { page } = tab;
  seam.saves(2, 50);
  await newest(page, 50);
  const focused = () =>
    page.evaluate(() => {
      const focus = document.querySelector("dev-server-inspector")?.shadowRoot?.activeElement;
      return focus?.getAttribute("aria-label") ?? focus?.textContent ?? "";
    });
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };
  await press("Tab");
  expect(await focused()).toBe("Save");
  await press("Tab");
  expect(await focused()).toBe("Saves");
  await press("ArrowDown", "ArrowDown");
  await tab.sees("h2", "Revision 48");
  await press("PageDown");
  await expect.poll(() => page.locator("h2").textContent()).not.toBe("Revision 48");
  await press("End");
  await tab.sees("h2", "Revision 1");
  await expect(page.locator(".save[aria-selected=true]").getAttribute("data-revision")).resolves.toBe("1");
  await press("Home");
  await tab.sees("h2", "Revision 50");
  // Newer ones are followed again.
  seam.saves(51, 51);
  await tab.sees("h2", "Revision 51");

  await press("Shift+Tab", "ArrowRight");
  expect(await focused()).toBe("Go tree");
  await press("Tab", "Tab");
  expect(await focused()).toBe("Go tree");
  const open = () => page.locator(".node[aria-selected=true]").getAttribute("aria-expanded");
  await press("ArrowDown");
  expect(await open()).toBe("false");
  await press("ArrowRight");
  expect(await open()).toBe("true");
  await press("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter");
  await tab.sees(".node[aria-selected=true] .name", "main");
  expect(await open()).toBe("true");
  await press("ArrowDown", "ArrowLeft");
  await tab.sees(".node[aria-selected=true] .name", "main");
  await press("ArrowLeft");
  expect(await open()).toBe("false");
  expect(tab.errors).toEqual([]);
  expect(await server.stop()).toBe(0);
});

const sizes = [
  ["a desk", { width: 1280, height: 800 }],
  ["a phone", { width: 360, height: 740 }],
] as const;

test.each(sizes)(
  "axe finds nothing wrong in the light and in the dark on %s, and nothing is cut off",
  async (what, size) => {
    const project = harness.fixture("plain");
    const server = await harness.serve(project, { compiler: "go" });
    const { tab, seam } = await inspect(server);
    const { page } = tab;
    await page.setViewportSize(size);
    seam.saves(2, 40);
    seam.says(JSON.stringify({ event: "change", revision: 41, files: ["main.go"], count: 1 }));
    seam.says(
      JSON.stringify({
        event: "build",
        revision: 41,
        program: "plain",
        status: "failed",
        ms: 6,
        diagnostics: [],
      }),
    );
    project.edit("main.go", "select {}", "select }");
    await tab.sees(".state", "Does not build");
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      for (const name of size.width < 900 ? (["saves", ...tabNames] as const) : tabNames) {
        await page.locator(`#tab-${name}`).click();
        const panel = page.locator(`#panel-${name}`);
        await panel.waitFor();
        expect(await flaws(page), `${name}, ${colorScheme}`).toEqual([]);
        const width = () => page.evaluate(() => document.documentElement.scrollWidth);
        expect(await width(), name).toBeLessThanOrEqual(size.width);
        const hidden = await panel.evaluate((panel) => panel.scrollWidth - panel.clientWidth);
        expect(hidden, name).toBeLessThanOrEqual(0);
        await tab.picture(`inspector-${what.split(" ")[1]}-${name}-${colorScheme}`);
      }
    }
    expect(tab.errors).toEqual([]);
    expect(await server.stop()).toBe(0);
  },
);
