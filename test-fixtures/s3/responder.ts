/** A small S3 in memory for tests: path-style addresses, and every signature (AWS Signature Version 4) worked out again and compared. */
import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly bucket: string;
}

export interface S3Responder {
  readonly endpoint: string;
  /** By key. */
  readonly objects: Map<string, { readonly body: Buffer; readonly type: string; writtenAtMs: number }>;
  /** Method and path of every request that was let in. */
  readonly requests: string[];
  /** Refused for their signature. */
  readonly forged: string[];
  /** The next requests are answered so, or cut off in the middle of what they send; null: as they should be. */
  setFault(fault: 'busy' | 'cuts-uploads' | null): void;
  close(): Promise<void>;
}

const PAGE = 2;
/** docs.aws.amazon.com, "Signature Version 4": a request is good for a quarter of an hour. */
const CLOCK_MS = 15 * 60_000;

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

export async function startS3(account: S3Account): Promise<S3Responder> {
  const it = { objects: new Map() as S3Responder['objects'], requests: [] as string[], forged: [] as string[] };
  let fault: Parameters<S3Responder['setFault']>[0] = null;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => {
      parts.push(part);
      if (fault === 'cuts-uploads' && request.method === 'PUT') request.socket.destroy();
    });
    request.on('end', () => answer(request, Buffer.concat(parts), response));
  });
  const answer = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const refusal = fault === 'busy' ? [503, 'SlowDown'] as const : whyNot(request, body, account);
    if (refusal) {
      if (fault === null) it.forged.push(refusal[1]);
      return void response.writeHead(refusal[0]).end(`<Error><Code>${refusal[1]}</Code></Error>`);
    }
    it.requests.push(`${request.method} ${request.url}`);
    serve(request, body, response);
  };
  const serve = (request: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const url = new URL(request.url ?? '/', 'http://s3');
    const [, bucket, ...rest] = url.pathname.split('/');
    if (bucket !== account.bucket) return void response.writeHead(404).end('<Error><Code>NoSuchBucket</Code></Error>');
    const key = rest.join('/');
    if (key === '') return void response.end(listing(url.searchParams));
    if (request.method === 'PUT') {
      it.objects.set(key, { body, type: String(request.headers['content-type']), writtenAtMs: Date.now() });
      return void response.end();
    }
    if (request.method === 'DELETE') {
      it.objects.delete(key);
      return void response.writeHead(204).end();
    }
    const found = it.objects.get(key);
    if (!found) return void response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>');
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range) return void response.writeHead(200, { 'content-type': found.type }).end(found.body);
    const [from, to] = [Number(range[1]), Math.min(Number(range[2]), found.body.length - 1)];
    response.writeHead(206, { 'content-type': found.type, 'content-range': `bytes ${from}-${to}/${found.body.length}` }).end(found.body.subarray(from, to + 1));
  };
  const listing = (query: URLSearchParams): string => {
    const keys = [...it.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const begin = query.has('continuation-token') ? keys.indexOf(query.get('continuation-token') ?? '') : 0;
    const next = keys[begin + PAGE];
    const entries = keys.slice(begin, begin + PAGE).map((key) => `<Contents><Key>${key}</Key><LastModified>${new Date(it.objects.get(key)!.writtenAtMs).toISOString()}</LastModified><Size>1</Size></Contents>`);
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>${next !== undefined}</IsTruncated>${entries.join('')}${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`;
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...it,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setFault: (next) => void (fault = next),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Status and code of the refusal, or null for a request that whoever has the secret has signed, with this body. */
function whyNot(request: IncomingMessage, body: Buffer, account: S3Account): readonly [number, string] | null {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(request.headers.authorization ?? '');
  if (!given) return [403, 'AccessDenied'];
  const [, keyId = '', day = '', region = '', signed = '', signature] = given;
  const hash = String(request.headers['x-amz-content-sha256']);
  const date = String(request.headers['x-amz-date']);
  if (keyId !== account.accessKeyId || region !== account.region) return [403, 'InvalidAccessKeyId'];
  if (!signed.split(';').includes('host') || !signed.split(';').includes('x-amz-content-sha256')) return [403, 'AccessDenied'];
  if (Math.abs(Date.now() - timeOf(date)) > CLOCK_MS || !date.startsWith(day)) return [403, 'RequestTimeTooSkewed'];
  const url = new URL(request.url ?? '/', 'http://s3');
  const query = [...url.searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).sort().join('&');
  const headers = signed.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('');
  const canonical = [request.method, url.pathname, query, headers, signed, hash].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = ['s3', 'aws4_request'].reduce(hmac, hmac(hmac(`AWS4${account.secretAccessKey}`, day), region));
  if (hmac(key, toSign).toString('hex') !== signature) return [403, 'SignatureDoesNotMatch'];
  return sha256(body) === hash ? null : [400, 'XAmzContentSHA256Mismatch'];
}

/** 20261123T200000Z */
function timeOf(date: string): number {
  return Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
}
