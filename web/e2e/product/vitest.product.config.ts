//! Tests of the whole product: the real server, real compilers, a real browser. One file at a time: compilers and
//! browser would otherwise take each other's processor and turn every deadline into luck.

import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["tests/*.ts"],
    globalSetup: ["./setup.ts"],
    fileParallelism: false,
    pool: "forks",
    // A TinyGo build of the larger example takes a quarter of a minute, on a busy machine most of one.
    testTimeout: 900_000,
    hookTimeout: 300_000,
    teardownTimeout: 30_000,
    // A machine that stands still for a minute must not cost a whole run; what fails twice is a defect.
    retry: process.env.CI ? 1 : 0,
    reporters: ["verbose"],
  },
});
