//! Values on their way into a module and out of it, with a real module.

import { expect, test, vi } from "vitest";
import wabt from "wabt";
import { type Crossing, callAcross, type Signature } from "../../src/go-module/crossing.js";

const { parseWat } = await wabt();
const text = `(module
  (memory (export "memory") 1)
  (global $next (mut i32) (i32.const 1024))
  (global $held (mut i32) (i32.const 0))
  (func (export "malloc") (param i32) (result i32)
    (global.set $held (i32.add (global.get $held) (i32.const 1)))
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get 0))))
  (func (export "free") (param i32) (global.set $held (i32.sub (global.get $held) (i32.const 1))))
  (func (export "held") (result i32) (global.get $held))
  (func (export "same32") (param i32) (result i32) (local.get 0))
  (func (export "same64") (param i64) (result i64) (local.get 0))
  (func (export "half") (param f64) (result f64) (f64.div (local.get 0) (f64.const 2)))
  (func (export "nothing"))
  (func (export "falls") (param i32 i32) unreachable)
  (func (export "lastOfSecond") (param $a i32) (param $b i32) (param $c i32) (param $d i32) (result i32)
    (i32.load8_u (i32.sub (i32.add (local.get $c) (local.get $d)) (i32.const 1)))))`;

const { exports } = new WebAssembly.Instance(
  new WebAssembly.Module(parseWat("t.wat", text).toBinary({}).buffer.slice()),
);
const across = (name: string, signature: Signature, ...given: unknown[]) =>
  callAcross(exports, name, signature, given, (entry, passed) => entry(...passed));

test.each<[string, Crossing, unknown, Crossing, unknown]>([
  ["same32", "bool", true, "bool", true],
  ["same32", "bool", "", "bool", false],
  ["same32", "int32", -1, "int32", -1],
  ["same32", "int32", -1, "uint32", 4294967295],
  ["same32", "uint32", 4294967295, "int32", -1],
  ["same32", "int32", 200, "int8", -56],
  ["same32", "int32", 40000, "int16", -25536],
  ["same32", "int32", -1, "uint8", 255],
  ["same32", "int32", -1, "uint16", 65535],
  ["same32", "int32", 256, "bool", false],
  ["same64", "int64", -1n, "int64", -1n],
  ["same64", "int64", -1n, "uint64", 18446744073709551615n],
  ["half", "float", 5, "float", 2.5],
])("%s: %s %s comes back as %s %s", (name, parameter, given, result, expected) => {
  expect(across(name, [[parameter], result], given)).toBe(expected);
});

test("texts lie in the memory of the program for as long as a call takes", () => {
  expect(across("lastOfSecond", [["string", "string"], "uint8"], "first", "zweiteß")).toBe(0x9f);
  expect(across("held", [[], "int32"])).toBe(0);
  expect(across("nothing", [[], "nothing"])).toBeUndefined();
  expect(() => across("falls", [["string"], "nothing"], "text")).toThrow(WebAssembly.RuntimeError);
});

test("a value that cannot be passed is no downfall of the program", () => {
  const fell = vi.fn();
  const call = (name: string, signature: Signature, given: unknown) =>
    callAcross(exports, name, signature, [given], (entry, passed) => {
      try {
        return entry(...passed);
      } catch (error) {
        fell(error);
        throw error;
      }
    });
  expect(() => call("same32", [["int32"], "int32"], 1n)).toThrow(TypeError);
  expect(() => call("same64", [["int64"], "int64"], 1)).toThrow(TypeError);
  expect(fell).not.toHaveBeenCalled();
  expect(() => call("falls", [["int32"], "nothing"], 1)).toThrow(WebAssembly.RuntimeError);
  expect(fell).toHaveBeenCalledOnce();
});

test("what cannot be called says why", () => {
  expect(() => across("absent", [[], "nothing"])).toThrow("the Go program that runs does not export absent");
  expect(() => across("half", [["float"], "float"])).toThrow("half takes 1 argument, and was given 0");
  const { malloc: _, ...ofGo } = exports;
  expect(() =>
    callAcross(ofGo, "falls", [["string"], "nothing"], ["text"], (entry, given) => entry(...given)),
  ).toThrow(/falls: only programs of TinyGo take texts; pass this one through syscall\/js/);
});
