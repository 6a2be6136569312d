/** One process per data folder: a file that names its holder, taken over when that holder is no more. */
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import net from 'node:net';
import path from 'node:path';
import { GridwardenError } from '../platform/errors.ts';

interface Holder {
  readonly pid: number;
  /** Boot and start time of the process: a pid alone comes back after a restart (in a container it is always the same). */
  readonly life: string;
}

export interface FolderLock {
  /** Idempotent; a lock that somebody else holds by now stays theirs. */
  release(): Promise<void>;
}

let taken = 0;

/** Throws STORE_IN_USE while the process that holds `dir` lives. A lock left by kill -9 is taken over, by one of those who try. */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const file = path.join(dir, 'in-use.json');
  const mine = JSON.stringify({ pid: process.pid, life: await lifeOf(process.pid), nth: ++taken });
  const turn = await takeTurn(dir);
  try {
    const holder = holderIn(await contentOf(file));
    if (holder && (await lifeOf(holder.pid)) === holder.life) throw new GridwardenError('STORE_IN_USE', { dir, pid: holder.pid });
    await writeFile(`${file}.part`, mine, { mode: 0o600 });
    await rename(`${file}.part`, file);
  } finally {
    await turn.end();
  }
  return {
    release: async () => {
      if ((await contentOf(file)) === mine) await rm(file, { force: true });
    },
  };
}

/**
 * Looking at the file and replacing it must be one step: two that find the same dead holder would both take over. So whoever looks
 * holds a socket in Linux's abstract namespace meanwhile (unix(7)), which the kernel frees when the process dies.
 */
async function takeTurn(dir: string): Promise<{ end(): Promise<void> }> {
  const { dev, ino } = await stat(dir);
  const name = `\0gridwarden-folder-${dev}-${ino}`;
  for (;;) {
    const waiting = new Set<net.Socket>();
    const server = net.createServer((socket) => void waiting.add(socket.on('error', () => undefined)));
    if (await listens(server, name)) return { end: () => endTurn(server, waiting) };
    await turnEnded(name);
  }
}

function listens(server: net.Server, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('listening', () => resolve(true));
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(name);
  });
}

function endTurn(server: net.Server, waiting: Iterable<net.Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of waiting) socket.destroy();
  });
}

/** Resolves when the one whose turn it is has ended it, or died. */
function turnEnded(name: string): Promise<void> {
  return new Promise((resolve) => {
    const waiting = net.connect(name);
    waiting.on('error', () => undefined);
    waiting.once('close', () => resolve());
  });
}

/** What tells this life of the process from any other that has the same number; null when there is no such process. */
async function lifeOf(pid: number): Promise<string | null> {
  const status = await contentOf(`/proc/${pid}/stat`);
  if (status === null) return null;
  // The name in parentheses may hold spaces; after it come the state and, as the 20th field, the start time (proc(5)).
  const fields = status.slice(status.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return null;
  const boot = (await contentOf('/proc/sys/kernel/random/boot_id'))?.trim();
  return `${boot} ${startTicks}`;
}

/** Null also for a file cut short by a power cut: nobody who wrote it is still there. */
function holderIn(content: string | null): Holder | null {
  try {
    const { pid, life } = JSON.parse(content ?? '') as Partial<Holder>;
    return typeof pid === 'number' && typeof life === 'string' ? { pid, life } : null;
  } catch {
    return null;
  }
}

async function contentOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
    throw error;
  });
}
