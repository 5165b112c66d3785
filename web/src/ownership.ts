//! Which Go instance a timer, a listener or a callback belongs to. Replaces the few functions of the page through
//! which such things come into being; whatever belongs to no instance passes through untouched.

import { type Resource, ResourceSet } from "./resource.js";

/**
 * What long-lived objects (DOM nodes, the page's own tables) hold instead of the instance: cut once when the
 * instance is killed, so that nothing keeps its memory alive.
 */
export type Link = { instance: Owner | undefined };

/** What the page grants a program through this file. */
export interface Owner {
  /** Runs, keeps for later or drops a call from outside, as the instance's state says. */
  deliver(call: () => unknown): unknown;
  own(resource: Resource): void;
  disown(resource: Resource): void;
}

/** The functions of a page or worker that are replaced. */
export type Scope = {
  setTimeout: typeof setTimeout;
  clearTimeout: typeof clearTimeout;
  setInterval: typeof setInterval;
  clearInterval: typeof clearInterval;
  requestAnimationFrame?: (callback: FrameRequestCallback) => number;
  cancelAnimationFrame?: (handle: number) => void;
  requestIdleCallback?: (callback: IdleRequestCallback, options?: IdleRequestOptions) => number;
  cancelIdleCallback?: (handle: number) => void;
  EventTarget: { prototype: Pick<EventTarget, "addEventListener" | "removeEventListener"> };
};

type AnyFunction = (...given: never[]) => unknown;
type Starter = (callback: AnyFunction, ...rest: unknown[]) => number;
type Canceller = (handle: number) => void;

export class Ownership {
  readonly #callbacks = new WeakMap<object, Link>();
  readonly #listeners = new WeakMap<object, ResourceSet<Listener>>();

  /** Instance whose Go code is on the stack. */
  current: Owner | undefined;
  /** Instance whose glue is about to set a timer for its own scheduler. */
  scheduling: Link | undefined;
  /** Instance that is evaluating `new` in Go code. */
  constructing: Owner | undefined;

  constructor(scope: Scope) {
    this.#timers(scope, "setTimeout", "clearTimeout", true);
    this.#timers(scope, "setInterval", "clearInterval", false);
    this.#timers(scope, "requestAnimationFrame", "cancelAnimationFrame", true);
    this.#timers(scope, "requestIdleCallback", "cancelIdleCallback", true);
    this.#targets(scope);
  }

  /** From now on `callback` belongs to the instance of `link`. */
  adopt(callback: object, link: Link): void {
    this.#callbacks.set(callback, link);
  }

  /** A function that calls Go. */
  knows(value: unknown): boolean {
    return typeof value === "function" && this.#callbacks.has(value);
  }

  #linkOf(callback: unknown): Link | undefined {
    if (typeof callback === "function") return this.#callbacks.get(callback);
    if (typeof callback !== "object" || callback === null) return undefined;
    // A listener may be an object; what it does is in its handleEvent.
    const { handleEvent } = callback as { handleEvent?: unknown };
    return typeof handleEvent === "function" ? this.#callbacks.get(handleEvent) : undefined;
  }

  #timers(scope: Scope, start: keyof Scope, cancel: keyof Scope, once: boolean): void {
    const functions = scope as unknown as Record<string, unknown>;
    const nativeStart = functions[start] as Starter | undefined;
    const nativeCancel = functions[cancel] as Canceller | undefined;
    if (!nativeStart || !nativeCancel) return;
    const owned = new Map<number, () => void>();
    const ownership = this;
    functions[start] = function (this: unknown, callback: AnyFunction, ...rest: unknown[]): number {
      const link = ownership.scheduling ?? ownership.#linkOf(callback);
      const owner = link?.instance;
      // `this` is passed on as it came, so that a wrong receiver fails as it does natively.
      if (!link || !owner) return Reflect.apply(nativeStart, this ?? scope, [callback, ...rest]);
      const resource: Resource = { release: () => drop(handle) };
      const drop = (id: number) => {
        nativeCancel.call(scope, id);
        owned.delete(id);
      };
      const fire = (...given: never[]) => {
        if (once) {
          owned.delete(handle);
          link.instance?.disown(resource);
        }
        return link.instance?.deliver(() => callback.apply(scope as never, given));
      };
      const handle = Reflect.apply(nativeStart, scope, [fire, ...rest]);
      owned.set(handle, () => link.instance?.disown(resource));
      owner.own(resource);
      return handle;
    };
    const cancelOwned = function (this: unknown, handle: number): void {
      owned.get(handle)?.();
      owned.delete(handle);
      Reflect.apply(nativeCancel, this ?? scope, [handle]);
    };
    functions[cancel] = cancelOwned;
  }

  #targets(scope: Scope): void {
    const { prototype } = scope.EventTarget;
    const { addEventListener, removeEventListener } = prototype;
    const ownership = this;
    prototype.addEventListener = function (this: EventTarget, type, callback, options) {
      const target = this ?? scope;
      addEventListener.call(target, type, callback, options);
      if (callback) ownership.#listened(target, type, callback, isCapture(options), removeEventListener);
    };
    prototype.removeEventListener = function (this: EventTarget, type, callback, options) {
      const target = this ?? scope;
      removeEventListener.call(target, type, callback, options);
      if (callback) ownership.#unlistened(target, type, callback, isCapture(options));
    };
  }

  #listened(
    target: EventTarget,
    type: string,
    callback: EventListenerOrEventListenerObject,
    capture: boolean,
    remove: EventTarget["removeEventListener"],
  ): void {
    const link = this.#linkOf(callback);
    if (!link?.instance) return;
    const known = this.#listeners.get(callback) ?? new ResourceSet<Listener>();
    this.#listeners.set(callback, known);
    const listener = new Listener(target, type, callback, capture, remove);
    known.add(listener);
    link.instance.own(listener);
  }

  #unlistened(target: EventTarget, type: string, callback: object, capture: boolean): void {
    const known = this.#listeners.get(callback);
    for (const listener of known?.items() ?? []) {
      if (!listener.is(target, type, capture)) continue;
      known?.delete(listener);
      this.#linkOf(callback)?.instance?.disown(listener);
    }
  }
}

/** A listener in the DOM; holds neither its target nor its callback, which may both be garbage long before. */
class Listener implements Resource {
  readonly #target: WeakRef<EventTarget>;
  readonly #type: string;
  readonly #callback: WeakRef<EventListenerOrEventListenerObject>;
  readonly #capture: boolean;
  readonly #remove: EventTarget["removeEventListener"];

  constructor(
    target: EventTarget,
    type: string,
    callback: EventListenerOrEventListenerObject,
    capture: boolean,
    remove: EventTarget["removeEventListener"],
  ) {
    this.#target = new WeakRef(target);
    this.#type = type;
    this.#callback = new WeakRef(callback);
    this.#capture = capture;
    this.#remove = remove;
  }

  is(target: EventTarget, type: string, capture: boolean): boolean {
    return this.#target.deref() === target && this.#type === type && this.#capture === capture;
  }

  gone(): boolean {
    return !this.#target.deref() || !this.#callback.deref();
  }

  release(): void {
    const target = this.#target.deref();
    const callback = this.#callback.deref();
    if (target && callback) this.#remove.call(target, this.#type, callback, { capture: this.#capture });
  }
}

function isCapture(options: boolean | EventListenerOptions | undefined): boolean {
  return typeof options === "boolean" ? options : options?.capture === true;
}
