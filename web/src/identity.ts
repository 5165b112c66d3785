//! Who this page is for flags: an id that the browser keeps, and what it runs on.

import { fromHexadecimal, toHexadecimal } from "./hexadecimal.js";
import type { Device, Identity } from "./messages.js";

const key = "dev-server.client";

/** The part of a browser's `Storage` that is used. */
export type Keeper = Pick<Storage, "getItem" | "setItem">;

/** What of `navigator` tells something. */
export type Surroundings = {
  readonly userAgent: string;
  readonly hardwareConcurrency?: number;
  /** GiB, rounded; not everywhere. */
  readonly deviceMemory?: number;
};

/** All tabs of a browser are one client. One that keeps nothing is another at each visit. */
export function identify(open: () => Keeper, surroundings: Surroundings): Identity {
  let clientId: Uint8Array = crypto.getRandomValues(new Uint8Array(16));
  try {
    const keeper = open();
    const kept = keeper.getItem(key);
    if (kept) clientId = fromHexadecimal(kept);
    else keeper.setItem(key, toHexadecimal(clientId));
  } catch {
    // Storage is off or full, or a page has written something else there.
  }
  return { clientId: clientId.slice(0, 64), device: deviceOf(surroundings) };
}

/** Of several that a user agent names, the first here is what it is: the others are for the sake of old sites. */
const browsers = {
  edge: "Edg",
  opera: "OPR",
  samsung: "SamsungBrowser",
  firefox: "Firefox",
  chrome: "Chrome",
  safari: "Version",
};
const platforms = {
  android: "Android",
  ios: "iP[ha]",
  windows: "Windows",
  macos: "Mac",
  chromeos: "CrOS",
  linux: "Linux",
};

export function deviceOf({ userAgent, hardwareConcurrency = 0, deviceMemory = 0 }: Surroundings): Device {
  const first = (names: Record<string, string>, more: string) =>
    Object.entries(names)
      .map(([name, mark]) => [name, userAgent.match(mark + more)] as const)
      .find(([, found]) => found);
  const [browser = "", version] = first(browsers, "\\w*/(\\d+)") ?? [];
  const [platform = ""] = first(platforms, "") ?? [];
  return {
    browser,
    browserVersion: Number(version?.[1] ?? 0),
    cores: hardwareConcurrency,
    memoryMib: deviceMemory * 1024,
    platform,
    mobile: /Mobi|Android|iP[ha]/.test(userAgent),
  };
}
