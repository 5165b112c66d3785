//! Events of a save as a server sends them: a change, what it means, a build, a release, a page's answer.

const stages = (...rows: [string, number][]) => rows.map(([name, ms]) => ({ name, ms }));

const onServer = stages(
  ["watch", 3.273],
  ["parse", 0.221],
  ["diff", 0.037],
  ["analyse", 0.547],
  ["talk", 0.386],
  ["front end", 1.54],
  ["plan", 0.017],
  ["talk", 2.563],
  ["codegen", 7.425],
  ["link", 3.757],
  ["asyncify", 0.068],
);
const onPage = stages(["transfer", 22.824], ["compile", 0.565], ["apply", 2.52], ["first_frame", 4.78]);

const compiler = "TinyGo 0.41.1";

export function saveLines(revision: number, program = "counter"): readonly string[] {
  const build = { event: "build", revision, program, compiler, from_cache: false, diagnostics: [] };
  const events = [
    { event: "change", revision, files: ["main.go"], count: 1 },
    {
      event: "verdict",
      revision,
      program,
      verdict: "body",
      reason: "bodies of functions: showGreeting changed",
    },
    { ...build, status: "started", ms: 20 },
    { ...build, status: "built", ms: 16.9 },
    {
      event: "release",
      revision,
      program,
      sequence: revision * 3,
      module: "11569169",
      size: 295_727,
      functions: ["main.showGreeting"],
      patch: "5859a577",
      patch_bytes: 596,
      refusals: [],
      notes: [],
      stages: onServer,
      room: { bytes_used: 30, bytes: 1000, slots_used: 1, slots: 50 },
      heap_start: 70_000,
    },
    {
      event: "applied",
      revision,
      program,
      session: 1,
      level: 2,
      level_name: "hot patch",
      reason: "main.showGreeting",
      ms: 55.828,
      stages: onPage,
      memory: { pages: 40, values: 12, functions: 5, table: 300 },
    },
  ];
  return events.map((event) => JSON.stringify(event));
}
