//! All that is wrong now, over the page: diagnostics of the build and the crash of the program, until they are past
//! or dismissed.

import { codeFrame, hint } from "./code-frame.js";
import { element, isolated } from "./element.js";
import type { Crash, Diagnostic, ErrorReport, Place } from "./messages.js";
import { overlayStyle } from "./overlay-style.js";

export type OverlayOptions = {
  readonly open: (location: bigint) => void;
  /** True while there is a program that the mistakes do not touch. */
  readonly running: () => boolean;
  /** The person has closed it, or it shows itself again. */
  readonly onVisible: (visible: boolean) => void;
};

/** A crash, first as the browser tells it and then with the positions that the server found. */
type Fall = { readonly crash: Crash; readonly report: ErrorReport | undefined };

/** What the client itself has to say. */
export type Notice = { readonly title: string; readonly about: string; readonly diagnostic: Diagnostic };

export class Overlay {
  readonly #options: OverlayOptions;
  #parts: ReturnType<typeof isolated> | undefined;
  #diagnostics: readonly Diagnostic[] = [];
  #fall: Fall | undefined;
  #notice: Notice | undefined;
  #why: Node | undefined;
  #dismissed = false;

  constructor(options: OverlayOptions) {
    this.#options = options;
  }

  get empty(): boolean {
    return this.#diagnostics.length === 0 && !this.#fall && !this.#notice;
  }

  get visible(): boolean {
    return !this.#dismissed && !this.empty;
  }

  diagnostics(items: readonly Diagnostic[]): void {
    this.#diagnostics = items;
    this.#dismissed = false;
    this.#draw();
  }

  crashed(crash: Crash): void {
    // The first error is the cause; what follows from it would only cover it.
    if (this.#fall) return;
    this.#fall = { crash, report: undefined };
    this.#dismissed = false;
    this.#draw();
  }

  explained(report: ErrorReport): void {
    if (this.#fall?.crash.crashId !== report.crashId) return;
    this.#fall = { ...this.#fall, report };
    this.#draw();
  }

  /** What is known of the crash; without one, of the notice. */
  why(why: Node | undefined, crash: Crash | undefined): void {
    if (this.#fall?.crash !== crash) return;
    this.#why = why;
    this.#draw();
  }

  notice(notice: Notice): void {
    this.#notice = notice;
    this.#dismissed = false;
    this.#draw();
  }

  /** A program runs: the one that crashed, or could not be swapped, is past. */
  recovered(): void {
    if (this.empty) return;
    this.#fall = this.#notice = this.#why = undefined;
    this.#draw();
  }

  dismiss(): void {
    this.#dismissed = true;
    this.#draw();
  }

  show(): void {
    this.#dismissed = false;
    this.#draw();
  }

  #draw(): void {
    if (!this.visible) {
      if (this.#parts?.host.isConnected) removeEventListener("keydown", this.#onKey, true);
      this.#parts?.host.remove();
      this.#options.onVisible(false);
      return;
    }
    this.#parts ??= isolated("dev-server-overlay", overlayStyle);
    const { host, root } = this.#parts;
    const veil = this.#veil();
    // It rises once, not with every change.
    if (!host.isConnected) veil.classList.add("rising");
    root.replaceChildren(veil);
    if (!host.isConnected) {
      document.documentElement.append(host);
      addEventListener("keydown", this.#onKey, true);
    }
    this.#options.onVisible(true);
  }

  readonly #onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.dismiss();
  };

  #veil(): HTMLElement {
    const errors = this.#diagnostics.filter((item) => item.severity === "error").length;
    const tone = errors > 0 || this.#fall || this.#notice ? "error" : "warning";
    const close = element("button", "close", "Dismiss", element("kbd", "", "Esc"));
    close.onclick = () => this.dismiss();
    const panel = element(
      "section",
      `panel ${tone}`,
      element(
        "header",
        "",
        element("span", "mark"),
        element("h1", "", this.#title(errors)),
        element("span", "about", this.#about(errors)),
        close,
      ),
      element(
        "div",
        "list",
        ...(this.#fall ? [this.#crash(this.#fall)] : []),
        // A crash says all that the failure of its start would say, and where.
        ...(this.#notice && !this.#fall ? [this.#diagnostic(this.#notice.diagnostic)] : []),
        this.#why,
        ...this.#diagnostics.map((item) => this.#diagnostic(item)),
      ),
    );
    panel.setAttribute("role", "alertdialog");
    panel.setAttribute("aria-label", this.#title(errors));
    return element("div", "veil", panel);
  }

  #title(errors: number): string {
    if (errors > 0) return "Build failed";
    const fall = this.#fall;
    if (fall)
      return (fall.report?.kind || fall.crash.kind) === "panic" ? "The program panicked" : "Uncaught error";
    return this.#notice?.title ?? "Build succeeded with warnings";
  }

  #about(errors: number): string {
    const warnings = this.#diagnostics.length - errors;
    const counts = [count(errors, "error"), count(warnings, "warning")].filter(Boolean).join(", ");
    if (this.#notice) return this.#notice.about;
    const running = this.#options.running();
    if (this.#fall && !running && errors === 0) return "the next save starts it afresh";
    return errors > 0 && running ? `${counts} · the last good program keeps running` : counts;
  }

  #diagnostic(item: Diagnostic): HTMLElement {
    return element(
      "article",
      item.severity,
      element(
        "p",
        "message",
        item.severity === "warning" && element("span", "kind", "warning: "),
        item.message,
      ),
      (item.place || item.source) &&
        element(
          "div",
          "where",
          item.place && this.#place(item.place),
          element("span", "source", item.source),
        ),
      item.frame && codeFrame(item.frame, item.place),
      hint(item.hint),
    );
  }

  #crash({ crash, report }: Fall): HTMLElement {
    const frames = report?.frames ?? [];
    const own = frames.find((frame) => frame.place && frame.place.id !== 0n);
    const stack =
      crash.stack &&
      element("details", "", element("summary", "", "Stack of the browser"), element("pre", "", crash.stack));
    return element(
      "article",
      "error",
      element(
        "p",
        "message",
        element("span", "kind", `${report?.kind || crash.kind}: `),
        report?.message || crash.message,
      ),
      report?.frame && codeFrame(report.frame, own?.place),
      frames.length > 0 &&
        element(
          "ol",
          "",
          ...frames.map((frame) =>
            element(
              "li",
              "",
              element("span", "function", frame.function),
              frame.place && this.#place(frame.place),
            ),
          ),
        ),
      hint(report?.hint ?? ""),
      stack || undefined,
    );
  }

  #place(place: Place): HTMLElement {
    const position = [place.file, place.line, place.column].filter((part) => part !== 0).join(":");
    // The server opens only what it has given a number.
    if (place.id === 0n) return element("span", "place", position);
    const button = element("button", "place", position);
    button.title = "Open in the editor";
    button.onclick = () => this.#options.open(place.id);
    return button;
  }
}

function count(number: number, word: string): string {
  if (number === 0) return "";
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
