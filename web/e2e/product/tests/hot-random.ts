//! A long sequence of random edits of a running program: after each of them it says what a model says, and has
//! forgotten nothing. `E2E_SEED` plays a certain sequence once more.

import { expect, test } from "vitest";
import { bump } from "../hot/case.js";
import type { HotProgram, Rows } from "../hot/program.js";
import { expected, initial, Random, type Settings, seed, sources, turned } from "../hot/random.js";
import { Stage } from "../hot/stage.js";
import { type BrowserName, browsers } from "../places.js";

const steps: Record<BrowserName, number> = { chromium: 200, firefox: 40 };

test.each(browsers)("random edits in %s", async (browser) => {
  const count = steps[browser];
  const session = await Session.open(await stage(browser).program());
  for (let step = 1; step <= count; step += 1) {
    const what = await session.turn();
    try {
      await session.check(what);
    } catch (error) {
      throw new Error(`E2E_SEED=${seed}, step ${step} of ${count}: ${what}`, { cause: error });
    }
  }
});

const stages = new Map(browsers.map((name) => [name, new Stage(name)]));

function stage(name: BrowserName): Stage {
  const found = stages.get(name);
  if (!found) throw new Error(`${name} is not tested`);
  return found;
}

/** One program and the model of it. */
class Session {
  readonly #program: HotProgram;
  readonly #random = new Random(seed);
  readonly #originals = new Map<string, string>();
  readonly #known: Rows;
  readonly #report: Rows;
  /** Values that variables were given when they came. */
  readonly #issued = new Map<number, string>();
  /** What goroutines will say that stand at the gate. */
  readonly #waiting: string[] = [];
  #now: Settings = initial;
  #clicks = 0;

  static async open(program: HotProgram): Promise<Session> {
    return new Session(program, await program.state(), await program.report());
  }

  private constructor(program: HotProgram, known: Rows, report: Rows) {
    this.#program = program;
    this.#known = known;
    this.#report = report;
  }

  /** Chooses the next text and saves it; what happens is part of the answer. */
  async turn(): Promise<string> {
    const before = this.#now;
    const random = this.#random;
    if (random.below(4) === 0) {
      await this.#program.act("begin", "slow");
      this.#waiting.push(before.slow + before.ending);
    }
    const next = turned(random, before);
    const old = sources((file) => this.#original(file), before);
    const texts = new Map(
      [...sources((file) => this.#original(file), next)].filter(([file, text]) => text !== old.get(file)),
    );
    for (let number = before.tickets + 1; number <= next.tickets; number += 1)
      this.#issued.set(number, `${next.greeting.length + `${number - 1}`.length}`);
    this.#now = next;
    const names = Object.keys(next) as (keyof Settings)[];
    const changed = names.filter((name) => JSON.stringify(next[name]) !== JSON.stringify(before[name]));
    const what = changed.map((name) => `${name}: ${JSON.stringify(next[name])}`).join(", ");
    const outcome = await this.#program.write(texts);
    expect(outcome, `E2E_SEED=${seed}: ${what}`).toMatchObject({ level: 2, refusals: [], notes: [] });
    return what;
  }

  /** Compares everything that can be seen with the model. */
  async check(what: string): Promise<void> {
    const program = this.#program;
    const now = this.#now;
    expect(await program.report(), what).toEqual(expected(this.#report, now, this.#issued));
    await bump(program, this.#known);
    this.#clicks += now.clickStep;
    await program.expect("hot.click()", `${now.click}${this.#clicks}`);
    await program.expect("hot.scale(7)", 7 * now.size);
    if (this.#waiting.length > 2) await this.#open();
    expect(program.tab.errors, "errors of the page").toEqual([]);
    expect(program.server.log.all("apply_failed"), "patches that could not be applied").toEqual([]);
  }

  /** Who was in the middle of a function ends in the code with which it began. */
  async #open(): Promise<void> {
    const program = this.#program;
    const waiting = this.#waiting.splice(0);
    await program.act("journal", "empty");
    await program.act("open");
    const lines = await program.journal(waiting.length);
    expect(lines.split("; ").sort()).toEqual(waiting.sort());
  }

  #original(file: string): string {
    const known = this.#originals.get(file) ?? this.#program.project.read(file);
    this.#originals.set(file, known);
    return known;
  }
}
