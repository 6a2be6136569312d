/** Gathers what arrives and hands it on once per animation frame: under a storm the page still renders at the screen's pace. */

/** A hidden page gets no animation frames; its list must still not grow without end. */
const HIDDEN_BATCH_MS = 500;

export interface FrameBatch<T> {
  add(item: T): void;
  close(): void;
}

export function createFrameBatch<T>(hand: (items: readonly T[]) => void): FrameBatch<T> {
  let waiting: T[] = [];
  let frame = 0;
  let timer = 0;

  const flush = (): void => {
    cancelAnimationFrame(frame);
    window.clearTimeout(timer);
    frame = timer = 0;
    const items = waiting;
    waiting = [];
    if (items.length > 0) hand(items);
  };
  return {
    add: (item) => {
      waiting.push(item);
      if (waiting.length > 1) return;
      frame = requestAnimationFrame(flush);
      timer = window.setTimeout(flush, HIDDEN_BATCH_MS);
    },
    close: () => {
      waiting = [];
      flush();
    },
  };
}
