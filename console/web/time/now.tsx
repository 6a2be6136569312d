/** One clock tick a second for the whole page, and the two ways a moment is shown. */
import { memo, useSyncExternalStore } from 'react';
import { useWords } from '../i18n/language.ts';
import { useStore } from '../live/store.ts';
import { site } from '../live/session.ts';
import { agoText, clockTime, momentText } from './format.ts';

const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) nowMs = Date.now();
  timer ??= window.setInterval(() => {
    nowMs = Date.now();
    for (const tell of listeners) tell();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** Renders again only when what `read` makes of the moment changes, so a row that says "3 min" renders once a minute. */
export function useNow<T extends string | number | boolean>(read: (nowMs: number) => T): T {
  return useSyncExternalStore(subscribe, () => read(nowMs));
}

export const Ago = memo(function Ago({ atMs }: { atMs: number }) {
  const words = useWords();
  const timeZone = useStore(site, (now) => now.timeZone);
  const text = useNow((now) => agoText(atMs, Math.max(now, atMs), words));
  return (
    <time className="num" dateTime={new Date(atMs).toISOString()} title={clockTime(atMs, timeZone)}>
      {text}
    </time>
  );
});

export const Moment = memo(function Moment({ atMs }: { atMs: number }) {
  const timeZone = useStore(site, (now) => now.timeZone);
  const text = useNow((now) => momentText(atMs, now, timeZone));
  return (
    <time className="num" dateTime={new Date(atMs).toISOString()}>
      {text}
    </time>
  );
});
