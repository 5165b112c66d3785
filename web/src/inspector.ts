//! The inspector: shows in an element of a page what is true at a server now, and what became of each save. Nothing
//! happens on import.

import { element, isolated } from "./element.js";
import { identify } from "./identity.js";
import { inspectorStyle } from "./inspector/inspector-style.js";
import { ProgramFollower } from "./inspector/program-follower.js";
import { ProgramView } from "./inspector/program-view.js";
import { readStatus, type Status } from "./inspector/status.js";
import type { Socket, TransportState } from "./transport.js";

export type { Socket } from "./transport.js";

export type InspectorOptions = {
  /** What it is put into. It fills its box, which has to have a height. */
  readonly parent: Element;
  /** Address of the server or of a page of it. */
  readonly url: string | { readonly href: string };
  /** The project's token, for a page that has no cookie of the server. Browsers do not send it with sockets: see `open`. */
  readonly token?: string | undefined;
  /** Which program is shown first; else the first one. */
  readonly program?: string | undefined;
  /** Another program is shown. */
  readonly onProgram?: ((program: string) => void) | undefined;
  /** Opens a socket in place of the browser's own. */
  readonly open?: ((url: string, headers: Readonly<Record<string, string>>) => Socket) | undefined;
  /** Something of the inspector went wrong; nothing has to be done. */
  readonly onError?: ((error: unknown) => void) | undefined;
};

export interface Inspector {
  /** Ends its connection and takes it out of the page. */
  close(): void;
}

/** Milliseconds before a server that is not there, or knows no program yet, is asked again. */
const again = 1000;

export function openInspector(options: InspectorOptions): Inspector {
  return new Root(options);
}

class Root implements Inspector {
  readonly #options: InspectorOptions;
  readonly #url: string;
  readonly #host: HTMLElement;
  readonly #programs = element("select", "");
  readonly #state = element("span", "state");
  readonly #body = element("main", "");
  #follower: ProgramFollower | undefined;
  #view: ProgramView | undefined;
  #frame = 0;
  #timer = 0;
  #closed = false;

  constructor(options: InspectorOptions) {
    this.#options = options;
    this.#url = typeof options.url === "string" ? options.url : options.url.href;
    const { host, root } = isolated("dev-server-inspector", inspectorStyle);
    this.#host = host;
    this.#programs.setAttribute("aria-label", "Program");
    this.#programs.onchange = () => void this.#begin(this.#programs.value);
    this.#state.setAttribute("role", "status");
    const mark = element("h1", "", element("i", "logo"), "dev-server");
    root.append(
      element("div", "inspector", element("header", "top", mark, this.#programs, this.#state), this.#body),
    );
    options.parent.append(host);
    this.#say("waiting", "Looking for the server");
    void this.#begin(options.program);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    cancelAnimationFrame(this.#frame);
    this.#end();
    this.#host.remove();
  }

  #end(): void {
    this.#follower?.close();
    this.#view?.close();
    this.#follower = this.#view = undefined;
  }

  async #begin(wanted: string | undefined): Promise<void> {
    let status: Status;
    try {
      status = readStatus(await this.#ask("/__dev/status"));
    } catch (error) {
      return this.#later(error instanceof Error ? error.message : String(error), wanted);
    }
    if (this.#closed) return;
    const names = status.programs.map(({ name }) => name);
    const program = names.find((name) => name === wanted) ?? names[0];
    if (program === undefined) return this.#later("No program of the project is known yet.", wanted);
    this.#programs.replaceChildren(...names.map((name) => option(name, name === program)));
    this.#programs.disabled = names.length < 2;
    this.#options.onProgram?.(program);
    this.#follow(program, status);
  }

  #later(words: string, wanted: string | undefined): void {
    if (this.#closed) return;
    this.#say("waiting", words);
    this.#timer = window.setTimeout(() => void this.#begin(wanted), again);
  }

  #follow(program: string, status: Status): void {
    this.#end();
    const follower = new ProgramFollower({
      url: this.#url,
      token: this.#options.token,
      program,
      // Flags are shown as pages of this browser have them.
      identity: identify(() => localStorage, navigator),
      status,
      open: this.#options.open,
      ask: (path) => this.#ask(path),
      onChange: () => this.#soon(),
      onError: this.#options.onError ?? console.error,
    });
    const view = new ProgramView(follower.model, {
      select: (save) => {
        follower.model.selected = save;
        this.#soon();
      },
      open: (location) => follower.openLocation(location),
      redraw: () => this.#soon(),
    });
    this.#follower = follower;
    this.#view = view;
    this.#body.replaceChildren(view.element);
    this.#soon();
  }

  /** Whatever happens within a frame is drawn once, and in a page that nobody sees when somebody does. */
  #soon(): void {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #draw(): void {
    const follower = this.#follower;
    if (!follower) return;
    const { connection, status, program, problems } = follower.model;
    const building = status?.programs.find(({ name }) => name === program)?.building ?? false;
    const wrong = problems.some(({ severity }) => severity === "error");
    if (connection.name !== "open") this.#say("waiting", connectionWords(connection));
    else if (building) this.#say("busy", "Building");
    else if (wrong) this.#say("bad", "Does not build");
    else this.#say("good", "Up to date");
    this.#view?.draw();
  }

  #say(tone: string, words: string): void {
    if (this.#state.textContent === words) return;
    this.#state.className = `state ${tone}`;
    this.#state.textContent = words;
  }

  async #ask(path: string): Promise<unknown> {
    const { token } = this.#options;
    const answer = await fetch(new URL(path, this.#url), {
      cache: "no-store",
      ...(token && { headers: { authorization: `Bearer ${token}` } }),
    }).catch(() => undefined);
    if (!answer) throw new Error("The server does not answer; it is asked again.");
    if (answer.status === 401) throw new Error("Open this page by the address with ?token= of the terminal.");
    if (!answer.ok) throw new Error(`${path}: the server answered ${answer.status}`);
    return answer.json();
  }
}

function option(name: string, selected: boolean): HTMLOptionElement {
  const made = element("option", "", name);
  made.value = name;
  made.selected = selected;
  return made;
}

function connectionWords(state: TransportState): string {
  if (state.name === "closed") return `Connection ended: ${state.reason || state.code}`;
  return state.name === "waiting" ? "Connection lost, trying again" : "Connecting";
}
