//! Which rows of a long list are there: those that are seen, and some around them.

export type Viewport = {
  readonly scrollTop: number;
  readonly height: number;
  readonly rowHeight: number;
  readonly count: number;
};

/** Rows above and below: what a turn of the wheel brings in before the next frame. */
const around = 6;

/** The first row that is there, and the one after the last. */
export function windowOf({ scrollTop, height, rowHeight, count }: Viewport): readonly [number, number] {
  const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - around;
  const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + around;
  const end = Math.min(count, Math.max(0, last));
  return [Math.max(0, Math.min(first, end)), end];
}

/** How far to scroll so that all of a row is seen; nothing when it is. */
export function scrollTo(row: number, { scrollTop, height, rowHeight }: Viewport): number {
  const [top, bottom] = [row * rowHeight, (row + 1) * rowHeight];
  if (top < scrollTop) return top;
  return bottom > scrollTop + height ? bottom - height : scrollTop;
}
