//! Why the server ends a connection, and whether the client comes back: mirror of `proto/src/close_code.rs`.

/** The range says the policy, so that an older client is right about a newer code. */
const firstThatReconnects = 4500;

type CloseCode = { readonly code: number; readonly reason: string };

export const closeCodes = {
  /** The first message was not a Hello. */
  helloExpected: { code: 4000, reason: "the first message must be a Hello" },
  /** The client speaks a version of the protocol that the server does not. */
  unsupportedVersion: { code: 4001, reason: "protocol version not supported: reload the page" },
  /** The token was replaced while the connection was open. */
  tokenReplaced: { code: 4002, reason: "the token was replaced: open the new address" },
  /** Text instead of binary, or a message over the size limit. */
  badMessage: { code: 4003, reason: "only binary messages of limited size are taken" },
  /** No Hello came in time. */
  helloTimeout: { code: 4500, reason: "no Hello came in time" },
  /** The server is going to restart. */
  restart: { code: 4501, reason: "the server restarts" },
  /** The client did not read for too long. */
  tooSlow: { code: 4502, reason: "the client did not read for too long" },
} as const satisfies Record<string, CloseCode>;

/**
 * Whether to connect again. Of the standard codes only those that speak of a mistake of this client are final:
 * 1002 (protocol), 1003 (unsupported data), 1007 (bad text), 1008 (policy), 1009 (too big), 1010 (extension).
 */
export function reconnects(code: number): boolean {
  if (code >= 4000) return code >= firstThatReconnects;
  return ![1002, 1003, 1007, 1008, 1009, 1010].includes(code);
}

/** What a close frame without a reason of its own means. */
export function closeReason(code: number): string {
  const known: readonly CloseCode[] = Object.values(closeCodes);
  return known.find((entry) => entry.code === code)?.reason ?? `code ${code}`;
}
