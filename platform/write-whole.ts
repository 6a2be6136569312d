/** Writes a file whole or not at all: temporary name, fsync, rename. */
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { GridwardenError } from './errors.ts';

/** Throws DISK_FULL when there is no room; the target is then as it was before. */
export async function writeWhole(file: string, bytes: Uint8Array | string, mode = 0o600): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
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
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw new GridwardenError('DISK_FULL', { path: path.dirname(file), what: path.basename(file) }, error);
    throw error;
  }
}
