//! The live Go tree: what was changed last is marked, and beside it stand the functions of the module that it became.

import { element } from "../element.js";
import { Changes, type Model, type View } from "./model.js";
import type { OutlineRow } from "./tree-store.js";
import { VirtualList } from "./virtual-list.js";
import { count } from "./words.js";

export class TreeView implements View {
  readonly element: HTMLElement;
  readonly #model: Model;
  readonly #list: VirtualList;
  readonly #changes = new Changes();
  readonly #about = element("p", "about");
  #active: string | undefined;
  #latest = 0;

  constructor(model: Model) {
    this.#model = model;
    this.#list = new VirtualList({
      name: "Go tree",
      role: "tree",
      rowHeight: 28,
      make: () => element("div", "node"),
      fill: (row, place) => this.#fill(row, place),
      onActive: (place) => {
        this.#active = this.#rows[place]?.key;
      },
      onKey: (key) => this.#key(key),
    });
    // A second click opens; the first one may only have meant the row.
    this.#list.element.addEventListener("click", (event) => {
      const twisty = event.target instanceof Element && event.target.closest(".twisty, .name");
      if (twisty) this.#toggle();
    });
    this.element = element("div", "pane tree-pane", this.#about, this.#list.element);
  }

  get #rows(): readonly OutlineRow[] {
    return this.#model.trees.rows();
  }

  draw(): void {
    const { trees } = this.#model;
    if (!this.#changes.are(trees.version, this.#list.element.clientHeight)) return;
    const rows = this.#rows;
    this.#about.textContent =
      trees.fileCount === 0 ? "No tree has come yet." : aboutOf(trees.fileCount, trees.latest);
    const isNew = trees.latest !== this.#latest;
    const newest = isNew ? trees.newest() : undefined;
    this.#latest = trees.latest;
    if (newest !== undefined) this.#active = rows[newest]?.key;
    const active = rows.findIndex(({ key }) => key === this.#active);
    this.#list.update(rows.length, active < 0 ? undefined : active);
    if (newest !== undefined) this.#list.reveal(newest);
  }

  close(): void {
    this.#list.close();
  }

  #fill(row: HTMLElement, place: number): void {
    const outline = this.#rows[place];
    if (!outline) return;
    const { depth, what, name, size, open, mark, isNew, functions } = outline;
    row.className = `node depth-${Math.min(depth, 2)}${isNew ? " changed" : ""}`;
    row.style.setProperty("--depth", String(depth));
    row.setAttribute("aria-level", String(depth + 1));
    if (open === undefined) row.removeAttribute("aria-expanded");
    else row.setAttribute("aria-expanded", String(open));
    const twisty = element("span", "twisty", open === undefined ? "" : open ? "▾" : "▸");
    twisty.setAttribute("aria-hidden", "true");
    const symbols = functions.join(", ");
    const became = element("span", "became", symbols && `→ ${symbols}`);
    became.title = symbols;
    const kind = element("span", "what", what);
    row.replaceChildren(
      twisty,
      ...(depth > 0 ? [kind] : []),
      element("span", "name", name),
      ...(mark ? [element("span", "mark", `${mark.what} r${mark.revision}`)] : []),
      ...(depth === 0 ? [kind] : []),
      became,
      element("span", "size", String(size)),
    );
  }

  #key(key: string): boolean {
    const row = this.#rows.find((row) => row.key === this.#active);
    if (!row) return false;
    if (key === "Enter" || key === " ") return this.#toggle();
    if (key === "ArrowRight" && row.open === false) return this.#toggle(true);
    if (key === "ArrowLeft" && row.open) return this.#toggle(false);
    if (key === "ArrowLeft")
      this.#active = row.key.slice(0, Math.max(0, row.key.lastIndexOf("\n"))) || row.key;
    else return false;
    this.#drawAnew();
    return true;
  }

  #toggle(open?: boolean): boolean {
    if (this.#active === undefined) return false;
    this.#model.trees.toggle(this.#active, open);
    this.#drawAnew();
    return true;
  }

  #drawAnew(): void {
    this.#changes.forget();
    this.draw();
    const { active } = this.#list;
    if (active !== undefined) this.#list.reveal(active);
  }
}

function aboutOf(files: number, latest: number): string {
  const changed =
    latest > 0 ? `last changed by revision ${latest}` : "nothing was changed since this page is open";
  return `${count(files, "file")}, ${changed}`;
}
