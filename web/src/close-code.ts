//! Close codes of the socket and what a client does about each: mirror of `proto/src/close_code.rs`.

/** Codes of this protocol. The range says the policy, so that an older client is right about a newer code. */
export const closeCodes = {
  /** 4000 to 4499: coming back would end the same way. */
  terminal: { first: 4000, last: 4499 },
  /** 4500 to 4999: something passed; come back. */
  reconnect: { first: 4500, last: 4999 },
} as const;

/**
 * Whether to connect again. Of the standard codes only those that speak of a mistake of this client are final:
 * 1002 (protocol), 1003 (unsupported data), 1007 (bad text), 1008 (policy), 1009 (too big), 1010 (extension).
 */
export function reconnects(code: number): boolean {
  if (code >= closeCodes.terminal.first && code <= closeCodes.terminal.last) return false;
  return ![1002, 1003, 1007, 1008, 1009, 1010].includes(code);
}
