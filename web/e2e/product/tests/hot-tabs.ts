//! Many tabs of one program whose functions are replaced: each of them ends at the newest state, whenever it has come
//! and whatever has happened to it.

import { writeFileSync } from "node:fs";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type HotPatch, ServerFrameSchema } from "../../../src/generated/devserver/v1/server_pb.js";
import { bases, freshBase, shelved } from "../hot/bases.js";
import { Crowd, type Member } from "../hot/crowd.js";
import { type ChromiumBrowser, launchChromium } from "../hot/live-tab.js";

let browser: ChromiumBrowser;
let crowd: Crowd;

beforeAll(async () => {
  browser = await launchChromium();
});

afterEach(async (context) => {
  if (context.task.result?.state === "fail")
    console.error(`events of the server:\n${crowd.server.log.report()}`);
  await crowd.part();
});

afterAll(async () => {
  await browser.close();
});

/** Notes every program that starts in a page. */
const watching = `{
  const instantiate = WebAssembly.instantiate;
  WebAssembly.instantiate = async (...given) => {
    const made = await instantiate.apply(WebAssembly, given);
    window.testInstance = made.instance ?? made;
    return made;
  };
}`;

test("ten tabs of different ages", async () => {
  crowd = await Crowd.gather(browser);
  const first = await crowd.join("the first");
  await first.follows(await crowd.say("one"), "one");
  const second = await crowd.join("the second, one edit later");
  const two = await crowd.say("two");
  for (const member of [first, second]) await member.follows(two, "two");
  const third = await crowd.join("the third, two edits later");
  const fourth = await crowd.join("the fourth, of the same age");

  let blocked = false;
  const sockets: { close(): void }[] = [];
  const fifth = await crowd.join("the fifth");
  const broken = await crowd.join("one whose connection breaks", (tab) =>
    tab.page.routeWebSocket(/.*/, async (socket) => {
      if (blocked) return socket.close({ code: 1001 });
      const server = socket.connectToServer();
      sockets.push({ close: () => void Promise.all([socket.close({ code: 1001 }), server.close()]) });
    }),
  );
  const failing = await crowd.join("one that cannot be patched", async (tab) => {
    await tab.page.addInitScript(watching);
  });
  const frozen = await crowd.join("one that is frozen");
  const asleep = await frozen.tab.page.context().newCDPSession(frozen.tab.page);
  const halted = await crowd.join("one that stands in a debugger");
  const debug = await halted.tab.page.context().newCDPSession(halted.tab.page);
  const ready = [first, second, third, fourth, fifth];

  await asleep.send("Page.setWebLifecycleState", { state: "frozen" });
  await debug.send("Debugger.enable");
  await debug.send("Debugger.pause");
  blocked = true;
  for (const socket of sockets) socket.close();
  const three = await crowd.say("three");
  for (const member of ready) await member.follows(three, "three");
  await failing.follows(three, "three");
  await failing.tab.page.evaluate("testInstance.exports.__indirect_function_table.grow(1)");

  const four = await crowd.say("four");
  for (const member of ready) await member.follows(four, "four");
  // It says that it cannot, and is given a whole module, which takes over what was counted.
  const refused = await crowd.server.log.waitFor("apply_failed", undefined, { after: four.after });
  expect(refused).toMatchObject({ session: failing.program.session, stage: "patch" });
  expect(refused.message).toMatch(/it was made for a table of \d+ functions, there are \d+/);
  await failing.isSwapped(four, "four");
  const late = await crowd.join("one that comes late");
  expect(crowd.server.log.all("applied", four.after).filter(({ level }) => level > 3)).toEqual([]);

  blocked = false;
  await broken.isBack(crowd.server);
  await broken.follows(three, "four");
  // These two have been sent both, and may say that they have the one before they have the other.
  await debug.send("Debugger.resume");
  await halted.says("four");
  await halted.follows(three, "four");
  await asleep.send("Page.setWebLifecycleState", { state: "active" });
  await frozen.says("four");
  await frozen.follows(three, "four");

  const five = await crowd.say("five");
  const all = [...ready, failing, broken, halted, frozen, late];
  expect(all.length).toBe(10);
  for (const member of all) await member.follows(five, "five");
  for (const { tab, name } of all) expect.soft(tab.errors, name).toEqual([]);
});

test("bytes that are damaged on their way are not applied, and a whole module comes instead", async () => {
  crowd = await Crowd.gather(browser);
  const { log } = crowd.server;
  const healthy = await crowd.join("the healthy one");
  let damage: ((patch: HotPatch) => void) | undefined;
  const struck = await crowd.join("the one that is struck", (tab) =>
    tab.page.routeWebSocket(/.*/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((message) => {
        if (typeof message === "string") return socket.send(message);
        const frame = fromBinary(ServerFrameSchema, message);
        const patch = frame.body.case === "update" ? frame.body.value.patches.at(-1) : undefined;
        if (!patch || !damage) return socket.send(message);
        damage(patch);
        damage = undefined;
        socket.send(Buffer.from(toBinary(ServerFrameSchema, frame)));
      });
    }),
  );
  const flip = (bytes: Uint8Array | undefined) => {
    if (!bytes || bytes.length === 0) throw new Error("there is nothing to damage");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  };
  const kinds: [string, (patch: HotPatch) => void][] = [
    ["code", ({ module }) => flip(module)],
    ["a word of the memory", ({ writes }) => flip(writes[0]?.content)],
    ["the place of a word", ({ writes }) => writes[0] && Object.assign(writes[0], { address: 16 })],
  ];
  for (const [caption, kind] of kinds) {
    damage = kind;
    const released = await crowd.say(caption);
    await healthy.follows(released, caption);
    const refused = await log.waitFor("apply_failed", undefined, { after: released.after });
    expect(refused).toMatchObject({ session: struck.program.session, stage: "patch" });
    expect(refused.message).toMatch(/^the bytes of patch \d+ are not those of its hashes$/);
    await struck.isSwapped(released, caption);
    const next = await crowd.say(`${caption}, and after it`);
    for (const member of [healthy, struck]) await member.follows(next, `${caption}, and after it`);
  }
  for (const { tab, name } of [healthy, struck]) expect.soft(tab.errors, name).toEqual([]);
});

test("pauses in which a base is made for tabs to come do not disturb those that are there", async () => {
  crowd = await Crowd.gather(browser);
  const { log } = crowd.server;
  const stays = await crowd.join("one that stays");
  const after = log.mark();
  let base = "";
  for (const caption of ["first pause", "second pause, longer", "third", "and the fourth pause"]) {
    const known = bases();
    const released = await crowd.say(caption);
    await stays.follows(released, caption);
    // Made of the text before this one.
    if (base !== "") expect(log.all("release", released.after)).toMatchObject([{ module: base }]);
    base = await freshBase(known);
    await stays.counts();
  }
  const comes = await crowd.join("one that comes");
  expect((await comes.program.report()).caption).toBe("and the fourth pause");
  const last = await crowd.say("for both");
  for (const member of [stays, comes]) await member.follows(last, "for both");
  const levels = (of: Member) =>
    log
      .all("applied", after)
      .flatMap(({ session, level }) => (session === of.program.session ? [level] : []));
  expect(levels(stays)).toEqual([2, 2, 2, 2, 2]);
  expect(levels(comes)).toEqual([3, 2]);
  // A base that is made behind the scenes is no build of anybody's text.
  expect(log.all("build", after).filter(({ status }) => status === "built").length).toBe(5);
});

test("the server is killed and started again: nobody notices", async () => {
  crowd = await Crowd.gather(browser);
  const old = await crowd.join("the old one");
  await old.follows(await crowd.say("before"), "before");
  const young = await crowd.join("the young one");
  const both = async (caption: string) => {
    const released = await crowd.say(caption);
    for (const member of [old, young]) await member.follows(released, caption);
  };
  await both("just before the end");

  await crowd.revive();
  await both("after it");
  // Nobody was there to see this one.
  const known = crowd.project.read("report.go").replace("after it", "while nobody was there");
  await crowd.revive(() => crowd.project.write("report.go", known));
  const { log } = crowd.server;
  for (const member of [old, young]) {
    const own = await log.waitFor("applied", ({ session }) => session === member.program.session);
    expect(own).toMatchObject({ level: 2 });
    await member.is("while nobody was there");
  }
  await both("in the end");

  // Killed in the middle of a build.
  const after = crowd.server.log.mark();
  crowd.project.write("report.go", known.replace("while nobody was there", "in the middle"));
  await crowd.server.log.waitFor("build", ({ status }) => status === "started", { after });
  await crowd.revive();
  for (const member of [old, young]) {
    await member.says("in the middle");
    await member.counts();
  }
  expect(crowd.server.log.all("applied").filter(({ level }) => level > 2)).toEqual([]);
  await both("and after that");
});

test("what the server could not write down before it was killed does not make tabs wrong", async () => {
  crowd = await Crowd.gather(browser);
  const tab = await crowd.join("the tab");
  const base = await crowd.server.log.waitFor("release");
  const [, empty] = await shelved(base.module);
  await tab.follows(await crowd.say("written down"), "written down");
  const [shelf, kept] = await shelved(base.module, empty);
  await tab.follows(await crowd.say("said to the tab only"), "said to the tab only");
  const text = crowd.project.read("report.go");
  await crowd.revive(() => {
    writeFileSync(shelf, kept);
    crowd.project.write("report.go", text.replace("said to the tab only", "the last word"));
  });
  await tab.says("the last word");
});
