/** Fetches the manifest's upstream weights where there is internet; a file that is not the one named is never kept. */
import path from 'node:path';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { writeWhole } from '../platform/write-whole.ts';
import { locateModel, sha256 } from './locate.ts';
import type { Manifest, ModelEntry, ModelFile } from './manifest.ts';

export interface PullOptions {
  /** The folder that receives the files; made where it is missing. */
  readonly into: string;
  readonly fetch: typeof fetch;
  readonly log: Pick<Log, 'info' | 'error'>;
  readonly signal?: AbortSignal;
}

export interface Pulled {
  readonly model: string;
  readonly path: string;
  readonly outcome: 'fetched' | 'already-there';
}

/**
 * For each model that names one, fetches its upstream file, unless right weights for the model already lie in `into`. One that fails
 * does not stop the others; at the end the first failure is thrown: MODEL_PULL (unreachable, refused, cut off), MODEL_HASH (another
 * file than the one named), DISK_FULL, MODELS_FOLDER.
 */
export async function pull(manifest: Manifest, options: PullOptions): Promise<Pulled[]> {
  const done: Pulled[] = [];
  const failures: unknown[] = [];
  for (const entry of manifest.models) {
    const file = entry.files.find((f) => f.url !== null);
    if (!file) continue;
    try {
      done.push(await pullOne(entry, file, options));
    } catch (error) {
      options.log.error({ model: entry.name, reason: sentenceOf(error) }, 'weights not fetched');
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return done;
}

async function pullOne(entry: ModelEntry, file: ModelFile, options: PullOptions): Promise<Pulled> {
  const there = await locateModel(entry, [options.into]).catch(() => null);
  if (there) return { model: entry.name, path: there.path, outcome: 'already-there' };
  const target = path.join(options.into, file.file);
  const bytes = await download(entry, file, options);
  const found = sha256(bytes);
  if (found !== file.sha256) throw new GridwardenError('MODEL_HASH', { file: file.url ?? file.file, found, expected: file.sha256 });
  await writeWhole(target, bytes, 0o644).catch((error: unknown) => {
    throw error instanceof GridwardenError ? error : new GridwardenError('MODELS_FOLDER', { folder: options.into, why: sentenceOf(error) }, error);
  });
  options.log.info({ model: entry.name, path: target, bytes: bytes.length, sha256: found }, 'weights fetched');
  return { model: entry.name, path: target, outcome: 'fetched' };
}

async function download(entry: ModelEntry, file: ModelFile, options: PullOptions): Promise<Uint8Array> {
  const refuse = (why: string, cause?: unknown): GridwardenError =>
    new GridwardenError('MODEL_PULL', { file: file.file, model: entry.name, url: file.url ?? '', why, into: options.into }, cause);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const answer = await options.fetch(file.url ?? '', { redirect: 'follow', signal: options.signal ?? null });
    if (!answer.ok || !answer.body) throw refuse(`the server answered ${answer.status}`);
    for await (const chunk of answer.body) {
      length += chunk.length;
      // A server that sends without end must not fill the memory.
      if (length > file.bytes) throw refuse(`it is larger than the ${file.bytes} bytes that the manifest names`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof GridwardenError ? error : refuse(reasonOf(error), error);
  }
  if (length < file.bytes) throw refuse(`it ended after ${length} of ${file.bytes} bytes`);
  return Buffer.concat(chunks);
}

/** fetch() itself says only "fetch failed": the reason is one deeper. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error ? cause.message || String((cause as NodeJS.ErrnoException).code) : sentenceOf(error);
}
