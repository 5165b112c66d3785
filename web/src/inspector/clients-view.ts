//! The pages that show the program, and how far behind each of them is.

import { element } from "../element.js";
import { Changes, type Model, type View } from "./model.js";
import { pane } from "./pane.js";
import type { BaseStatus, ClientStatus, ProgramStatus } from "./status.js";
import { table } from "./table.js";
import { levelOf, milliseconds, short } from "./words.js";

export class ClientsView implements View {
  readonly element = pane("clients");
  readonly #model: Model;
  readonly #changes = new Changes();

  constructor(model: Model) {
    this.#model = model;
  }

  draw(): void {
    const { status, program } = this.#model;
    if (!this.#changes.are(status)) return;
    const clients = status?.clients.filter((client) => client.program === program) ?? [];
    const known = status?.programs.find(({ name }) => name === program);
    const bases = known?.release?.bases ?? [];
    this.element.replaceChildren(
      ...(clients.length > 0
        ? this.#clients(clients, known)
        : [element("p", "empty", "No page shows the program.")]),
      ...(bases.length > 0 ? basesOf(bases, clients) : []),
    );
  }

  #clients(clients: readonly ClientStatus[], known: ProgramStatus | undefined): HTMLElement[] {
    return [
      table(
        "Clients",
        ["client", "runs on", "lag", "runs", "last update", "took"],
        clients.map((client) => [
          String(client.session),
          client.device || "–",
          lagOf(client, known),
          client.base ? `${short(client.base)}${client.patch > 0 ? ` + patch ${client.patch}` : ""}` : "–",
          client.update ? `r${client.update.revision}, ${levelOf(client.update.level)}` : "–",
          client.update && client.update.ms > 0 ? milliseconds(client.update.ms) : "–",
        ]),
        [0, 5],
      ),
      ...clients
        .filter(({ failed }) => failed !== "")
        .map(({ session, failed }) => element("p", "failed", `Client ${session} could not apply: ${failed}`)),
    ];
  }
}

/** Modules that are alive: pages that came before the newest one go on with theirs. */
function basesOf(bases: readonly BaseStatus[], clients: readonly ClientStatus[]): HTMLElement[] {
  const rows = bases.map(({ base, patches }) => [
    short(base),
    String(patches),
    String(clients.filter((client) => client.base === base).length),
  ]);
  return [element("h2", "part", "Bases"), table("Bases", ["base", "patches", "clients"], rows, [1, 2])];
}

/** How far a client is from the newest release, in words. */
export function lagOf(client: ClientStatus, program: ProgramStatus | undefined): string {
  if (client.ended) return "has ended";
  if (!program?.release) return "nothing to run yet";
  if (client.lacks === 0) return "none";
  if (client.lacks !== undefined) return `${client.lacks} patch${client.lacks === 1 ? "" : "es"}`;
  return client.base === "" ? "nothing runs" : "needs a whole module";
}

/** True when it has yet to come to the newest release. */
export function isBehind(client: ClientStatus): boolean {
  return client.lacks !== 0;
}
