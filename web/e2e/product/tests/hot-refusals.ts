//! Edits that no patch can bring to a running program: the reason is said, a fresh instance takes over what was
//! counted, and the next edits are patches again.

import { describe, expect, test } from "vitest";
import { counts, refusals, refuse } from "../hot/refusals.js";
import { Stage } from "../hot/stage.js";
import { browsers } from "../places.js";

describe.each(browsers)("in %s", (browser) => {
  const stage = new Stage(browser);

  test.each(refusals)("$name", async (one) => {
    await refuse(await stage.program(), one);
  });

  test("closures with other captures keep their code, and it is said", async () => {
    const program = await stage.program();
    const instance = await counts(program);
    const texts = new Map([["main.go", program.project.read("main.go")]]);
    const clicks = Number(/\d+$/.exec(String(await program.tab.evaluate("hot.click()")))?.[0]);
    const there = await program.save([
      ["main.go", "\tclicks := 0\n", "\tclicks, more := 0, 5\n"],
      ["main.go", "clicks++", "clicks += more\n\t\tmore++"],
    ]);
    expect.soft(there).toMatchObject({
      level: 2,
      refusals: [],
      notes: ["closures of main.listen$1 that were made before keep their old code"],
    });
    await program.expect("hot.click()", `clicked ${clicks + 1}`);
    await counts(program, { is: instance });
    expect.soft(await program.write(texts)).toMatchObject({ level: 2, refusals: [], notes: [] });
    await program.expect("hot.click()", `clicked ${clicks + 2}`);
    await counts(program, { is: instance });
  });

  test("a function of the page that the page does not have: the program runs on", async () => {
    const program = await stage.program();
    const { log } = program.server;
    const instance = await counts(program);
    const report = await program.report();
    const good = program.project.read("report.go");
    const after = log.mark();
    program.project.write(
      "report.go",
      good
        .replace('return "-"', "return digits(int(absent(1)))")
        .replace("func extra()", "//go:wasmimport page absent\nfunc absent(n int32) int32\n\nfunc extra()"),
    );
    const failed = await log.waitFor("build", ({ status }) => status === "failed", { after });
    const said = failed.diagnostics.map(({ message }) => message).join("\n");
    expect.soft(said).toContain("page.absent");
    expect.soft(await program.report()).toEqual(report);
    await counts(program, { is: instance });
    expect.soft(log.all("release", after)).toEqual([]);

    const edited = good.replace('const caption = "hot"', 'const caption = "mended"');
    const mended = await program.write(new Map([["report.go", edited]]));
    expect.soft(mended).toMatchObject({ level: 2, functions: ["main.report"], refusals: [] });
    expect.soft(await program.report()).toEqual({ ...report, caption: "mended" });
    await program.write(new Map([["report.go", good]]));
    await counts(program, { is: instance });
    expect.soft(program.tab.errors).toEqual([]);
  });
});
