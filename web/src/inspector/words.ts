//! Numbers and levels as a person reads them.

/** By the number that events have. */
export const levelWords = ["nothing to do", "asset swap", "hot patch", "module swap", "page reload"] as const;

export function levelOf(level: number | undefined): string {
  return (level === undefined ? undefined : levelWords[level]) ?? "";
}

/** With three digits where there are as many, so that numbers below each other can be compared. */
export function milliseconds(ms: number): string {
  if (ms >= 9995) return `${(ms / 1000).toFixed(1)} s`;
  if (ms >= 999.5) return `${(ms / 1000).toFixed(2)} s`;
  return ms >= 9.995 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}

export function bytes(count: number): string {
  if (count >= 1 << 20) return `${(count / (1 << 20)).toFixed(1)} MiB`;
  if (count >= 1024) return `${(count / 1024).toFixed(1)} KiB`;
  return `${count} B`;
}

export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}

/** What stands for a hash where there is no room for it. */
export function short(hash: string): string {
  return hash.slice(0, 8);
}

export function clock(at: number): string {
  const time = new Date(at);
  const two = (part: number) => String(part).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** What a save comes to, in a word or two. */
export function outcome(save: { standing: string; level: number | undefined; verdict: string }): string {
  if (save.level !== undefined) return levelOf(save.level);
  switch (save.standing) {
    case "building":
      return "building";
    case "failed":
      return "failed";
    case "cancelled":
      return "overtaken";
    case "nothing":
      return "no change";
    case "public":
      return "built";
    default:
      return save.verdict || "saved";
  }
}
