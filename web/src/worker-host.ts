//! A program that runs in a Web Worker: the same host as the page, with a fresh worker for each instance.

import { type Data, Hot } from "./hot.js";
import type { Memory, ModuleReference, Patch, Severity } from "./messages.js";
import { compile } from "./prepare.js";
import type { Host, HostEvents, Outcome, Start } from "./runtime.js";
import { SwapError, words } from "./swap-error.js";
import type { Answer, FromWorker, Invitation, Order, Report } from "./worker-messages.js";

/** A worker that does not answer by then is stuck in a loop, which in a page would have frozen the tab. */
const longestAnswer = 10_000;

/** The program's worker as the page's scripts see it: one object through all swaps. */
export class WorkerPort extends EventTarget {
  #worker: Worker | undefined;

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#worker?.postMessage(message, transfer);
  }

  /** From now on messages go to and come from `worker`, those first that it has sent while it started. */
  connect(worker: Worker, early: readonly unknown[]): void {
    this.#worker = worker;
    const deliver = (data: unknown) => {
      if (this.#worker === worker) this.dispatchEvent(new MessageEvent("message", { data }));
    };
    worker.onmessage = ({ data }) => deliver(data);
    for (const data of early) deliver(data);
  }
}

export type WorkerHostEvents = HostEvents & { onLog(severity: Severity, text: string): void };

export class WorkerHost implements Host {
  readonly hot: Hot;
  readonly port = new WorkerPort();
  readonly #create: () => Worker;
  readonly #events: WorkerHostEvents;
  #running: Seat | undefined;
  #generation = 0;

  constructor(create: () => Worker, events: WorkerHostEvents) {
    this.#create = create;
    this.#events = events;
    this.hot = new Hot({}, 0, {
      onAccept: () => events.onStatus(),
      onInvalidate: (reason) => events.onInvalidate(this.base, reason),
    });
  }

  get base(): string {
    return this.#running?.module ?? "";
  }

  get patch(): number {
    return this.#running?.patched ?? 0;
  }

  get accepts(): boolean {
    return this.hot.accepts || (this.#running?.accepts ?? false);
  }

  get ended(): boolean {
    return this.#running?.ended ?? false;
  }

  get memory(): Memory | undefined {
    return this.#running?.memory;
  }

  async launch(reference: ModuleReference, start: Start): Promise<Outcome> {
    const { module, stages } = await compile(reference);
    const generation = start === "swap" ? this.#generation + 1 : 0;
    const next = new Seat(this.#create(), reference.hash, (seat, report) => this.#report(seat, report));
    const old = this.#running;
    let begin = 0;
    try {
      await next.ask({ kind: "prepare", module, glue: reference.glue.url, generation });
      begin = performance.now();
      await this.#exchange(old, next, start === "swap");
    } catch (error) {
      next.end();
      throw error instanceof SwapError ? error : new SwapError("start", words(error), error);
    }
    this.#running = next;
    this.#generation = generation;
    this.port.connect(next.worker, next.early);
    old?.end();
    const swapped = { name: "swap", microseconds: (performance.now() - begin) * 1000 };
    return { stages: [...stages, swapped] };
  }

  async applyPatches(patches: readonly Patch[]): Promise<Outcome> {
    const seat = this.#running;
    if (!seat || seat.ended) throw new SwapError("patch", "no program runs");
    const begin = performance.now();
    const wanted = patches.filter(({ number }) => number > seat.patched);
    await seat.ask({ kind: "patch", patches: wanted });
    for (const { functions } of wanted) this.hot.runPatch(functions);
    return { stages: [{ name: "apply", microseconds: (performance.now() - begin) * 1000 }] };
  }

  async #exchange(old: Seat | undefined, next: Seat, handOver: boolean): Promise<void> {
    let data: Data = {};
    const outgoing = old && !old.ended ? old : undefined;
    try {
      if (outgoing && handOver) data = (await outgoing.ask({ kind: "dispose" })) ?? {};
      if (handOver) this.hot.runDispose(data);
      await next.ask({ kind: "start", data });
    } catch (error) {
      await outgoing?.ask({ kind: "resume", data: handOver ? data : undefined });
      if (handOver) this.hot.runAccept(data);
      throw error;
    }
    if (handOver) this.hot.runAccept(data);
  }

  #report(seat: Seat, report: Report): void {
    switch (report.kind) {
      case "accept":
        seat.accepts = true;
        break;
      case "end":
        seat.ended = true;
        break;
      case "invalidate":
        this.#events.onInvalidate(seat.module, report.reason);
        return;
      case "log":
        this.#events.onLog(report.severity, report.text);
        return;
      case "crash":
        if (report.fatal) seat.ended = true;
        this.#events.onCrash(seat.module, report.downfall);
        break;
      default:
        report satisfies never;
    }
    if (seat === this.#running) this.#events.onStatus();
  }
}

/** One worker with its program. */
class Seat {
  readonly worker: Worker;
  readonly module: string;
  /** What the program has sent before it was given the page's ear. A program that fails to start is not heard. */
  readonly early: unknown[] = [];
  accepts = false;
  ended = false;
  patched = 0;
  memory: Memory | undefined;
  readonly #port: MessagePort;
  #waiting: { resolve(data: Data | undefined): void; reject(error: unknown): void } | undefined;

  constructor(worker: Worker, module: string, onReport: (seat: Seat, report: Report) => void) {
    this.worker = worker;
    this.module = module;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }: MessageEvent<FromWorker>) => {
      if ("report" in data) onReport(this, data.report);
      else this.#settle(data.answer);
    };
    worker.onmessage = ({ data }) => this.early.push(data);
    worker.onerror = (event) => {
      // The worker tells its errors itself, with their stacks: what the page would be told of them says less, and may come first.
      event.preventDefault();
      this.#settle({
        kind: "failed",
        stage: "start",
        message: event.message || "the worker's script could not be loaded",
        patched: this.patched,
      });
    };
    const invitation: Invitation = { devServerPort: port2 };
    worker.postMessage(invitation, [port2]);
  }

  ask(order: Order): Promise<Data | undefined> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const stage = order.kind === "dispose" || order.kind === "patch" ? order.kind : "start";
        this.#settle({
          kind: "failed",
          stage,
          message: `the program did not answer "${order.kind}" in ${longestAnswer / 1000} s`,
          patched: this.patched,
        });
      }, longestAnswer);
      const settled = () => clearTimeout(timer);
      this.#waiting = {
        resolve: (data) => {
          settled();
          resolve(data);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      this.#port.postMessage(order);
    });
  }

  end(): void {
    this.worker.onmessage = this.worker.onerror = null;
    this.#port.close();
    this.worker.terminate();
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.patched = answer.patched;
    if (answer.kind === "done") {
      this.memory = answer.memory;
      waiting?.resolve(answer.data);
    } else waiting?.reject(new SwapError(answer.stage, answer.message));
  }
}
