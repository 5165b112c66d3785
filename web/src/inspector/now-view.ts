//! What is true now, in one strip: revision, base, patches on it, clients, what is wrong.

import { element } from "../element.js";
import { isBehind } from "./clients-view.js";
import { Changes, type Model, type View } from "./model.js";
import { bytes, count, short } from "./words.js";

/** Which fact, and what it is called. */
const facts = {
  revision: "Revision",
  base: "Base",
  patches: "Patches on it",
  clients: "Clients",
  problems: "Problems",
} as const;

type Fact = keyof typeof facts;

export class NowView implements View {
  readonly element = element("dl", "now");
  readonly #model: Model;
  readonly #changes = new Changes();
  readonly #values = new Map<Fact, HTMLElement>();

  constructor(model: Model) {
    this.#model = model;
    for (const [fact, name] of Object.entries(facts)) {
      const value = element("dd", `now-${fact}`, "–");
      this.#values.set(fact as Fact, value);
      this.element.append(element("div", "", element("dt", "", name), value));
    }
  }

  draw(): void {
    const { status, problems, program, saves } = this.#model;
    const newest = saves.newest(0)?.revision ?? 0;
    if (!this.#changes.are(status, problems, newest)) return;
    const known = status?.programs.find(({ name }) => name === program);
    const release = known?.release;
    const lineage = release?.bases.find(({ base }) => base === release.base);
    const clients = status?.clients.filter((client) => client.program === program) ?? [];
    const behind = clients.filter(isBehind).length;
    const errors = problems.filter(({ severity }) => severity === "error").length;
    this.#say("revision", String(Math.max(newest, known?.revision ?? 0)));
    this.#say("base", release ? short(release.base) : "–", release ? bytes(release.bytes) : "");
    this.#say("patches", release ? String(lineage?.patches ?? 0) : "–");
    this.#say(
      "clients",
      String(clients.length),
      behind > 0 ? `${behind} behind` : clients.length > 0 ? "none behind" : "",
    );
    this.#say("problems", String(problems.length), errors > 0 ? count(errors, "error") : "");
    this.element.dataset.wrong = String(errors > 0);
  }

  #say(fact: Fact, value: string, more = ""): void {
    const shown = this.#values.get(fact);
    if (!shown || shown.textContent === `${value}${more}`) return;
    shown.replaceChildren(value, ...(more ? [element("small", "", more)] : []));
  }
}
