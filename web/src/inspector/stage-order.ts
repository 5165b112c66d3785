//! The stages between a save and the screen: in which order they are, what they are called, and whose they are.

/** Who works: the eyes, the compiler, the way to the page, the page. */
export type Phase = "watch" | "analyse" | "build" | "way" | "page" | "frame" | "rest";

export const phaseWords: Record<Phase, string> = {
  watch: "watch",
  analyse: "analyse",
  build: "build",
  way: "transfer",
  page: "apply",
  frame: "first frame",
  rest: "waiting",
};

type Known = { readonly phase: Phase; readonly words: string };

/** By the names that they have in events. */
const stages: Readonly<Record<string, Known>> = {
  watch: { phase: "watch", words: "watch" },
  parse: { phase: "analyse", words: "parse" },
  diff: { phase: "analyse", words: "diff" },
  analyse: { phase: "analyse", words: "analyse" },
  graph: { phase: "analyse", words: "package graph" },
  lookup: { phase: "build", words: "look up" },
  start: { phase: "build", words: "start compiler" },
  talk: { phase: "build", words: "talk" },
  "front end": { phase: "build", words: "check" },
  plan: { phase: "build", words: "plan" },
  packages: { phase: "build", words: "packages" },
  "new packages": { phase: "build", words: "new packages" },
  codegen: { phase: "build", words: "codegen" },
  "base objects": { phase: "build", words: "base objects" },
  base: { phase: "build", words: "base" },
  build: { phase: "build", words: "compile" },
  link: { phase: "build", words: "link" },
  asyncify: { phase: "build", words: "asyncify" },
  preflight: { phase: "build", words: "preflight" },
  transfer: { phase: "way", words: "transfer" },
  compile: { phase: "page", words: "browser compile" },
  swap: { phase: "page", words: "swap" },
  program_start: { phase: "page", words: "program start" },
  apply: { phase: "page", words: "apply" },
  first_frame: { phase: "frame", words: "first frame" },
};

/** What nobody has told of: a stage of a newer server, which works at a build until something is said of a page. */
export function stageOf(name: string): Known {
  return stages[name] ?? { phase: "build", words: name.replaceAll("_", " ") };
}

/** True for what happens on its way to a page, or there. */
export function isOnPage(name: string): boolean {
  const { phase } = stageOf(name);
  return phase === "way" || phase === "page" || phase === "frame";
}
