//! Marks of updates for the browser's own profiler: the spans of `dev-server trace`, by the clock of the page. A script of
//! its own, loaded with the first update of a program that runs.
//!
//! No two clocks are compared. The page's stages end with the first frame, whose time the page has noted; those of the
//! server end where those of the page begin. What lies between the two is known to the server alone, once the page has
//! answered: `dev-server trace` shows it as "transfer" of a patch, and as "waiting".

import type { Stage, Updated } from "./messages.js";

/** What is before the names, so that they are nobody else's. */
const prefix = "dev-server/";

/** Updates whose marks are kept: browsers keep all of them. */
const kept = 200;

/** Names that events have and traces write otherwise. */
const written: Readonly<Record<string, string>> = { "front end": "check" };

type Clock = Pick<Performance, "measure" | "clearMeasures" | "timeOrigin">;

const names = new Set<string>();
let updates = 0;

/** Measures the stages of an update, and all of it, when they were in the time of this page. */
export function measure(updated: Updated, clock: Clock = performance): void {
  updates += 1;
  if (updates > kept) {
    for (const name of names) clock.clearMeasures(name);
    updates = 1;
  }
  const { revision, level, reason, program, update, firstFrameAt } = updated;
  // Nothing was built for what replaces no code: these are stages of an earlier release.
  const isBuilt = level !== "none" && level !== "asset-swap";
  const page = together(updated.stages);
  const server = isBuilt ? together(update.stages) : [];
  const end = firstFrameAt / 1000 - clock.timeOrigin;
  const all = [...server, ...page];
  const begin = end - all.reduce((sum, { ms }) => sum + ms, 0);
  if (!(begin >= 0) || all.length === 0) return;
  const about = { revision: Number(revision), program, level };
  const add = (span: string, start: number, duration: number, color: string) => {
    const name = prefix + span;
    names.add(name);
    const properties = [
      ["revision", String(revision)],
      ["update", `${level}: ${reason}`],
    ];
    // Chromium's profiler puts these onto a track of their own.
    const devtools = { dataType: "track-entry", track: `dev-server ${program}`, color, properties };
    clock.measure(name, { start, duration, detail: { ...about, devtools } });
  };
  add("save", begin, end - begin, "primary");
  let at = begin;
  for (const [index, { name, ms }] of all.entries()) {
    add(name, at, ms, index < server.length ? "secondary" : "tertiary");
    at += ms;
  }
}

/** A stage that was come back to is one, at its first place. */
function together(stages: readonly Stage[]): readonly { name: string; ms: number }[] {
  const sums = new Map<string, number>();
  for (const { name, microseconds } of stages) {
    const known = written[name] ?? name.replaceAll(" ", "_");
    sums.set(known, (sums.get(known) ?? 0) + microseconds / 1000);
  }
  return [...sums].map(([name, ms]) => ({ name, ms }));
}
