/** Evidence in an S3-compatible store: path-style addresses, every request signed (AWS Signature Version 4) with the SHA-256 of what it carries. */
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { AwsClient } from 'aws4fetch';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { type ByteSpan, checkedChunks, type Content, type EvidenceObjects, type StoredObject } from './evidence-objects.ts';

export interface S3Place {
  /** https://host[:port] */
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Before every name. */
  readonly prefix: string;
}

/** A clip of some megabytes over a slow line. */
const ANSWER_MS = 120_000;
/** A job that fails is tried again by its queue: here only what a moment heals. */
const RETRIES = 1;
const NOTHING_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

interface Asked {
  readonly body?: Uint8Array;
  readonly sha256?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class S3Objects implements EvidenceObjects {
  readonly #client: AwsClient;
  readonly #bucketUrl: string;
  readonly #prefix: string;
  /** For people: without keys. */
  readonly where: string;

  constructor({ endpoint, bucket, region, accessKeyId, secretAccessKey, prefix }: S3Place) {
    this.#client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: RETRIES });
    this.#bucketUrl = `${endpoint.replace(/\/$/, '')}/${bucket}`;
    this.#prefix = prefix;
    this.where = this.#bucketUrl;
  }

  /** The store shows an object only when it has all of it, and refuses what does not fit the signed hash. */
  async put(name: string, content: Content, mediaType: string): Promise<void> {
    const parts: Uint8Array[] = [];
    // The signature is over the whole, so the whole must be here first; clips are bounded (gateway/cameras/clip-desk.ts).
    for await (const chunk of checkedChunks(content)) parts.push(chunk);
    const response = await this.#ask('PUT', this.#urlOf(name), { body: Buffer.concat(parts), sha256: content.sha256, headers: { 'content-type': mediaType } });
    await response.body?.cancel();
  }

  async get(name: string): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#ask('GET', this.#urlOf(name))).arrayBuffer());
  }

  async stream(name: string, span: ByteSpan | null): Promise<Readable> {
    const { body, status } = await this.#ask('GET', this.#urlOf(name), span ? { headers: { range: `bytes=${span.from}-${span.to}` } } : {});
    if (!body || (span && status !== 206)) throw this.#failed(`it answered ${status} to a request for a part`);
    return Readable.fromWeb(body as ReadableStream<Uint8Array>);
  }

  async delete(name: string): Promise<void> {
    const response = await this.#ask('DELETE', this.#urlOf(name));
    await response.body?.cancel();
  }

  /** ListObjectsV2, page by page. */
  async *list(): AsyncIterable<StoredObject> {
    let token: string | null = '';
    while (token !== null) {
      const query: URLSearchParams = new URLSearchParams({ 'list-type': '2', prefix: this.#prefix, ...(token && { 'continuation-token': token }) });
      const page: string = await (await this.#ask('GET', `${this.#bucketUrl}?${query}`)).text();
      for (const [, entry = ''] of page.matchAll(/<Contents>(.*?)<\/Contents>/gs)) {
        const [key, writtenAt] = [textIn(entry, 'Key'), textIn(entry, 'LastModified')];
        if (key?.startsWith(this.#prefix)) yield { name: key.slice(this.#prefix.length), writtenAtMs: Date.parse(writtenAt ?? '') };
      }
      token = textIn(page, 'IsTruncated') === 'true' ? textIn(page, 'NextContinuationToken') : null;
    }
  }

  #urlOf(name: string): string {
    return `${this.#bucketUrl}/${this.#prefix}${name}`;
  }

  /** Throws NOT_FOUND for 404, OBJECT_STORE for everything else that is no success. No error holds a key. */
  async #ask(method: string, url: string, { body, sha256 = NOTHING_SHA256, headers = {} }: Asked = {}): Promise<Response> {
    let response: Response;
    try {
      response = await this.#client.fetch(url, { method, body: body ?? null, headers: { ...headers, 'x-amz-content-sha256': sha256 }, signal: AbortSignal.timeout(ANSWER_MS) });
    } catch (error) {
      throw this.#failed(error instanceof Error && error.cause ? sentenceOf(error.cause) : sentenceOf(error), error);
    }
    if (response.ok) return response;
    const answer = await response.text().catch(() => '');
    if (response.status === 404 && textIn(answer, 'Code') !== 'NoSuchBucket') throw new GridwardenError('NOT_FOUND', { what: 'object', id: url.slice(this.#bucketUrl.length + 1) });
    throw this.#failed(`it answered ${response.status} ${textIn(answer, 'Code') ?? ''}`.trim());
  }

  #failed(why: string, cause?: unknown): GridwardenError {
    return new GridwardenError('OBJECT_STORE', { where: this.where, why }, cause);
  }
}

/** What stands in the first element of this name; S3's answers are flat and their few characters never escaped in names of ours. */
function textIn(xml: string, element: string): string | null {
  return new RegExp(`<${element}>([^<]*)</${element}>`).exec(xml)?.[1] ?? null;
}
