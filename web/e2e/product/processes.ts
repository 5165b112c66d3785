//! Which processes live, read from /proc: a server must leave none behind.

import { readdirSync, readFileSync } from "node:fs";

export type Running = {
  readonly id: number;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  readonly command: string;
};

export function running(): Running[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const command = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
        const [state, parent, group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        // A zombie runs nothing any more; who has to reap it is another question.
        if (state === "Z") return [];
        return [
          { id: +name, parent: Number(parent), group: Number(group), session: Number(session), command },
        ];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
}

/** Everything that `id` has started, and what that has started. */
export function descendants(id: number): Running[] {
  const all = running();
  const found: Running[] = [];
  const next = [id];
  for (let parent = next.pop(); parent !== undefined; parent = next.pop()) {
    for (const child of all.filter((process) => process.parent === parent)) {
      found.push(child);
      next.push(child.id);
    }
  }
  return found;
}

/** Looks again and again until `look` finds something. For what gives no event. */
export async function eventually<Found>(
  what: string,
  look: () => Found | undefined | false,
  deadline = 30_000,
): Promise<Found> {
  const end = Date.now() + deadline;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > end) throw new Error(`not within ${deadline} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
