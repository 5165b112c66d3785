import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renewed, renewSourceSet } from "../src/assets.js";
import { duration } from "../src/badge.js";
import { splitAtColumn } from "../src/code-frame.js";
import { hashOfUrl } from "../src/page-boot.js";

const asset = { path: "/demo/a b.png", hash: "0123456789abcdef".repeat(4), mediaType: "image/png" };

beforeEach(() => {
  vi.stubGlobal("document", { baseURI: "http://127.0.0.1:7700/demo/" });
  vi.stubGlobal("location", { origin: "http://127.0.0.1:7700" });
});
afterEach(() => vi.unstubAllGlobals());

test.each([
  ["a.png", "a.png?dev-server=0123456789abcdef"],
  ["a.png?v=1", "a.png?v=1&dev-server=0123456789abcdef"],
  ["a.svg?dev-server=ffff&v=1#icon", "a.svg?v=1&dev-server=0123456789abcdef#icon"],
])("%s gets a fresh address", (address, expected) => {
  expect(renewed(address, asset)).toBe(expected);
});

test("only the asset's own candidates of a source set change", () => {
  const set = "a%20b.png 1x, other.png 2x, https://elsewhere.example/demo/a%20b.png 3x";
  expect(renewSourceSet(set, asset)).toBe(
    "a%20b.png?dev-server=0123456789abcdef 1x, other.png 2x, https://elsewhere.example/demo/a%20b.png 3x",
  );
  expect(renewSourceSet("other.png,more.png 2x", asset)).toBe("other.png,more.png 2x");
});

test.each([
  ["\tscore = three", 10, ["\tscore = ", "three", ""]],
  ['s := "größe" + x', 17, ['s := "größe" +', " x", ""]],
  ["call(a, b)", 5, ["call", "(", "a, b)"]],
  ["short", 99, ["short", "", ""]],
  ["unknown column", 0, ["unknown column", "", ""]],
])("%s at byte %i", (line, column, expected) => {
  expect(splitAtColumn(line, column)).toEqual(expected);
});

test.each([
  [`http://h/m/${"ab".repeat(32)}.wasm`, "ab".repeat(32)],
  [`http://h/m/${"ab".repeat(32)}.wasm?x`, "ab".repeat(32)],
  [`http://h/m/${"ab".repeat(32)}.js`, ""],
  ["http://h/demo/main.wasm", ""],
])("hash of %s", (url, hash) => {
  expect(hashOfUrl(url)).toBe(hash);
});

test("durations are short", () => {
  expect([duration(84.4), duration(999), duration(1250)]).toEqual(["84 ms", "999 ms", "1.3 s"]);
});
