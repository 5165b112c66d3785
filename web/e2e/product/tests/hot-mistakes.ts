//! Programs whose functions are replaced, under rough treatment: what is saved half-written, gone, or too often; a
//! patched function that panics; a heap under pressure.

import { renameSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { bump } from "../hot/case.js";
import { hoard } from "../hot/hoard.js";
import { deadline, type HotProgram, type Rows } from "../hot/program.js";
import { Stage } from "../hot/stage.js";
import { browsers } from "../places.js";

describe.each(browsers)("in %s", (browser) => {
  const stage = new Stage(browser);

  test("half-written files", async () => {
    const program = await stage.program();
    const { log } = program.server;
    const known = await program.state();
    const report = await program.report();
    for (const file of ["report.go", "words/words.go", "goroutines.go"]) {
      const good = program.project.read(file);
      const before = await program.report();
      // In the middle of functions, of the first one, one in between, and the last.
      const ends = [...good.matchAll(/\n\treturn /g)].map(({ index }) => index + "\n\tret".length);
      for (const end of [ends.at(0), ends.at(ends.length / 2), ends.at(-1)]) {
        const after = log.mark();
        program.project.write(file, good.slice(0, end));
        const failed = await log.waitFor("build", ({ status }) => status === "failed", {
          after,
          deadline,
        });
        expect.soft(failed.diagnostics.length, file).toBeGreaterThan(0);
        expect.soft(failed.diagnostics[0], file).toMatchObject({ file, severity: "error" });
        expect.soft(log.all("release", after), file).toEqual([]);
        expect.soft(await program.report(), file).toEqual(before);
        await bump(program, known);
      }
      program.project.write(file, good);
      await says(program, known, `after ${file}`);
    }
    await says(program, known, "hot");
    expect.soft(await program.report()).toEqual(report);
  });

  test("a package that vanishes and comes back", async () => {
    const program = await stage.program();
    const { log } = program.server;
    const known = await program.state();
    const report = await program.report();
    const after = log.mark();
    const away = `${program.project.root}/away`;
    renameSync(program.project.path("words"), away);
    const failed = await log.waitFor("build", ({ status }) => status === "failed", {
      after,
      deadline,
    });
    expect.soft(failed.diagnostics.map(({ message }) => message).join("\n")).toContain("hot/words");
    expect.soft(log.all("release", after)).toEqual([]);
    expect.soft(await program.report()).toEqual(report);
    await bump(program, known);
    renameSync(away, program.project.path("words"));
    await says(program, known, "it is back");
    const greeting = await program.save([["words/words.go", '"Hello, "', '"Welcome back, "']]);
    expect.soft(greeting).toMatchObject({ level: 2, functions: ["hot/words.Greet"] });
    expect.soft((await program.report()).greeting).toBe("Welcome back, Ada");
    await program.save([["words/words.go", '"Welcome back, "', '"Hello, "']]);
    await says(program, known, "hot");
    expect.soft(await program.report()).toEqual(report);
  });

  test("ten saves in a tenth of a second", async () => {
    const program = await stage.program();
    const { log } = program.server;
    const known = await program.state();
    for (const word of ["saved", "saved once more"]) {
      const after = log.mark();
      const good = program.project.read("report.go");
      const caption = /const caption = ".*"/.exec(good)?.[0] ?? "";
      for (let save = 1; save <= 10; save += 1) {
        program.project.write("report.go", good.replace(caption, `const caption = "${word} ${save}"`));
        // The rhythm of somebody whose editor saves at every key.
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      await program.eventually("the newest text", async () => {
        return (await program.report()).caption === `${word} 10` || undefined;
      });
      await bump(program, known);
      // Whatever was still to be said of them has been said when the next edit is there.
      const marker = log.mark();
      await says(program, known, `${word}, and that was all`);
      const answers = log.all("applied", after).slice(0, log.all("applied", after).length - 1);
      const last = Math.max(...log.events.slice(after, marker).map(revisionOf));
      expect.soft(answers.filter(({ revision }) => revision >= last).length, "final answers").toBe(1);
      expect.soft(answers.filter(({ level }) => level !== 2)).toEqual([]);
      const revisions = answers.map(({ revision }) => revision);
      expect.soft(revisions, "answers are in order").toEqual([...revisions].sort((a, b) => a - b));
      expect.soft(log.all("build", after).filter(({ status }) => status === "failed")).toEqual([]);
    }
    await says(program, known, "hot");
    expect.soft(program.tab.errors).toEqual([]);
  });

  test("garbage is collected while objects are reachable only from what patches brought", async () => {
    const program = await stage.program();
    const known = await program.state();
    const report = await program.report();
    const extra = async (code: string, wanted: string) => {
      const text = program.project
        .read("report.go")
        .replace(/(func extra\(\) string \{\n\treturn ).*/, `$1${code}`);
      const outcome = await program.write(new Map([["report.go", text]]));
      expect.soft(outcome, code).toMatchObject({ level: 2, refusals: [] });
      for (let call = 0; call < 3; call += 1)
        expect.soft(await program.report(), code).toEqual({ ...report, extra: wanted });
      await bump(program, known);
    };
    program.project.write("hoard.go", hoard);
    await extra("gather(300)", "gathered");
    const all = "300 8 300 300 100 first boxed";
    await extra("counted()", all);
    for (const round of [1, 2, 3]) {
      await extra(`waste(${20_000 + 100 * round})`, `wasted ${200 + round}`);
      await extra("counted()", all);
    }
    await extra('"-"', "-");
    expect.soft(program.tab.errors).toEqual([]);
  });

  test("a panic in a patched function shows its own frame", async () => {
    const program = await stage.program();
    const { log } = program.server;
    const fall =
      'package main\n\n// fall comes with a patch.\nfunc fall(depth int) int {\n\tif depth == 0 {\n\t\tpanic("fell at " + digits(limit))\n\t}\n\treturn fall(depth-1) + 1\n}\n';
    const there = await program.save([
      ["fall.go", "", fall],
      [
        "report.go",
        "func bonus(x int) int {\n\treturn x + 10",
        "func bonus(x int) int {\n\n\tx++\n\treturn fall(x) + 10",
      ],
    ]);
    expect.soft(there).toMatchObject({ level: 2, functions: ["main.bonus", "main.fall"] });
    const after = log.mark();
    await program.act("report").catch(() => undefined);
    const said = await log.waitFor("client_log", ({ severity }) => severity === "panic", { after });
    expect.soft(said.text).toContain("fell at 100");
    const line = (file: string, text: string) =>
      program.project
        .read(file)
        .split("\n")
        .findIndex((content) => content.includes(text)) + 1;
    const own = said.frames.filter(({ file }) => /(fall|report)\.go$/.test(file));
    const again = { function: "main.fall", file: "fall.go", line: line("fall.go", "fall(depth-1)") };
    expect
      .soft(own.slice(0, 4), JSON.stringify(said.frames))
      .toEqual([
        { function: "main.fall", file: "fall.go", line: line("fall.go", "panic(") },
        again,
        again,
        { function: "main.bonus", file: "report.go", line: line("report.go", "fall(x)") },
      ]);
    const overlay = "document.querySelector('dev-server-overlay')?.shadowRoot?.textContent ?? ''";
    await program.eventually("the overlay shows it", async () => {
      const shown = await program.tab.evaluate(overlay);
      const wanted = [
        "fell at 100",
        `fall.go:${line("fall.go", "panic(")}`,
        `report.go:${line("report.go", "fall(x)")}`,
        "go/panic",
      ];
      return wanted.every((text) => String(shown).includes(text)) || undefined;
    });
    // A page that comes now is given a whole module of the same text. The one that fell would fall again with it: it
    // stays, so that what it says can be read.
    const latecomer = await stage.tab();
    await latecomer.goto(program.server.openUrl);
    await program.eventually("another page runs", async () => {
      return (await latecomer.evaluate("typeof hot === 'object'")) === true || undefined;
    });
    expect.soft(await program.tab.evaluate(overlay)).toContain("fell at 100");
    await latecomer.close();
    // What fell is replaced by a fresh start, whatever a patch could do.
    const mended = await program.save([["report.go", "return fall(x) + 10", "return x + 20"]]);
    expect.soft(mended.level).toBeGreaterThan(2);
    await program.eventually("it is there again", async () => {
      return (await program.report().catch((): Rows => ({}))).bonus === "22" || undefined;
    });
    await stage.clear();
  });
});

/** Saves another caption, which is a patch, and counts. */
async function says(program: HotProgram, known: Rows, caption: string): Promise<void> {
  const before = /const caption = ".*"/.exec(program.project.read("report.go"))?.[0] ?? "";
  const outcome = await program.save([["report.go", before, `const caption = "${caption}"`]]);
  expect.soft(outcome, caption).toMatchObject({ level: 2, refusals: [] });
  expect.soft((await program.report()).caption).toBe(caption);
  await bump(program, known);
}

function revisionOf(event: object): number {
  return "revision" in event && typeof event.revision === "number" ? event.revision : 0;
}
