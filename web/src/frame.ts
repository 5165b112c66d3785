//! When the change was to be seen.

/** A tab that draws does so far sooner; one that does not (hidden, or covered) must not keep the server waiting. */
const longestWait = 1_000;

/** Resolves after the next frame is drawn, with the time in microseconds since the Unix epoch. */
export function firstFrame(): Promise<number> {
  return new Promise((resolve) => {
    let settled = false;
    const settle = () => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      resolve((performance.timeOrigin + performance.now()) * 1000);
    };
    const afterTask = () => {
      // The callback of a frame runs before it is drawn; the task after it runs when it is.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        settle();
      };
      port2.postMessage(undefined);
    };
    const timer = setTimeout(settle, longestWait);
    if (document.hidden) afterTask();
    else requestAnimationFrame(afterTask);
  });
}
