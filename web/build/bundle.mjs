// Builds the bundles: `dist/` for npm and `server/embedded/` for `cargo build`, which then needs no node.
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { precompiledDescriptors } from "./descriptors.mjs";
import { leanStyles } from "./styles.mjs";

const root = fileURLToPath(new URL("..", import.meta.url));
export const embedded = fileURLToPath(new URL("../../server/embedded", import.meta.url));

/** Source file -> name of the script that the server serves below `/__dev/`. */
export const entries = {
  "src/index.ts": "client.js",
  "src/worker.ts": "worker.js",
  "src/http3.ts": "http3.js",
  "src/tree-follower.ts": "trees.js",
  "src/event-follower.ts": "events.js",
  "src/page-digest.ts": "digest.js",
  "src/mirror/mirror.ts": "mirror.js",
  "src/explain-page.ts": "explain.js",
  "src/measures.ts": "measures.js",
  "src/inspector-page.ts": "inspector.js",
};

/**
 * Those that are loaded by `import()`; the others are classic scripts.
 * @type {Record<string, "esm" | "iife">}
 */
export const formats = {
  "src/http3.ts": "esm",
  "src/tree-follower.ts": "esm",
  "src/event-follower.ts": "esm",
  "src/page-digest.ts": "esm",
  "src/mirror/mirror.ts": "esm",
  "src/explain-page.ts": "esm",
  "src/measures.ts": "esm",
  "src/inspector-page.ts": "esm",
};

/**
 * Source file -> what others import by themselves, and is not embedded. The plugin for Vite gives the last two to pages: each is
 * one script, which no bundler has to prepare.
 */
const libraries = {
  "src/connect.ts": "connect.js",
  "src/flags.ts": "flags.js",
  "src/explain/explain.ts": "explain.js",
  "src/inspector.ts": "inspector.js",
  "src/vite/plugin.ts": "vite.js",
  "src/vue/index.ts": "vue.js",
  "src/go-module/development-program.ts": "development-program.js",
  "src/go-module/release-program.ts": "release-program.js",
};

/** What a server alone serves: not in the package. */
const pages = ["src/inspector-page.ts", "src/mirror/mirror.ts", "src/explain-page.ts"];

/** Left to whoever imports them. */
const external = ["vue", "vite", "node:*"];

/** The text of one bundle. Classic scripts (`iife`): the first must run before anything else on the page. */
export async function bundle(entry, format = "iife") {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format,
    external,
    target: "es2022",
    legalComments: "none",
    charset: "utf8",
    write: false,
    plugins: [precompiledDescriptors(), leanStyles()],
    logLevel: "silent",
  });
  return result.outputFiles[0].text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // With the word "package" what is committed stays as it is, and what the package needs from outside comes along.
  if (process.argv[2] === "package") {
    for (const name of ["LICENSE-MIT", "LICENSE-APACHE"])
      await copyFile(`${root}/../${name}`, `${root}/${name}`);
  } else {
    await mkdir(embedded, { recursive: true });
    for (const [entry, name] of Object.entries(entries)) {
      await writeFile(`${embedded}/${name}`, await bundle(entry, formats[entry]));
    }
  }
  await rm(`${root}/dist`, { recursive: true, force: true });
  await mkdir(`${root}/dist`, { recursive: true });
  const shared = Object.keys(entries).filter((entry) => !pages.includes(entry));
  const own = shared.map((entry) => [entry, `${entry.slice(4, -3)}.js`]);
  for (const [entry, name] of [...own, ...Object.entries(libraries)]) {
    await writeFile(`${root}/dist/${name}`, await bundle(entry, "esm"));
  }
}
