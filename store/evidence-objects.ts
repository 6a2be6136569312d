/** Where pictures and clips themselves lie: named objects that are written whole or not at all. By default files in a folder. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { GridwardenError } from '../platform/errors.ts';
import { writeWhole } from '../platform/write-whole.ts';

/** Bytes that may be given out more than once, and what they are known by. */
export interface Content {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  chunks(): AsyncIterable<Uint8Array>;
}

/** First and last byte, both included, as HTTP counts (RFC 9110, 14.1.2). */
export interface ByteSpan {
  readonly from: number;
  readonly to: number;
}

export interface StoredObject {
  readonly name: string;
  readonly writtenAtMs: number;
}

/** Names have letters, digits and -_./ only, and are made by the store, never from input. What is not there throws NOT_FOUND. */
export interface EvidenceObjects {
  /** Whole or not at all; the same name again replaces. Throws where the content is not what its SHA-256 says, and then nothing is kept. */
  put(name: string, content: Content, mediaType: string): Promise<void>;
  get(name: string): Promise<Uint8Array>;
  /** Open when it resolves: what is missing is known before a byte is sent. */
  stream(name: string, span: ByteSpan | null): Promise<Readable>;
  /** No error where there is none. */
  delete(name: string): Promise<void>;
  /** All there are, in no order; of a file system also files that somebody died over. */
  list(): AsyncIterable<StoredObject>;
}

export function contentOf(bytes: Uint8Array): Content {
  return { bytes: bytes.byteLength, sha256: createHash('sha256').update(bytes).digest('hex'), chunks: () => once(bytes) };
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** Hands the pieces on, and throws after the last when they are not the content told of: whatever is being written must then not be kept. */
export async function* checkedChunks(content: Content): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of content.chunks()) {
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== content.sha256) throw new Error('the bytes are not those that were announced: their SHA-256 differs');
}

export class FileObjects implements EvidenceObjects {
  readonly #dir: string;

  /** `dir` is made when the first object comes. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Throws DISK_FULL. */
  put(name: string, content: Content): Promise<void> {
    return writeWhole(this.#fileOf(name), checkedChunks(content));
  }

  async get(name: string): Promise<Uint8Array> {
    return readFile(this.#fileOf(name)).catch((error: unknown) => noFile(name, error));
  }

  async stream(name: string, span: ByteSpan | null): Promise<Readable> {
    const handle = await open(this.#fileOf(name)).catch((error: unknown) => noFile(name, error));
    return createReadStream('', { fd: handle, ...(span && { start: span.from, end: span.to }) });
  }

  async delete(name: string): Promise<void> {
    await rm(this.#fileOf(name), { force: true });
  }

  async *list(): AsyncIterable<StoredObject> {
    for (const name of await readdir(this.#dir, { recursive: true }).catch(() => [])) {
      const info = await stat(path.join(this.#dir, name)).catch(() => null);
      if (info?.isFile()) yield { name, writtenAtMs: info.mtimeMs };
    }
  }

  #fileOf(name: string): string {
    return path.join(this.#dir, name);
  }
}

function noFile(name: string, error: unknown): never {
  throw new GridwardenError('NOT_FOUND', { what: 'picture file', id: name }, error);
}
