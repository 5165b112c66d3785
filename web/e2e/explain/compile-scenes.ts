//! What browsers refuse to compile, or do not even get.

import type { Play, Scene } from "./scene.js";

const compile: Play = async (modules, notes) => {
  notes.doing = "compile";
  notes.module = modules.it as Uint8Array<ArrayBuffer>;
  await WebAssembly.compile(notes.module);
};
const text = (words: string): readonly number[] => [...new TextEncoder().encode(words)];
const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** A module with one function `() -> ()` of this body. */
const withBody = (...body: readonly number[]): readonly number[] => [
  ...head,
  ...[1, 4, 1, 0x60, 0, 0],
  ...[3, 2, 1, 0],
  ...[10, body.length + 4, 1, body.length + 2, 0, ...body, 0x0b],
];

export const compileScenes: readonly Scene[] = [
  { code: "compile/not-wasm", bytes: { it: text("package main\n\nfunc main() {}\n") }, play: compile },
  { code: "compile/html", bytes: { it: text("<!doctype html><title>404</title>") }, play: compile },
  {
    code: "compile/html",
    variant: "without a doctype",
    bytes: { it: text("\n<html></html>") },
    play: compile,
  },
  { code: "compile/empty", bytes: { it: [] }, play: compile },
  { code: "compile/truncated", variant: "in the head", bytes: { it: head.slice(0, 6) }, play: compile },
  {
    code: "compile/truncated",
    variant: "in a section",
    bytes: { it: withBody(0x41, 1, 0x1a).slice(0, -6) },
    play: compile,
  },
  {
    code: "compile/truncated",
    variant: "after a section",
    bytes: { it: withBody().slice(0, 18) },
    play: compile,
  },
  {
    code: "compile/component",
    bytes: { it: [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0] },
    play: compile,
  },
  { code: "compile/version", bytes: { it: [0, 0x61, 0x73, 0x6d, 2, 0, 0, 0] }, play: compile },
  { code: "compile/invalid", bytes: { it: withBody(0x41, 1) }, play: compile },
  { code: "compile/feature", bytes: { it: withBody(0xfc, 0x7f) }, play: compile },
  { code: "compile/feature", variant: "of one byte", bytes: { it: withBody(0xff) }, play: compile },
  {
    code: "compile/too-large",
    not: "firefox",
    play: (_, notes) => {
      notes.doing = "compile";
      // One custom section, which is larger than what Chrome compiles while its main thread waits.
      const size = 9 * 1024 * 1024;
      const bytes = new Uint8Array(8 + 6 + size);
      bytes.set([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0]);
      for (let at = 9, left = size + 1; at < 13; at += 1, left >>>= 7)
        bytes[at] = (left & 0x7f) | (at < 12 ? 0x80 : 0);
      return new WebAssembly.Module(bytes);
    },
  },
  { code: "compile/policy", page: "/policy", bytes: { it: head }, play: compile },
  {
    code: "compile/not-bytes",
    play: async (_, notes) => {
      notes.doing = "instantiate";
      await WebAssembly.instantiate(fetch("/module.wasm") as unknown as BufferSource, {});
    },
  },
  {
    code: "fetch/media-type",
    play: async (_, notes) => {
      notes.doing = "compile";
      await WebAssembly.compileStreaming(fetch("/as-text.wasm"));
    },
  },
  {
    code: "fetch/status",
    play: async (_, notes) => {
      notes.doing = "compile";
      await WebAssembly.compileStreaming(fetch("/none.wasm"));
    },
  },
  {
    code: "fetch/network",
    play: async (_, notes) => {
      notes.doing = "compile";
      await WebAssembly.compileStreaming(fetch("http://127.0.0.1:1/main.wasm"));
    },
  },
];
