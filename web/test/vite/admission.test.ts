//! Who may pass through Vite's server to a dev-server, and where the binary comes from.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { refusal } from "../../src/vite/admission.js";
import { findBinary } from "../../src/vite/binary.js";

const origin = (host: string) => ({ host, origin: `http://${host}` });

test.each<[Record<string, string>, boolean]>([
  [{ host: "localhost:5173" }, true],
  [origin("localhost:5173"), true],
  [origin("app.localhost:5173"), true],
  [origin("127.0.0.1:5173"), true],
  [origin("[::1]:5173"), true],
  [origin("192.168.1.4:5173"), true],
  [origin("dev.example:5173"), true],
  [origin("a.below.example"), true],
  [origin("below.example"), true],
  [origin("evil.example"), false],
  [origin("below.example.evil.test"), false],
  [origin("user@localhost"), false],
  [{}, false],
  [{ host: "localhost:5173", origin: "http://localhost:5174" }, false],
  [{ host: "localhost:5173", origin: "https://localhost:5173" }, false],
  [{ host: "localhost:5173", origin: "null" }, false],
  [{ host: "localhost:5173", "sec-fetch-site": "same-origin" }, true],
  [{ host: "localhost:5173", "sec-fetch-site": "none" }, true],
  [{ host: "localhost:5173", "sec-fetch-site": "same-site" }, false],
  [{ host: "localhost:5173", "sec-fetch-site": "cross-site" }, false],
  [{ host: "localhost:5173", upgrade: "websocket" }, false],
  [{ ...origin("localhost:5173"), upgrade: "websocket" }, true],
])("a request with %j may pass: %s", (headers, expected) => {
  const admission = { allowedHosts: ["dev.example", ".below.example"], isSecure: false };
  expect(refusal({ headers }, admission) === undefined).toBe(expected);
});

test("the binary is the one of the option, of the environment, or on PATH, in this order", () => {
  const root = mkdtempSync(join(tmpdir(), "dev-server-binary-"));
  try {
    for (const name of ["named", "set", "bin/dev-server", "later/dev-server"]) {
      const path = join(root, name);
      mkdirSync(join(path, ".."), { recursive: true });
      writeFileSync(path, "#!/bin/sh\n");
      chmodSync(path, 0o755);
    }
    const path = ["relative", join(root, "absent"), join(root, "bin"), join(root, "later")].join(":");
    expect(findBinary("named", root, { DEV_SERVER: join(root, "set"), PATH: path })).toBe(
      join(root, "named"),
    );
    expect(findBinary(undefined, root, { DEV_SERVER: join(root, "set"), PATH: path })).toBe(
      join(root, "set"),
    );
    expect(findBinary(undefined, root, { PATH: path })).toBe(join(root, "bin/dev-server"));
    expect(() => findBinary("absent", root, {})).toThrow(/which the option `binary` names, is no program/);
    chmodSync(join(root, "set"), 0o644);
    expect(() => findBinary(undefined, root, { DEV_SERVER: join(root, "set") })).toThrow(/DEV_SERVER names/);
    expect(() => findBinary(undefined, root, { PATH: "" })).toThrow(
      /was not found\nhint: put the binary on PATH/,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
