//! A list of any length of which only the rows that are seen are in the document. One row is the active one: arrows move it,
//! and screen readers are told of it.

import { element } from "../element.js";
import { scrollTo, type Viewport, windowOf } from "./list-window.js";

export type VirtualListOptions = {
  readonly name: string;
  readonly role: "listbox" | "tree";
  readonly rowHeight: number;
  /** An empty row; `fill` is called with it again and again. */
  readonly make: () => HTMLElement;
  /** Writes what a row shows into it. */
  readonly fill: (row: HTMLElement, place: number) => void;
  /** The active row is another one, by the person's own doing. */
  readonly onActive: (place: number) => void;
  /** A key that moves nothing; true when something was done about it. */
  readonly onKey?: (key: string) => boolean;
};

let lists = 0;

export class VirtualList {
  readonly element: HTMLElement;
  readonly #options: VirtualListOptions;
  readonly #sizer = element("div", "sizer");
  readonly #rows = new Map<number, HTMLElement>();
  readonly #spare: HTMLElement[] = [];
  readonly #id: string;
  readonly #watch = new ResizeObserver(() => this.#measured());
  #count = 0;
  #active: number | undefined;
  #height = 0;
  #asked = false;

  constructor(options: VirtualListOptions) {
    this.#options = options;
    lists += 1;
    this.#id = `list-${lists}`;
    this.#sizer.setAttribute("role", "presentation");
    this.element = element("div", "virtual", this.#sizer);
    this.element.setAttribute("role", options.role);
    this.element.setAttribute("aria-label", options.name);
    this.element.tabIndex = 0;
    this.element.addEventListener("scroll", () => this.#drawSoon(), { passive: true });
    this.element.addEventListener("keydown", (event) => this.#key(event));
    this.element.addEventListener("click", (event) => this.#click(event));
    this.#watch.observe(this.element);
  }

  get active(): number | undefined {
    return this.#active;
  }

  /** Rows may be other ones. `added`: so many came in front of those that were there, which stay where they are seen. */
  update(count: number, active: number | undefined, added = 0): void {
    const { rowHeight } = this.#options;
    if (count !== this.#count) {
      this.#count = count;
      this.#sizer.style.height = `${count * rowHeight}px`;
    }
    this.#active = active;
    if (added > 0 && this.element.scrollTop > rowHeight / 2) this.element.scrollTop += added * rowHeight;
    this.#draw();
  }

  /** Scrolls until the row is seen. */
  reveal(place: number): void {
    const to = scrollTo(place, this.#viewport());
    if (to !== this.element.scrollTop) this.element.scrollTop = to;
  }

  close(): void {
    this.#watch.disconnect();
  }

  #viewport(): Viewport {
    const { rowHeight } = this.#options;
    return { scrollTop: this.element.scrollTop, height: this.#height, rowHeight, count: this.#count };
  }

  #measured(): void {
    this.#height = this.element.clientHeight;
    this.#draw();
  }

  #drawSoon(): void {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => {
      this.#asked = false;
      this.#draw();
    });
  }

  #draw(): void {
    const [first, end] = windowOf(this.#viewport());
    for (const [place, row] of this.#rows) {
      if (place >= first && place < end) continue;
      this.#rows.delete(place);
      this.#spare.push(row);
      row.hidden = true;
      // Another row may come to have it meanwhile.
      row.removeAttribute("id");
    }
    for (let place = first; place < end; place += 1) this.#fill(place);
    const shown = this.#active !== undefined && this.#rows.has(this.#active);
    if (shown) this.element.setAttribute("aria-activedescendant", `${this.#id}-${this.#active}`);
    else this.element.removeAttribute("aria-activedescendant");
  }

  #fill(place: number): void {
    const { make, fill, role, rowHeight } = this.#options;
    let row = this.#rows.get(place);
    if (!row) {
      row = this.#spare.pop();
      if (!row) {
        row = make();
        row.setAttribute("role", role === "tree" ? "treeitem" : "option");
        this.#sizer.append(row);
      }
      row.hidden = false;
      row.id = `${this.#id}-${place}`;
      row.dataset.place = String(place);
      row.style.transform = `translateY(${place * rowHeight}px)`;
      this.#rows.set(place, row);
    }
    // In a tree they would be numbers of its level.
    if (role === "listbox") {
      row.setAttribute("aria-posinset", String(place + 1));
      row.setAttribute("aria-setsize", String(this.#count));
    }
    const selected = String(place === this.#active);
    if (row.getAttribute("aria-selected") !== selected) row.setAttribute("aria-selected", selected);
    fill(row, place);
  }

  #click(event: MouseEvent): void {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-place]") : null;
    if (row) this.#activate(Number(row.dataset.place));
  }

  #key(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.#height / this.#options.rowHeight) - 1);
    const now = this.#active ?? -1;
    const to: Record<string, number> = {
      ArrowDown: now + 1,
      ArrowUp: now - 1,
      PageDown: now + page,
      PageUp: now - page,
      Home: 0,
      End: this.#count - 1,
    };
    const place = to[event.key];
    if (place !== undefined && this.#count > 0) {
      event.preventDefault();
      this.#activate(Math.max(0, Math.min(this.#count - 1, place)));
    } else if (this.#options.onKey?.(event.key)) event.preventDefault();
  }

  #activate(place: number): void {
    this.#active = place;
    this.#options.onActive(place);
    this.reveal(place);
    this.#draw();
  }
}
