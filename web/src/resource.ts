//! Things of a program that must be undone when it is killed: timers, listeners, sockets, observers.

export type Resource = {
  release(): void;
  /** True when there is nothing left to release, because the thing is garbage. */
  gone?(): boolean;
};

/** A set that forgets garbage as it grows, so that a program that runs for hours holds only what is alive. */
export class ResourceSet<Item extends Resource> {
  readonly #items = new Set<Item>();
  /** Size at which to look for garbage next: doubling keeps the cost of looking constant for each item added. */
  #limit = 64;

  get size(): number {
    return this.#items.size;
  }

  add(item: Item): void {
    this.#items.add(item);
    if (this.#items.size <= this.#limit) return;
    for (const known of this.#items) if (known.gone?.()) this.#items.delete(known);
    this.#limit = Math.max(64, this.#items.size * 2);
  }

  delete(item: Item): void {
    this.#items.delete(item);
  }

  /** A copy: releasing an item may remove others. */
  items(): Item[] {
    return [...this.#items];
  }

  clear(): void {
    this.#items.clear();
  }
}

/** Interfaces of the platform that go on working by themselves, with the method that ends each. */
const endings: readonly (readonly [string, string])[] = [
  ["WebSocket", "close"],
  ["EventSource", "close"],
  ["BroadcastChannel", "close"],
  ["MessageChannel", "close"],
  ["RTCPeerConnection", "close"],
  ["AudioContext", "close"],
  ["WebTransport", "close"],
  ["Notification", "close"],
  ["Worker", "terminate"],
  ["AbortController", "abort"],
  ["MutationObserver", "disconnect"],
  ["ResizeObserver", "disconnect"],
  ["IntersectionObserver", "disconnect"],
  ["PerformanceObserver", "disconnect"],
  ["ReportingObserver", "disconnect"],
];

/** What Go code made with `new`; weakly held, since a program may make many and drop them. */
export class Constructed implements Resource {
  readonly #object: WeakRef<object>;
  readonly #method: string;

  private constructor(object: object, method: string) {
    this.#object = new WeakRef(object);
    this.#method = method;
  }

  /** Undefined for objects that do nothing by themselves. */
  static of(value: unknown, scope: object): Constructed | undefined {
    if (typeof value !== "object" || value === null) return undefined;
    for (const [name, method] of endings) {
      const type: unknown = Reflect.get(scope, name);
      if (typeof type === "function" && value instanceof type) return new Constructed(value, method);
    }
    return undefined;
  }

  gone(): boolean {
    return !this.#object.deref();
  }

  is(kept: ReadonlySet<unknown>): boolean {
    return kept.has(this.#object.deref());
  }

  release(): void {
    const object = this.#object.deref();
    if (!object) return;
    // A MessageChannel ends at its port.
    const ending = "port1" in object ? object.port1 : object;
    const method: unknown = Reflect.get(Object(ending), this.#method);
    if (typeof method !== "function") return;
    const result: unknown = method.call(ending);
    // An AudioContext that is closed already answers with a rejected promise.
    if (result instanceof Promise) result.catch(() => {});
  }
}

/** Far more than anybody hands over by intent; a graph beyond it is kept only in part. */
const mostVisited = 10_000;

/** Every object reachable from what a program handed over. */
export function reachable(data: unknown): ReadonlySet<unknown> {
  const seen = new Set<unknown>();
  const open: unknown[] = [data];
  while (open.length > 0 && seen.size < mostVisited) {
    const value = open.pop();
    if (typeof value !== "object" || value === null || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) open.push(...value.keys(), ...value.values());
    else if (value instanceof Set) open.push(...value);
    else if (Array.isArray(value) || isPlain(value)) open.push(...Object.values(value));
  }
  return seen;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
