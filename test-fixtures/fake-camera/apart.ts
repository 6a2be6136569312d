/** Fake cameras in a process of their own, so that what they cost is not counted as the cost of whoever watches them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { FakeCameras, FakeCamerasOptions } from './server.ts';

/** What can be asked of them from here, as they are asked in one process; every answer comes by IPC. */
export type Asked = Pick<FakeCameras, 'stats' | 'setFault' | 'setReports' | 'switchTo' | 'drop'>;
export type Options = Omit<FakeCamerasOptions, 'clock' | 'ids'>;

export type ToApart = { readonly start: Options } | { readonly id: number; readonly what: keyof Asked; readonly with: readonly unknown[] };
export type FromApart = { readonly urls: Readonly<Record<string, string>> } | { readonly id: number; readonly answer: unknown } | { readonly id: number | null; readonly failed: string };

export interface CamerasApart {
  readonly pid: number;
  /** With user and password in it. */
  url(path: string): string;
  ask<K extends keyof Asked>(what: K, ...args: Parameters<Asked[K]>): Promise<Awaited<ReturnType<Asked[K]>>>;
  close(): Promise<void>;
}

/** Resolves when viewers may come. Throws an Error with the child's words where it cannot start. They end with this process, however it ends. */
export async function startCamerasApart(options: Options): Promise<CamerasApart> {
  const child = fork(path.join(import.meta.dirname, 'apart-entry.ts'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] });
  const waiting = new Map<number, { resolve(answer: unknown): void; reject(error: Error): void }>();
  child.on('message', (message: FromApart) => {
    if (!('id' in message) || message.id === null) return;
    if ('failed' in message) waiting.get(message.id)?.reject(new Error(message.failed));
    else waiting.get(message.id)?.resolve(message.answer);
    waiting.delete(message.id);
  });
  child.once('exit', () => {
    for (const one of waiting.values()) one.reject(new Error('the process of the fake cameras ended'));
  });
  const urls = await begin(child, options);
  let asked = 0;
  return {
    pid: child.pid ?? 0,
    url: (camera) => {
      const url = urls[camera];
      if (url === undefined) throw new Error(`There is no fake camera ${camera}; there are ${Object.keys(urls).join(', ')}.`);
      return url;
    },
    ask: (what, ...args) => {
      const { promise, resolve, reject } = Promise.withResolvers<never>();
      if (!child.connected) return Promise.reject(new Error('the process of the fake cameras ended'));
      waiting.set(++asked, { resolve, reject });
      send(child, { id: asked, what, with: args });
      return promise;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      if (child.connected) child.disconnect();
      await gone;
    },
  };
}

async function begin(child: ChildProcess, options: Options): Promise<Readonly<Record<string, string>>> {
  const first = Promise.race([once(child, 'message').then(([message]) => message as FromApart), once(child, 'exit').then(() => ({ id: null, failed: 'the process of the fake cameras ended' }))]);
  send(child, { start: options });
  const said = await first;
  if ('urls' in said) return said.urls;
  child.kill();
  throw new Error('failed' in said ? said.failed : 'the fake cameras answered before they began');
}

const send = (child: ChildProcess, message: ToApart): void => void child.send(message);
