//! The Vite plugin: imports Go programs as modules, with a dev-server behind them while one develops.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Plugin, ResolvedConfig, Rollup, ViteDevServer } from "vite";
import { findBinary } from "./binary.js";
import { Development } from "./development.js";
import { folderOf } from "./go-package.js";
import { GoPrograms } from "./go-programs.js";
import {
  developmentRuntime,
  developmentText,
  glueOf,
  glueText,
  releaseRuntime,
  releaseText,
  serverText,
} from "./module-text.js";
import { buildRelease, type Release } from "./release-build.js";

export type DevServerOptions = {
  /** The `dev-server` binary; without it the environment's DEV_SERVER, then the one on PATH. */
  readonly binary?: string;
  /** Address of a dev-server that runs, as it has printed it, with its token; without it the environment's DEV_SERVER_URL,
   * then one is started for each program. */
  readonly url?: string;
  /** "auto": TinyGo when it is there, else Go. */
  readonly compiler?: "auto" | "tinygo" | "go";
  /** Build tags. */
  readonly tags?: readonly string[];
  /** Flags of `dev-server serve` beyond these, such as `["--hot", "off"]`. */
  readonly flags?: readonly string[];
  /** False: no `.d.ts` is written beside what is imported. */
  readonly types?: boolean;
};

/** What a bundler must not take for a file's name. */
const invisible = "\0";
/** Behind the name of a Go file that stands for a program: other plugins take it for a script. */
const runtimes: Readonly<Record<string, string>> = {
  [developmentRuntime]: "development-program.js",
  [releaseRuntime]: "release-program.js",
};
const gluePrefix = glueOf("");
const anyPort = ["--port", "7700"];

export function devServer(options: DevServerOptions = {}): Plugin {
  let config: ResolvedConfig;
  let programs: GoPrograms;
  let development: Development | undefined;
  const releases = new Map<string, Promise<Release>>();

  const compile = [
    ...(options.compiler ? ["--compiler", options.compiler] : []),
    ...(options.tags?.length ? ["--tags", options.tags.join(",")] : []),
  ];
  const binary = () => findBinary(options.binary, config.root);
  const release = (folder: string) => {
    const known = releases.get(folder) ?? buildRelease(binary(), folder, compile);
    releases.set(folder, known);
    return known;
  };

  return {
    name: "dev-server",
    // Before Vite's own, which would read a Go file as a script.
    enforce: "pre",

    configResolved(resolved) {
      config = resolved;
      const tags = new Set([...(options.tags ?? []), ...(options.compiler === "go" ? ["gc"] : ["tinygo"])]);
      programs = new GoPrograms(resolved.root, tags, options.types ?? true);
    },

    configureServer(server: ViteDevServer) {
      development = new Development(server, programs, {
        binary,
        flags: [...anyPort, ...compile, ...(options.flags ?? [])],
        join: options.url ?? process.env.DEV_SERVER_URL,
      });
    },

    async closeBundle() {
      await development?.close();
    },

    buildStart() {
      // Another build of `vite build --watch` is of other sources.
      releases.clear();
    },

    resolveId(source, importer) {
      if (source in runtimes || source.startsWith(gluePrefix)) return invisible + source;
      const path = pathOf(source, importer, config.root);
      // As TypeScript has it, a script comes before a folder of its name.
      if (!path || isScript(path, config.resolve.extensions)) return undefined;
      const folder = folderOf(path);
      if (!folder) return undefined;
      return programs.import(folder, path).package.main;
    },

    async load(id, { ssr } = {}) {
      if (id.startsWith(invisible)) {
        const name = id.slice(1);
        const runtime = runtimes[name];
        if (runtime) return readFile(runtimePath(runtime), "utf8");
        if (!name.startsWith(gluePrefix)) return undefined;
        const folder = decodeURIComponent(name.slice(gluePrefix.length));
        return glueText((await release(folder)).glue);
      }
      const entry = programs.ofModule(withoutQuery(id));
      if (!entry) return undefined;
      const { folder, files, surface } = entry.package;
      for (const { name, reason } of surface.unsupported)
        this.warn(`${name} of ${folder} cannot be imported: ${reason}`);
      if (ssr) return serverText(entry.program, surface);
      if (development) {
        await development.serve(entry);
        return developmentText(entry.id, entry.program, surface);
      }
      for (const file of files) this.addWatchFile(file);
      const { module } = await release(folder);
      const asset: Rollup.EmittedAsset = { type: "asset", name: `${entry.program}.wasm`, source: module };
      return releaseText(
        folder,
        entry.program,
        `import.meta.ROLLUP_FILE_URL_${this.emitFile(asset)}`,
        surface,
      );
    },

    hotUpdate({ file }) {
      // What becomes of Go code is the dev-server's to say, when it is built.
      return development?.saved(file) ? [] : undefined;
    },
  };
}

export default devServer;

/** Absolute path of what an import names; undefined: a package, or something of another plugin. */
function pathOf(source: string, importer: string | undefined, root: string): string | undefined {
  const name = withoutQuery(source);
  if (name.startsWith(invisible)) return undefined;
  if (name.startsWith(".")) {
    const from = importer && withoutQuery(importer);
    return from && !from.startsWith(invisible) ? resolve(dirname(from), name) : undefined;
  }
  if (!name.startsWith("/")) return undefined;
  // From the project's root, as in a page, or an absolute path already.
  const below = resolve(root, `.${name}`);
  return existsSync(below) ? below : resolve(name);
}

/** Whether a path without an ending means a script, beside the folder or in it. */
function isScript(path: string, endings: readonly string[]): boolean {
  return endings.some(
    (ending) => existsSync(`${path}${ending}`) || existsSync(resolve(path, `index${ending}`)),
  );
}

function withoutQuery(id: string): string {
  return id.replace(/[?#].*$/, "");
}

function runtimePath(name: string): string {
  // Beside this file in the package, and in `dist` while this file is run from its source.
  const folder = dirname(fileURLToPath(import.meta.url));
  return resolve(folder, basename(folder) === "dist" ? "." : "../../dist", name);
}
