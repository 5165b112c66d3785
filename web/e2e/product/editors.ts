//! How editors write a file, call by call, as strace shows it.

import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Saves, and says what came between two writes of the file, when there are two. */
export type Save = (path: string, text: string) => Pause;

/** How long a file was flushed to the disk, and then closed, before it was written again, in milliseconds. */
export interface Pause {
  readonly flushed: number;
  readonly closed: number;
}

const none: Pause = { flushed: 0, closed: 0 };

export const saves: Record<string, Save> = {
  /** Tries whether it may write here, moves the old file aside, writes a new one, drops the old one. */
  vim(path, text) {
    const probe = join(dirname(path), "4913");
    writeFileSync(probe, "");
    unlinkSync(probe);
    const backup = `${path}~`;
    renameSync(path, backup);
    writeSlowly(path, text);
    rmSync(backup);
    return none;
  },
  /** Empties the file and writes it, then writes it once more after formatting. */
  code(path, text) {
    const first = writeSlowly(path, text);
    const second = writeSlowly(path, text);
    return { flushed: first.closed - first.written, closed: second.opened - first.closed };
  },
  /** Writes beside it, moves the old file aside and the new one to its place. */
  jetbrains(path, text) {
    const [fresh, old] = [`${path}___jb_tmp___`, `${path}___jb_old___`];
    writeSlowly(fresh, text);
    renameSync(path, old);
    renameSync(fresh, path);
    rmSync(old);
    return none;
  },
  /** Writes beside it and moves that over the old one. */
  helix(path, text) {
    const fresh = join(dirname(path), ".main.go.bck");
    writeSlowly(fresh, text);
    renameSync(fresh, path);
    if (existsSync(fresh)) rmSync(fresh);
    return none;
  },
};

interface Moments {
  readonly opened: number;
  readonly written: number;
  readonly closed: number;
}

/** An empty file first, then the text in two pieces. */
function writeSlowly(path: string, text: string): Moments {
  const file = openSync(path, "w");
  const opened = performance.now();
  const half = Math.floor(text.length / 2);
  writeSync(file, text.slice(0, half));
  writeSync(file, text.slice(half));
  const written = performance.now();
  fsyncSync(file);
  const closed = performance.now();
  closeSync(file);
  return { opened, written, closed };
}
