//! Who a page is for flags.

import { expect, test } from "vitest";
import { deviceOf, identify, type Keeper } from "../src/identity.js";

const agents: [string, string, number, string, boolean][] = [
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "firefox", 128, "linux", false],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "chrome",
    131,
    "windows",
    false,
  ],
  [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/131.0.0.0 Safari/537.36",
    "chrome",
    131,
    "linux",
    false,
  ],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
    "edge",
    131,
    "windows",
    false,
  ],
  [
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36",
    "chrome",
    130,
    "android",
    true,
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "safari",
    17,
    "macos",
    false,
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "safari",
    17,
    "ios",
    true,
  ],
  ["something else", "", 0, "", false],
];

test.each(agents)("%s", (userAgent, browser, browserVersion, platform, mobile) => {
  const device = deviceOf({ userAgent, hardwareConcurrency: 8, deviceMemory: 0.5 });
  expect(device).toEqual({ browser, browserVersion, cores: 8, memoryMib: 512, platform, mobile });
});

test("a browser is the same client at each visit", () => {
  const kept = new Map<string, string>();
  const keeper: Keeper = {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => kept.set(key, value),
  };
  const id = (open: () => Keeper) => identify(open, { userAgent: "" }).clientId;
  const first = id(() => keeper);
  expect(first.length).toBe(16);
  expect(id(() => keeper)).toEqual(first);
  const off = () => {
    throw new DOMException("denied", "SecurityError");
  };
  expect(id(off).length).toBe(16);
  expect(id(off)).not.toEqual(id(off));
  for (const key of kept.keys()) kept.set(key, "not ours");
  expect(id(() => keeper).length).toBe(16);
});
