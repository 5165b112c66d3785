//! Many tabs of one program in Chromium: who has come when, and where each of them is.

import { expect } from "vitest";
import { DevServer, freePort } from "../dev-server.js";
import { fresh } from "../harness.js";
import { Project } from "../project.js";
import type { ChromiumBrowser, ChromiumTab } from "./live-tab.js";
import { HotProgram, type Outcome, type Released, type Rows } from "./program.js";

export class Crowd {
  readonly project: Project;
  readonly members: Member[] = [];
  server: DevServer;
  readonly #browser: ChromiumBrowser;

  private constructor(browser: ChromiumBrowser, project: Project, server: DevServer) {
    this.#browser = browser;
    this.project = project;
    this.server = server;
  }

  static async gather(browser: ChromiumBrowser): Promise<Crowd> {
    const project = Project.fixture("hot");
    try {
      const server = await DevServer.start(project, { compiler: "tinygo", port: await freePort() });
      return new Crowd(browser, project, server);
    } catch (error) {
      project.remove();
      throw error;
    }
  }

  /** Another tab, which is given whatever is newest; `prepare` comes before its page. */
  async join(name: string, prepare?: (tab: ChromiumTab) => Promise<void>): Promise<Member> {
    const tab = await this.#browser.tab();
    await prepare?.(tab);
    const program = await HotProgram.open(this.project, this.server, tab);
    const member = new Member(name, tab, program, await program.state());
    this.members.push(member);
    await member.counts();
    return member;
  }

  /** Saves another caption, and waits for nobody but the server. */
  say(caption: string): Promise<Released> {
    const first = this.members[0];
    if (!first) throw new Error("nobody is there");
    const before = /const caption = "(.*)"/.exec(this.project.read("report.go"))?.[0] ?? "";
    return first.program.release([["report.go", before, `const caption = ${JSON.stringify(caption)}`]]);
  }

  /** Ends the server as a loss of power would, and starts another one in its place, which all tabs find again. */
  async revive(between: () => void = () => {}): Promise<void> {
    const { port, state } = this.server;
    this.server.signal("SIGKILL");
    await this.server.ended();
    await this.server.nothingIsLeft();
    between();
    this.server = await DevServer.start(this.project, { compiler: "tinygo", port, state });
    for (const member of this.members) await member.isBack(this.server);
    // What is saved before that is no change, but the text that it begins with.
    await this.server.log.waitFor("release");
  }

  async part(): Promise<void> {
    for (const { tab } of this.members) await tab.close().catch(() => undefined);
    await this.server.kill();
    this.project.remove();
  }
}

/** One of them. */
export class Member {
  readonly name: string;
  readonly tab: ChromiumTab;
  readonly program: HotProgram;
  #known: Rows;

  constructor(name: string, tab: ChromiumTab, program: HotProgram, known: Rows) {
    this.name = name;
    this.tab = tab;
    this.program = program;
    this.#known = known;
  }

  /** Waits until it has found the server again. */
  async isBack(server: DevServer): Promise<void> {
    const words = fresh(`this is ${this.name}`);
    await this.tab.page.evaluate(`console.warn(${JSON.stringify(words)})`);
    const said = () => server.log.all("client_log").find(({ text }) => text.includes(words));
    const { session } = await this.program.eventually(`${this.name} is back`, async () => {
      // What a browser says when the network comes back: nobody has to wait for the end of a pause.
      await this.tab.page.evaluate("dispatchEvent(new Event('online'))");
      return said();
    });
    this.program.server = server;
    this.program.session = session;
  }

  /** Counts, and checks that nothing was forgotten. */
  async counts(): Promise<void> {
    await this.program.bump();
    const { bumps } = this.program;
    const { instance, ...state } = await this.program.state();
    expect.soft(instance, `the instance of ${this.name}`).toBe(this.#known.instance);
    expect
      .soft(state, `the state of ${this.name}`)
      .toMatchObject({ bumps: `${bumps}`, entries: `${bumps}`, texts: `${bumps}` });
  }

  /** Is brought there by functions that are replaced, and is the same program. */
  async follows(released: Released, caption: string): Promise<Outcome> {
    const outcome = await this.program.arrived(released);
    expect.soft(outcome, this.name).toMatchObject({ level: 2 });
    await this.is(caption);
    return outcome;
  }

  /** Is brought there by a whole module, and has taken over what it counted. */
  async isSwapped(released: Released, caption: string): Promise<Outcome> {
    const outcome = await this.program.arrived(released);
    expect.soft(outcome, this.name).toMatchObject({ level: 3 });
    await this.isAnother();
    await this.is(caption);
    return outcome;
  }

  /** Another instance goes on with what this one has counted. */
  async isAnother(): Promise<void> {
    const { instance } = await this.program.state();
    expect.soft(instance, `the instance of ${this.name}`).not.toBe(this.#known.instance);
    this.#known = { ...this.#known, instance: instance ?? "" };
  }

  /** Says so sooner or later. */
  async says(caption: string): Promise<void> {
    await this.program.eventually(`${this.name} says ${caption}`, async () => {
      return (await this.program.report()).caption === caption || undefined;
    });
  }

  /** Says so, and goes on counting. */
  async is(caption: string): Promise<void> {
    expect.soft((await this.program.report()).caption, `what ${this.name} says`).toBe(caption);
    await this.counts();
  }
}
