//! Builds the release module of a Go program with `dev-server build`.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Failure } from "./failure.js";
import type { ReportedDiagnostic } from "./server-event.js";

export type Release = { readonly module: Uint8Array; readonly glue: string; readonly compiler: string };

type Report = {
  readonly ok: boolean;
  readonly compiler: string;
  readonly diagnostics: readonly ReportedDiagnostic[];
  readonly programs: readonly { readonly diagnostics: readonly ReportedDiagnostic[] }[];
};

/** A report of a large program with many mistakes is far below this. */
const longestReport = 64 * 1024 * 1024;

/** Throws a `Failure` that shows what is wrong with the source. */
export async function buildRelease(
  binary: string,
  folder: string,
  flags: readonly string[],
): Promise<Release> {
  const parent = await mkdtemp(join(tmpdir(), "dev-server-vite-"));
  const out = join(parent, "release");
  try {
    const report = await run(binary, ["build", folder, "--release", "--json", "--out", out, ...flags]);
    if (!report.ok) throw failed(folder, report);
    const module = new Uint8Array(await readFile(join(out, "main.wasm")));
    const glue = await readFile(join(out, "wasm_exec.js"), "utf8");
    return { module, glue, compiler: report.compiler };
  } finally {
    await rm(parent, { recursive: true, force: true });
  }
}

async function run(binary: string, words: readonly string[]): Promise<Report> {
  try {
    const { stdout } = await promisify(execFile)(binary, [...words], { maxBuffer: longestReport });
    return JSON.parse(stdout) as Report;
  } catch (error) {
    const { stdout = "", stderr = "", message } = error as Error & { stdout?: string; stderr?: string };
    // A program that cannot be built is reported in the same way, with another exit status.
    if (stdout.startsWith("{")) return JSON.parse(stdout) as Report;
    throw new Failure(stderr.trim() || message, "run `dev-server doctor` to see what is missing");
  }
}

function failed(folder: string, { diagnostics, programs }: Report): Failure {
  const all = [...diagnostics, ...programs.flatMap((program) => program.diagnostics)];
  const errors = all.filter(({ severity }) => severity === "error");
  const hint = errors.find((error) => error.hint)?.hint ?? "correct these, and build again";
  return new Failure(
    [`the Go program in ${folder} cannot be built`, ...errors.map(diagnosticLine)].join("\n"),
    hint,
  );
}

export function diagnosticLine({ file, line, column, message }: ReportedDiagnostic): string {
  return file === "" ? message : `${file}:${line}:${column}: ${message}`;
}
