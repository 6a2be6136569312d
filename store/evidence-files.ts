/** What is kept for alerts, pictures and videos: each an object with its row; never a row without its object. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { Evidence } from '../domain/alert.ts';
import { GridwardenError } from '../platform/errors.ts';
import { type Database, isMissingReference, type Queries } from './database.ts';
import { type ByteSpan, type Content, contentOf, type EvidenceObjects } from './evidence-objects.ts';

/** The only ids a name is ever made from: no dot, no slash, nothing to climb with. */
const SAFE_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/;

/** A site of some years has a million pictures: one question each would keep the database from everything else. */
const ASKED_AT_ONCE = 1000;

const ENDINGS: Readonly<Record<Evidence['mediaType'], string>> = { 'image/jpeg': 'jpg', 'video/mp4': 'mp4' };

const columns = 'id, alert_id AS "alertId", kind, taken_at_ms AS "takenAtMs", media_type AS "mediaType", bytes, sha256';

export interface EvidencePicture {
  readonly evidence: Evidence;
  readonly jpeg: Uint8Array;
}

export class EvidenceFiles {
  readonly #database: Database;
  readonly #files: EvidenceObjects;
  readonly #large: EvidenceObjects;

  /** Detector's pictures go into `files`, so that an alert has one whatever the line to an object store is like; stills and clips into `large`. */
  constructor(database: Database, files: EvidenceObjects, large: EvidenceObjects = files) {
    this.#database = database;
    this.#files = files;
    this.#large = large;
  }

  /**
   * Keeps a picture or clip; the same id again answers what is kept. The caller must have made faces unreadable, but in what is of kind `clip`.
   * The object comes first and the row after, and two who give different bytes under one id write two objects: so whoever dies in between leaves
   * an object too many, which removeOrphans() finds. Throws BAD_REQUEST for an id no name may be made of, NOT_FOUND without its alert,
   * DISK_FULL or OBJECT_STORE with nothing kept.
   */
  async addEvidence(evidence: Omit<Evidence, 'bytes' | 'sha256'>, given: Uint8Array | Content): Promise<Evidence> {
    if (!SAFE_ID.test(evidence.id)) throw new GridwardenError('BAD_REQUEST', { why: 'the picture id has characters that no file name may have' });
    const kept = await rowOf(this.#database, evidence.id);
    if (kept) return kept;
    const content = given instanceof Uint8Array ? contentOf(given) : given;
    const whole: Evidence = { ...evidence, bytes: content.bytes, sha256: content.sha256 };
    const objects = this.#placeOf(whole);
    await objects.put(nameOf(whole), content, whole.mediaType);
    try {
      if (await insertRow(this.#database, whole)) return whole;
    } catch (error) {
      if (!isMissingReference(error)) throw error;
      await objects.delete(nameOf(whole));
      throw new GridwardenError('NOT_FOUND', { what: 'alert', id: evidence.alertId }, error);
    }
    const first = (await rowOf(this.#database, evidence.id)) ?? whole;
    if (first.sha256 !== whole.sha256) await objects.delete(nameOf(whole));
    return first;
  }

  /** Throws NOT_FOUND, also for an id that could never be one. */
  async evidence(id: string): Promise<Evidence> {
    const row = SAFE_ID.test(id) ? await rowOf(this.#database, id) : null;
    if (!row) throw new GridwardenError('NOT_FOUND', { what: 'picture', id });
    return row;
  }

  /** The picture itself. Throws NOT_FOUND, OBJECT_STORE. */
  async picture(id: string): Promise<EvidencePicture> {
    const evidence = await this.evidence(id);
    return { evidence, jpeg: await this.#wherever(evidence, (objects, name) => objects.get(name)) };
  }

  /** All of it or a part, piece by piece. Throws NOT_FOUND, OBJECT_STORE before the first. */
  async stream(evidence: Evidence, span: ByteSpan | null = null): Promise<Readable> {
    return this.#wherever(evidence, (objects, name) => objects.stream(name, span));
  }

  /** Removes objects without a row, left by a process that died between the two; answers how many. Younger ones may be in the making. */
  async removeOrphans(writtenBeforeMs: number): Promise<number> {
    let removed = 0;
    for (const objects of new Set([this.#files, this.#large])) {
      for await (const names of inLots(objects, writtenBeforeMs)) {
        const kept = await namesOf(this.#database, names.map(idOf));
        for (const name of names.filter((one) => !kept.has(one))) {
          await objects.delete(name);
          removed++;
        }
      }
    }
    return removed;
  }

  #placeOf({ kind }: Evidence): EvidenceObjects {
    return kind === 'picture' ? this.#files : this.#large;
  }

  /** A site that went over to an object store has its older evidence in files still, and some of it under the name of before. */
  async #wherever<T>(evidence: Evidence, read: (objects: EvidenceObjects, name: string) => Promise<T>): Promise<T> {
    const places = [...new Set([this.#placeOf(evidence), this.#files])].flatMap((objects) => [nameOf(evidence), oldNameOf(evidence)].map((name) => ({ objects, name })));
    let missing: unknown;
    for (const { objects, name } of places) {
      try {
        return await read(objects, name);
      } catch (error) {
        if (!(error instanceof GridwardenError) || error.code !== 'NOT_FOUND') throw error;
        missing ??= error;
      }
    }
    throw missing;
  }
}

/** Spread over 256 folders: one folder with a million files is slow to list. */
const folderOf = (id: string): string => createHash('sha256').update(id).digest('hex').slice(0, 2);

/** The content's hash is part of it, so that no other content can ever come to lie under a row. */
const nameOf = ({ id, sha256, mediaType }: Pick<Evidence, 'id' | 'sha256' | 'mediaType'>): string => path.posix.join(folderOf(id), `${id}.${sha256.slice(0, 16)}.${ENDINGS[mediaType]}`);

const oldNameOf = ({ id, mediaType }: Pick<Evidence, 'id' | 'mediaType'>): string => path.posix.join(folderOf(id), `${id}.${ENDINGS[mediaType]}`);

/** Ids have no dot. */
const idOf = (name: string): string => path.basename(name).split('.')[0] ?? '';

async function* inLots(objects: EvidenceObjects, writtenBeforeMs: number): AsyncIterable<string[]> {
  let lot: string[] = [];
  for await (const { name, writtenAtMs } of objects.list()) {
    // A time that cannot be read is no reason to delete.
    if (!(writtenAtMs < writtenBeforeMs)) continue;
    lot.push(name);
    if (lot.length < ASKED_AT_ONCE) continue;
    yield lot;
    lot = [];
  }
  if (lot.length > 0) yield lot;
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

/** The names under which what these ids stand for may lie. */
async function namesOf(on: Queries, ids: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await on.query<Pick<Evidence, 'id' | 'sha256' | 'mediaType'>>('SELECT id, sha256, media_type AS "mediaType" FROM evidence WHERE id = ANY($1::text[])', [[...ids]]);
  return new Set(rows.flatMap((row) => [nameOf(row), oldNameOf(row)]));
}
