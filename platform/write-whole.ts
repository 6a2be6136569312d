/** Writes a file whole or not at all: temporary name, fsync, rename, fsync of the folder. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError } from './errors.ts';

/** Bytes at once, or one piece after the other: then only one of them is held in memory. */
export type Writable = Uint8Array | string | AsyncIterable<Uint8Array>;

/** Throws DISK_FULL when there is no room, and what `bytes` throws; the target is then as it was before. */
export async function writeWhole(file: string, bytes: Writable, mode = 0o600): Promise<void> {
  const folder = path.dirname(file);
  const made = await mkdir(folder, { recursive: true, mode: 0o700 });
  const part = `${file}.${process.pid}.part`;
  try {
    const handle = await open(part, 'w', mode);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, file);
    // A name is the folder's to keep, and a new folder's its parent's: without this a power cut may take away what was told to be there.
    await sync(folder);
    for (let at = folder; made !== undefined && at.length >= made.length; at = path.dirname(at)) await sync(path.dirname(at));
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new GridwardenError('DISK_FULL', { path: folder, what: path.basename(file) }, error);
    throw error;
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
