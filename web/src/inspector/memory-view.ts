//! What the program holds on its pages, and what patches have taken of the room that there is for them.

import { element } from "../element.js";
import type { Memory } from "../messages.js";
import type { Room } from "./event-line.js";
import { Changes, type Model, type View } from "./model.js";
import { pane } from "./pane.js";
import type { Detail } from "./save-store.js";
import { table } from "./table.js";
import { bytes } from "./words.js";

/** Bytes of a page of a WebAssembly memory. */
const pageSize = 65536;
/** Answers of which the curve is made. */
const curveLength = 60;

export class MemoryView implements View {
  readonly element = pane("memory");
  readonly #model: Model;
  readonly #changes = new Changes();

  constructor(model: Model) {
    this.#model = model;
  }

  draw(): void {
    const { status, saves, program, heapStarts } = this.#model;
    if (!this.#changes.are(status, saves.version)) return;
    const clients = (status?.clients ?? []).filter((client) => client.program === program && client.memory);
    const rows = clients.flatMap(({ session, memory, base }) =>
      memory ? [rowOf(session, memory, heapStarts.get(base))] : [],
    );
    this.element.replaceChildren(
      element("h2", "part", "On pages"),
      rows.length > 0
        ? table(
            "Memory of pages",
            ["client", "pages", "memory", "heap", "js values", "js.Func", "table"],
            rows,
            [0, 1, 2, 3, 4, 5, 6],
          )
        : element("p", "empty", "No page has said what its program holds. They do with each update."),
      ...this.#curve(),
      element("h2", "part", "Room for patches"),
      ...roomOf(this.#released()?.room),
    );
  }

  /** Of the newest save of which anything was made. */
  #released(): Detail | undefined {
    const { saves } = this.#model;
    for (let place = 0; place < Math.min(saves.count, curveLength); place += 1) {
      const detail = saves.newest(place)?.detail;
      if (detail?.module) return detail;
    }
    return undefined;
  }

  /** Memory of the first page that answered to each of the last saves. */
  #curve(): HTMLElement[] {
    const { saves } = this.#model;
    const pages: number[] = [];
    for (let place = 0; place < saves.count && pages.length < curveLength; place += 1) {
      const memory = saves.newest(place)?.detail?.answers[0]?.memory;
      if (memory) pages.unshift(memory.pages);
    }
    const most = Math.max(...pages);
    if (pages.length < 2) return [];
    const curve = element("div", "curve");
    curve.setAttribute("role", "img");
    curve.setAttribute(
      "aria-label",
      `Memory over the last ${pages.length} saves: from ${pages[0]} to ${pages.at(-1)} pages`,
    );
    for (const count of pages) {
      const bar = element("i", "");
      bar.style.height = `${(count / most) * 100}%`;
      curve.append(bar);
    }
    return [
      curve,
      element("p", "about", `over the last ${pages.length} saves, at most ${bytes(most * pageSize)}`),
    ];
  }
}

function roomOf(room: Room | undefined): HTMLElement[] {
  if (!room) return [element("p", "empty", "No module that is known here takes patches.")];
  return [
    gauge("Arena", room.bytesUsed, room.bytes, bytes),
    gauge("Slots", room.slotsUsed, room.slots, String),
    element("p", "about", "of the module that has the least left"),
  ];
}

/** The heap is all that is neither stack nor data, taken by objects or not. */
function rowOf(session: number, memory: Memory, heapStart: number | undefined): readonly string[] {
  const { pages, values, functions, table } = memory;
  return [
    String(session),
    String(pages),
    bytes(pages * pageSize),
    heapStart ? bytes(pages * pageSize - heapStart) : "–",
    String(values),
    String(functions),
    String(table),
  ];
}

function gauge(name: string, used: number, all: number, words: (count: number) => string): HTMLElement {
  const meter = element("meter", "");
  meter.max = all;
  meter.value = used;
  meter.setAttribute("aria-label", name);
  return element(
    "div",
    "gauge",
    element("span", "name", name),
    meter,
    element("span", "figure", `${words(used)} of ${words(all)} used`),
  );
}
