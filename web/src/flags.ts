//! What a flag is for a client, as the crate `gray-release` says it. Pure and without imports: pages take only this file.

export type FlagValue = boolean | number | string;

/** Which clients a rule is about; all that is there must hold, and what the client does not say does not hold. */
export type FlagCondition = {
  readonly browser?: readonly string[];
  /** Any of these ranges, borders included. */
  readonly version?: readonly { readonly from?: number; readonly to?: number }[];
  readonly cores?: number;
  /** At least so many MiB. */
  readonly memory?: number;
  readonly platform?: readonly string[];
  readonly mobile?: boolean;
  readonly custom?: Readonly<Record<string, string>>;
  readonly program?: readonly string[];
};

export type FlagRule = {
  readonly where: FlagCondition;
  /** From 0 to 100, with two decimals at most. */
  readonly percent: number;
  readonly salt: string;
  readonly value: FlagValue;
};

export type Flag = {
  readonly type: "bool" | "integer" | "string";
  readonly default: FlagValue;
  /** While it is killed. */
  readonly off: FlagValue;
  readonly killed: boolean;
  readonly rules: readonly FlagRule[];
};

/** As the server writes it, which has checked it. */
export type FlagDocument = {
  readonly revision: number;
  readonly flags: Readonly<Record<string, Flag>>;
};

/** Names in lower case, as rules have them. */
export type Device = {
  readonly browser?: string;
  readonly version?: number;
  readonly cores?: number;
  readonly memory?: number;
  readonly platform?: string;
  readonly mobile?: boolean;
  readonly custom?: Readonly<Record<string, string>>;
};

export type FlagClient = {
  /** At most 64 bytes that the client made and keeps. */
  readonly id: Uint8Array;
  readonly device: Device;
  readonly program: string;
};

/** The value of a flag; `fallback` where there is none of that name and of the type of `fallback`. */
export function evaluate(
  document: FlagDocument,
  name: string,
  client: FlagClient,
  fallback: boolean,
): boolean;
export function evaluate(document: FlagDocument, name: string, client: FlagClient, fallback: number): number;
export function evaluate(document: FlagDocument, name: string, client: FlagClient, fallback: string): string;
export function evaluate(
  document: FlagDocument,
  name: string,
  client: FlagClient,
  fallback: FlagValue,
): FlagValue {
  // A name may be one that every object has, such as `constructor`.
  const flag = Object.hasOwn(document.flags, name) ? document.flags[name] : undefined;
  if (flag === undefined) return fallback;
  const rule = flag.killed ? undefined : flag.rules.find((rule) => catches(rule, client));
  const value = flag.killed ? flag.off : rule ? rule.value : flag.default;
  return typeof value === typeof fallback ? value : fallback;
}

function catches({ where, percent, salt }: FlagRule, client: FlagClient): boolean {
  // Rounded, since 0.07 * 100 is a little more than 7.
  return holds(where, client) && bucket(salt, client.id) < Math.round(percent * 100);
}

function holds(where: FlagCondition, { device, program }: FlagClient): boolean {
  const { version } = device;
  return (
    isOneOf(where.browser, device.browser) &&
    (!where.version ||
      (version !== undefined &&
        where.version.some(({ from = 0, to = version }) => from <= version && version <= to))) &&
    isAtLeast(where.cores, device.cores) &&
    isAtLeast(where.memory, device.memory) &&
    isOneOf(where.platform, device.platform) &&
    (where.mobile === undefined || where.mobile === device.mobile) &&
    Object.entries(where.custom ?? {}).every(
      ([key, value]) => device.custom && Object.hasOwn(device.custom, key) && device.custom[key] === value,
    ) &&
    isOneOf(where.program, program)
  );
}

function isOneOf(wanted: readonly string[] | undefined, found: string | undefined): boolean {
  return !wanted || (found !== undefined && wanted.includes(found));
}

function isAtLeast(least = 0, found = 0): boolean {
  return found >= least;
}

/**
 * The bucket of a client, from 0 to 9999: MurmurHash3_x86_32 of the id, seeded with that of the salt. Why this one, is told
 * in `gray-release/src/bucket.rs`.
 */
export function bucket(salt: string, id: Uint8Array): number {
  const hash = murmur(murmur(0, new TextEncoder().encode(salt)), id);
  // Below 2^53, and divided by a power of two: exact.
  return Math.floor((hash * 10_000) / 2 ** 32);
}

function murmur(seed: number, bytes: Uint8Array): number {
  let hash = seed;
  for (let at = 0; at < bytes.length; at += 4) {
    // Behind the end are zeros.
    const byte = (offset: number) => (bytes[at + offset] ?? 0) << (8 * offset);
    const word = Math.imul(byte(0) | byte(1) | byte(2) | byte(3), 0xcc9e2d51);
    hash ^= Math.imul((word << 15) | (word >>> 17), 0x1b873593);
    if (at + 4 <= bytes.length) hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64;
  }
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
