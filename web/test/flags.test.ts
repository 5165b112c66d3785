//! Buckets and values are those of the vectors that the crate `gray-release` writes.

import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { bundle } from "../build/bundle.mjs";
import { bucket, evaluate, type FlagClient, type FlagDocument, type FlagValue } from "../src/flags.js";

type BucketVector = { readonly salt: string; readonly id: string; readonly bucket: number };
type Evaluations = {
  readonly documents: readonly FlagDocument[];
  readonly clients: readonly (Omit<FlagClient, "id"> & { readonly id: string })[];
  readonly cases: readonly (readonly [number, string, number, FlagValue | null])[];
};

async function fixture<Content>(name: string): Promise<Content> {
  const text = await readFile(new URL(`../../gray-release/fixtures/${name}`, import.meta.url), "utf8");
  return JSON.parse(text) as Content;
}

function bytes(digits: string): Uint8Array {
  return Uint8Array.from(digits.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

test("buckets are those of the vectors", async () => {
  const vectors = await fixture<BucketVector[]>("buckets.json");
  expect(vectors.length).toBeGreaterThan(200);
  const ours = vectors.map(({ salt, id }) => ({ salt, id, bucket: bucket(salt, bytes(id)) }));
  expect(ours).toEqual(vectors);
});

test("values are those of the vectors", async () => {
  const { documents, clients, cases } = await fixture<Evaluations>("evaluations.json");
  expect(cases.length).toBeGreaterThan(300);
  for (const [number, flag, place, value] of cases) {
    const document = documents[number];
    const written = clients[place];
    if (!document || !written) throw new Error("the vectors name what is not in them");
    const client = { ...written, id: bytes(written.id) };
    const words = `${flag} for client ${place}`;
    if (typeof value === "boolean") expect(evaluate(document, flag, client, !value), words).toBe(value);
    else if (typeof value === "number") expect(evaluate(document, flag, client, 0.5), words).toBe(value);
    else expect(evaluate(document, flag, client, "fallback"), words).toBe(value ?? "fallback");
  }
});

describe("what the vectors cannot say", () => {
  const document = (percent: number): FlagDocument => ({
    revision: 1,
    flags: {
      limit: {
        type: "integer",
        default: 1,
        off: 0,
        killed: false,
        rules: [{ where: {}, percent, salt: "limit", value: 2 }],
      },
    },
  });
  const client: FlagClient = { id: new Uint8Array(), device: {}, program: "" };

  test("a flag of another type is not there", () => {
    expect(evaluate(document(100), "limit", client, "none")).toBe("none");
    expect(evaluate(document(100), "limit", client, true)).toBe(true);
    expect(evaluate(document(100), "limit", client, 7)).toBe(2);
  });

  test("every percentage has as many buckets as it says", () => {
    for (let hundredths = 0; hundredths <= 10_000; hundredths++) {
      // As Rust reads and writes it.
      const percent = Number(`${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, "0")}`);
      expect(Math.round(percent * 100)).toBe(hundredths);
    }
    const first = Array.from({ length: 50_000 }, (_, number) => new TextEncoder().encode(`${number}`)).find(
      (id) => bucket("limit", id) === 7,
    );
    if (!first) throw new Error("no client in that bucket");
    expect(evaluate(document(0.07), "limit", { ...client, id: first }, 0)).toBe(1);
    expect(evaluate(document(0.08), "limit", { ...client, id: first }, 0)).toBe(2);
  });

  test("pages that take only this file get less than a kilobyte", async () => {
    expect(gzipSync(await bundle("src/flags.ts", "esm"), { level: 9 }).length).toBeLessThanOrEqual(800);
  });
});
