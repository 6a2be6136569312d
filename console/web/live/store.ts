/** The smallest store React can watch: one immutable value, replaced whole; listeners hear of every replacement. */
import { useEffect, useState, useSyncExternalStore } from 'react';

export interface Store<T> {
  get(): T;
  set(next: T): void;
  update(change: (now: T) => T): void;
  subscribe(listener: () => void): () => void;
}

export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of listeners) listener();
  };
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/** `select` must give the same object for the same value (a field, not a fresh array), or React renders for ever. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/** The whole value, at most once in `everyMs`: for what is dear to draw and need not be told of every alert in a storm. */
export function useStoreEvery<T>(store: Store<T>, everyMs: number): T {
  const [value, setValue] = useState(store.get);
  useEffect(() => {
    let timer = 0;
    const look = (): void => {
      timer = 0;
      setValue(() => store.get());
    };
    look();
    const stop = store.subscribe(() => void (timer ||= window.setTimeout(look, everyMs)));
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [store, everyMs]);
  return value;
}
