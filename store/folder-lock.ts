/** One process per data folder: a lock file that names its holder, taken over when that holder is no more. */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError } from '../platform/errors.ts';

interface Holder {
  readonly pid: number;
  /** Boot and start time of the process: a pid alone comes back after a restart (in a container it is always the same). */
  readonly life: string;
}

export interface FolderLock {
  release(): Promise<void>;
}

let taken = 0;

/** Throws STORE_IN_USE while the process that holds `dir` lives. A lock left by kill -9 is taken over. */
export async function lockFolder(dir: string): Promise<FolderLock> {
  const file = path.join(dir, 'in-use.json');
  const mine = JSON.stringify({ pid: process.pid, life: await lifeOf(process.pid), nth: ++taken });
  const draft = `${file}.${process.pid}.${taken}`;
  await writeFile(draft, mine, { mode: 0o600 });
  try {
    // link() makes the name with its content in one step, or fails because it is there.
    while (!(await linked(draft, file))) await removeStale(file, `${draft}.stale`, dir);
  } finally {
    await rm(draft, { force: true });
  }
  return {
    release: async () => {
      if ((await contentOf(file)) === mine) await rm(file, { force: true });
    },
  };
}

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves a dead holder's lock away; if another process took over in between, gives it back and refuses. */
async function removeStale(file: string, aside: string, dir: string): Promise<void> {
  const content = await contentOf(file);
  if (content === null) return;
  const holder = holderIn(content);
  if (holder && (await lifeOf(holder.pid)) === holder.life) throw new GridwardenError('STORE_IN_USE', { dir, pid: holder.pid });
  await rename(file, aside).catch(ignoreMissing);
  const moved = await contentOf(aside);
  if (moved !== null && moved !== content) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

/** What tells this life of the process from any other that has the same number; null when there is no such process. */
async function lifeOf(pid: number): Promise<string | null> {
  const stat = await contentOf(`/proc/${pid}/stat`);
  if (stat === null) return aliveWithoutProc(pid) ? `pid ${pid}` : null;
  // The name in parentheses may hold spaces; after it come the state and, as the 20th field, the start time (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === 'Z' || state === 'X') return null;
  const boot = (await contentOf('/proc/sys/kernel/random/boot_id'))?.trim();
  return `${boot} ${startTicks}`;
}

function aliveWithoutProc(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function holderIn(content: string): Holder | null {
  try {
    const { pid, life } = JSON.parse(content) as Partial<Holder>;
    return typeof pid === 'number' && typeof life === 'string' ? { pid, life } : null;
  } catch {
    // Cut short by a power cut: nobody can hold a lock that was never whole.
    return null;
  }
}

async function contentOf(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(ignoreMissing);
}

function ignoreMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ESRCH') return null;
  throw error;
}
