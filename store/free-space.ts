/** Keeps the embedded database away from a full disk, which its engine does not survive. */
import { statfs } from 'node:fs/promises';
import { GridwardenError } from '../platform/errors.ts';

/**
 * PGlite 0.5.16 that cannot get its next WAL segment (16 MiB) spins for ever inside WebAssembly and takes the whole process with it
 * (seen on a full tmpfs). So writes are refused while there is still room for segments and a checkpoint.
 */
export const KEPT_FREE_BYTES = 64 * 2 ** 20;
/** What a new database takes before anything is kept in it. */
export const NEW_DATABASE_BYTES = 64 * 2 ** 20;

/** Throws DISK_FULL when less than `neededBytes` are free under `dir`. */
export async function needRoom(dir: string, what: string, neededBytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(dir);
  if (bavail * bsize < neededBytes) throw new GridwardenError('DISK_FULL', { path: dir, what });
}
