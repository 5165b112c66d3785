//! The close codes are those of the list that the Rust side writes.

import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { closeCodes, closeReason, reconnects } from "../src/close-code.js";

test("named codes, their sentences and their policy are those of the server", async () => {
  const list = await readFile(new URL("../../proto/fixtures/close-codes.bin", import.meta.url), "utf8");
  const ours = Object.values(closeCodes)
    .map(({ code, reason }) => `${code} ${reconnects(code) ? "reconnect" : "stay-away"} ${reason}\n`)
    .join("");
  expect(ours).toBe(list);
});

test("the range decides about a code that this client does not know", () => {
  expect([4499, 4500, 4999].map(reconnects)).toEqual([false, true, true]);
  expect([1000, 1001, 1006, 1011, 1012].every(reconnects)).toBe(true);
  expect([1002, 1003, 1007, 1008, 1009, 1010].some(reconnects)).toBe(false);
});

test("a code without a reason is explained", () => {
  expect(closeReason(4002)).toBe(closeCodes.tokenReplaced.reason);
  expect(closeReason(4444)).toBe("code 4444");
});
