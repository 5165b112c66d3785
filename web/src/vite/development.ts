//! Go programs while one develops: their dev-servers, what Vite's pages are told, and what the terminal shows.

import { readFileSync } from "node:fs";
import { relative, sep } from "node:path";
import type { EnvironmentModuleNode, ViteDevServer } from "vite";
import {
  type DeclaredAnswer,
  type DeclaredQuestion,
  type ExportsMessage,
  events,
  type ReloadMessage,
  type UpdateEvent,
} from "../go-module/vite-events.js";
import type { GoProgramEntry, GoPrograms } from "./go-programs.js";
import { DevServerProxy } from "./proxy.js";
import { diagnosticLine } from "./release-build.js";
import { RunningServer } from "./running-server.js";
import type { ServerEvent } from "./server-event.js";
import { signaturesOf } from "./signature.js";

export type DevelopmentOptions = {
  readonly binary: () => string;
  readonly flags: readonly string[];
  readonly join: string | undefined;
};

export class Development {
  readonly #vite: ViteDevServer;
  readonly #programs: GoPrograms;
  readonly #options: DevelopmentOptions;
  readonly #servers = new Map<string, RunningServer>();
  #closed = false;

  constructor(vite: ViteDevServer, programs: GoPrograms, options: DevelopmentOptions) {
    this.#vite = vite;
    this.#programs = programs;
    this.#options = options;
    const { server } = vite.config;
    const proxy = new DevServerProxy({
      admission: () => ({ allowedHosts: server.allowedHosts, isSecure: server.https !== undefined }),
      address: async (id) => (id ? this.#servers.get(id) : [...this.#servers.values()][0])?.listening,
      addresses: () => Promise.all([...this.#servers.values()].map(({ listening }) => listening)),
    });
    vite.middlewares.use(proxy.answer);
    if (vite.httpServer) vite.httpServer.on("upgrade", proxy.upgrade);
    else
      vite.config.logger.warn(
        "dev-server: Vite has no HTTP server of its own, so no socket can be passed on",
        { timestamp: true },
      );
    vite.ws.on(events.update, (event: UpdateEvent, client) => {
      this.#say(`${event.program} ${event.level}: ${event.reason}`);
      client.send(events.update, event);
    });
    vite.ws.on(events.declared, (question: DeclaredQuestion, client) => {
      client.send(events.declared, this.#declared(question));
    });
    vite.ws.on(events.reload, (message: ReloadMessage) => void this.#reload(message));
  }

  /** Makes sure that a dev-server is there for the program. Throws a `Failure`. */
  async serve(entry: GoProgramEntry): Promise<void> {
    if (this.#closed) return;
    const known = this.#servers.get(entry.id) ?? this.#start(entry);
    await known.listening;
  }

  /** True for a file that belongs to one of the programs. */
  saved(file: string): boolean {
    return file.endsWith(".go") && this.#programs.all.length > 0;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const servers = [...this.#servers.values()];
    this.#servers.clear();
    await Promise.all(servers.map((server) => server.close()));
  }

  #start(entry: GoProgramEntry): RunningServer {
    const { binary, flags, join } = this.#options;
    const server: RunningServer = new RunningServer({
      binary: binary(),
      folder: entry.package.folder,
      flags,
      join,
      onEvent: (event) => this.#hear(entry, event),
      onEnd: (report) => {
        // The next request starts another one.
        if (this.#servers.get(entry.id) === server) this.#servers.delete(entry.id);
        this.#vite.config.logger.error(report, { timestamp: true });
      },
    });
    this.#servers.set(entry.id, server);
    return server;
  }

  #hear(entry: GoProgramEntry, event: ServerEvent): void {
    const { logger } = this.#vite.config;
    // A server that somebody else has started has a terminal of its own, and begins with what happened long ago.
    if (this.#options.join && event.event !== "release") return;
    switch (event.event) {
      case "listening":
        this.#say(`${entry.program} is compiled by ${event.compiler}`);
        // As the terminal of the server says it: the inspector is not passed on to pages.
        this.#say(
          `inspector of ${entry.program}: ${new URL("/__dev/", event.url).href}?token=${event.token}`,
        );
        return;
      case "build":
        if (event.program !== entry.program) return;
        if (event.status === "failed")
          logger.error(event.diagnostics.map(diagnosticLine).join("\n"), { timestamp: true });
        return;
      case "release":
        if (event.program === entry.program) this.#released(entry);
        return;
      case "client_log":
        // What it prints is in the console of the browser, where people look for it.
        if (event.program !== entry.program || event.severity === "info" || event.severity === "debug")
          return;
        logger[event.severity === "warning" ? "warn" : "error"](logText(event), { timestamp: true });
        return;
      case "notice":
        logger.warn(`dev-server: ${event.message}${event.hint ? `\nhint: ${event.hint}` : ""}`, {
          timestamp: true,
        });
        return;
      default:
        event satisfies never;
    }
  }

  /** A build is public: pages take it by themselves. Whether they see other functions now is said here. */
  #released(entry: GoProgramEntry): void {
    const before = new Set(entry.package.surface.functions.map(({ name }) => name));
    try {
      if (!this.#programs.refresh(entry)) return;
    } catch (error) {
      this.#vite.config.logger.error(String(error), { timestamp: true });
      return;
    }
    const { functions } = entry.package.surface;
    const message: ExportsMessage = { id: entry.id, signatures: signaturesOf(functions) };
    this.#vite.ws.send(events.exports, message);
    const module = this.#moduleOf(entry);
    if (!module) return;
    const added = functions.map(({ name }) => name).filter((name) => !before.has(name));
    // Whoever asks for it from now on gets one that has what is new. Nobody else loses his state for that.
    const { client } = this.#vite.environments;
    client.moduleGraph.invalidateModule(module, new Set(), Date.now(), true);
    for (const importer of module.importers)
      if (mentions(importer, added)) void client.reloadModule(importer);
  }

  #declared({ id, name }: DeclaredQuestion): DeclaredAnswer {
    const functions = this.#programs.ofId(id)?.package.surface.functions ?? [];
    const { file = "", line = 0, type = "" } = functions.find((one) => one.name === name)?.declared ?? {};
    return {
      id,
      name,
      type,
      file: file && relative(this.#vite.config.root, file).split(sep).join("/"),
      line,
    };
  }

  async #reload({ id, reason }: ReloadMessage): Promise<void> {
    const entry = this.#programs.ofId(id);
    const module = entry && this.#moduleOf(entry);
    this.#say(`${entry?.program ?? id}: ${reason}`);
    const { client } = this.#vite.environments;
    // Who accepts the module gets another one; when nobody does, Vite loads the page anew.
    if (module) await client.reloadModule(module);
    else client.hot.send({ type: "full-reload", path: "*" });
  }

  #moduleOf({ package: { main } }: GoProgramEntry): EnvironmentModuleNode | undefined {
    return this.#vite.environments.client.moduleGraph.getModuleById(main);
  }

  #say(text: string): void {
    this.#vite.config.logger.info(`dev-server: ${text}`, { timestamp: true });
  }
}

function logText({ kind, text, frames }: Extract<ServerEvent, { event: "client_log" }>): string {
  const stack = frames.map(({ function: name, file, line }) => `  at ${name}${file && ` ${file}:${line}`}`);
  return [`${kind ? `${kind}: ` : ""}${text}`, ...stack].join("\n");
}

/** Whether the source of a module speaks of any of these names. What Vite made of it may be gone, or have failed. */
function mentions({ file }: EnvironmentModuleNode, names: readonly string[]): boolean {
  if (!file || names.length === 0) return false;
  try {
    const words = new Set(readFileSync(file, "utf8").match(/[\p{ID_Start}_$][\p{ID_Continue}$]*/gu) ?? []);
    return names.some((name) => words.has(name));
  } catch {
    // It has no file of its own.
    return false;
  }
}
