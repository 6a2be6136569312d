/** Redacted pictures: a folder of JPEG files, each with its row, or neither. */
import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Evidence } from '../domain/alert.ts';
import { GridwardenError } from '../platform/errors.ts';
import { writeWhole } from '../platform/write-whole.ts';
import { type Database, isMissingReference, type Queries } from './database.ts';

/** The only ids a path is ever made from: no dot, no slash, nothing to climb with. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** A site of some years has a million pictures: one question each would keep the database from everything else. */
const ASKED_AT_ONCE = 1000;

const columns = 'id, alert_id AS "alertId", kind, taken_at_ms AS "takenAtMs", media_type AS "mediaType", bytes, sha256';

export interface EvidencePicture {
  readonly evidence: Evidence;
  readonly jpeg: Uint8Array;
}

export class EvidenceFiles {
  readonly #database: Database;
  readonly #dir: string;

  /** `dir` is made when the first picture comes. */
  constructor(database: Database, dir: string) {
    this.#database = database;
    this.#dir = dir;
  }

  /**
   * Keeps a picture; the same id again answers what is kept. The caller must have made faces unreadable.
   * Throws BAD_REQUEST for an id no path may be made of, NOT_FOUND without its alert, DISK_FULL with nothing kept.
   */
  async addEvidence(evidence: Omit<Evidence, 'bytes' | 'sha256'>, jpeg: Uint8Array): Promise<Evidence> {
    const file = this.#fileOf(evidence.id);
    const whole: Evidence = { ...evidence, bytes: jpeg.byteLength, sha256: createHash('sha256').update(jpeg).digest('hex') };
    let wrote = false;
    try {
      return await this.#database.transaction(async (tx) => {
        // The row first: it makes a second writer of the same id wait, and it is undone if the file cannot be written.
        if (!(await insertRow(tx, whole))) return (await rowOf(tx, evidence.id)) ?? whole;
        await writeWhole(file, jpeg);
        wrote = true;
        return whole;
      });
    } catch (error) {
      if (wrote) await this.#removeUnlessKept(evidence.id, file);
      if (isMissingReference(error)) throw new GridwardenError('NOT_FOUND', { what: 'alert', id: evidence.alertId }, error);
      throw error;
    }
  }

  /** Throws NOT_FOUND, also for an id that could never be one. */
  async evidence(id: string): Promise<Evidence> {
    const row = SAFE_ID.test(id) ? await rowOf(this.#database, id) : null;
    if (!row) throw new GridwardenError('NOT_FOUND', { what: 'picture', id });
    return row;
  }

  /** The picture itself. Throws NOT_FOUND. */
  async picture(id: string): Promise<EvidencePicture> {
    const evidence = await this.evidence(id);
    try {
      return { evidence, jpeg: await readFile(this.#fileOf(id)) };
    } catch (error) {
      throw new GridwardenError('NOT_FOUND', { what: 'picture file', id }, error);
    }
  }

  /** Removes files without a row, left by a process that died between file and row; answers how many. Younger ones may be in the making. */
  async removeOrphans(writtenBeforeMs: number): Promise<number> {
    let removed = 0;
    const names = await readdir(this.#dir, { recursive: true }).catch(() => []);
    for (let from = 0; from < names.length; from += ASKED_AT_ONCE) {
      const some = names.slice(from, from + ASKED_AT_ONCE);
      const kept = await idsAmong(this.#database, some.map(idOf));
      for (const name of some.filter((one) => !one.endsWith('.jpg') || !kept.has(idOf(one)))) {
        const file = path.join(this.#dir, name);
        const info = await stat(file).catch(() => null);
        if (!info?.isFile() || info.mtimeMs >= writtenBeforeMs) continue;
        await rm(file, { force: true });
        removed++;
      }
    }
    return removed;
  }

  /** The commit failed: the row is most likely gone, but a connection lost at the commit leaves that open. Look before deleting. */
  async #removeUnlessKept(id: string, file: string): Promise<void> {
    const kept = await rowOf(this.#database, id).then((row) => row !== null, () => true);
    if (!kept) await rm(file, { force: true });
  }

  #fileOf(id: string): string {
    if (!SAFE_ID.test(id)) throw new GridwardenError('BAD_REQUEST', { why: 'the picture id has characters that no file name may have' });
    // Spread over 256 folders: one folder with a million files is slow to list.
    return path.join(this.#dir, createHash('sha256').update(id).digest('hex').slice(0, 2), `${id}.jpg`);
  }
}

async function insertRow(tx: Queries, e: Evidence): Promise<boolean> {
  const rows = await tx.query(
    'INSERT INTO evidence (id, alert_id, kind, taken_at_ms, media_type, bytes, sha256) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id',
    [e.id, e.alertId, e.kind, e.takenAtMs, e.mediaType, e.bytes, e.sha256],
  );
  return rows.length > 0;
}

async function rowOf(on: Queries, id: string): Promise<Evidence | null> {
  return (await on.query<Evidence>(`SELECT ${columns} FROM evidence WHERE id = $1`, [id]))[0] ?? null;
}

const idOf = (fileName: string): string => path.basename(fileName, '.jpg');

async function idsAmong(on: Queries, ids: readonly string[]): Promise<ReadonlySet<string>> {
  return new Set((await on.query<{ id: string }>('SELECT id FROM evidence WHERE id = ANY($1::text[])', [[...ids]])).map(({ id }) => id));
}
