//! The name `Go` of the page: lets the page have its own glue while ours is loaded unseen.

import type { GoClass } from "./glue.js";

export class GoGlobal {
  readonly #captures = new Map<HTMLOrSVGScriptElement, (given: GoClass) => void>();
  readonly #classes = new Map<string, Promise<GoClass>>();
  #pageClass: unknown;

  /** `adopt` gets the class that the page's own script sets and returns what the page shall see in its place. */
  constructor(scope: object, adopt: (pageClass: GoClass) => unknown) {
    this.#pageClass = Reflect.get(scope, "Go");
    Object.defineProperty(scope, "Go", {
      configurable: true,
      enumerable: true,
      get: () => this.#pageClass,
      set: (given: unknown) => {
        const capture = document.currentScript ? this.#captures.get(document.currentScript) : undefined;
        if (typeof given !== "function") this.#pageClass = given;
        else if (capture) capture(given as GoClass);
        else this.#pageClass = adopt(given as GoClass);
      },
    });
  }

  /** The class of the glue at `url`, each loaded once by a script element, which a strict content policy allows. */
  load(url: string): Promise<GoClass> {
    const known = this.#classes.get(url);
    if (known) return known;
    const loading = this.#insert(url);
    this.#classes.set(url, loading);
    // What failed once may succeed the next time.
    loading.catch(() => this.#classes.delete(url));
    return loading;
  }

  #insert(url: string): Promise<GoClass> {
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      let captured: GoClass | undefined;
      this.#captures.set(script, (given) => {
        captured = given;
      });
      const done = () => {
        this.#captures.delete(script);
        script.remove();
        if (captured) resolve(captured);
        else reject(new Error(`${url} could not be loaded, or is no glue: it defines no class Go`));
      };
      script.onload = done;
      script.onerror = done;
      script.src = url;
      document.head.append(script);
    });
  }
}
