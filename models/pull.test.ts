/** Fetching weights from a real HTTP server that is honest, cuts off, lies, or never ends: only the right file is ever kept. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { keptLog } from '../platform/log.ts';
import { sha256 } from './locate.ts';
import { readManifest, type Manifest, type ModelFile } from './manifest.ts';
import { pull, type Pulled } from './pull.ts';

const WEIGHTS = Buffer.alloc(200_000, 'weights ');

const answers: Record<string, (response: ServerResponse) => void> = {
  '/good.onnx': (r) => r.end(WEIGHTS),
  '/moved.onnx': (r) => r.writeHead(302, { location: '/good.onnx' }).end(),
  '/changed.onnx': (r) => r.end(Buffer.alloc(WEIGHTS.length, 'other   ')),
  '/short.onnx': (r) => r.end(WEIGHTS.subarray(0, 1000)),
  '/cut.onnx': (r) => {
    r.writeHead(200, { 'content-length': WEIGHTS.length });
    r.write(WEIGHTS.subarray(0, 1000), () => r.destroy());
  },
  '/endless.onnx': (r) => {
    const more = (): void => {
      while (!r.destroyed && r.write(WEIGHTS)) continue;
    };
    r.on('drain', more);
    more();
  },
};

let server: Server;
let base = '';
let requests = 0;
let into = '';
let shipped: Manifest;

beforeAll(async () => {
  shipped = await readManifest();
  server = createServer((request, response) => {
    requests++;
    const answer = answers[request.url ?? ''];
    if (answer) answer(response);
    else response.writeHead(404).end('not here');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  requests = 0;
  into = path.join(await mkdtemp(path.join(tmpdir(), 'gw-pull-')), 'weights');
});
afterEach(() => rm(path.dirname(into), { recursive: true }));

const fileAt = (url: string | null, file = 'a.onnx'): ModelFile => ({ file, bytes: WEIGHTS.length, sha256: sha256(WEIGHTS), url });
const manifestOf = (...files: ModelFile[]): Manifest => ({ models: files.map((file, i) => ({ ...shipped.models[0]!, name: `model-${i}`, files: [file] })) });
const run = (manifest: Manifest): Promise<Pulled[]> => pull(manifest, { into, fetch, log: keptLog() });
const kept = (): Promise<string[]> => readdir(into).catch(() => []);

describe('pull', () => {
  test('fetches, follows redirects, and does not fetch again what is there', async () => {
    const manifest = manifestOf(fileAt(`${base}/moved.onnx`));
    const target = path.join(into, 'a.onnx');
    expect(await run(manifest)).toEqual([{ model: 'model-0', path: target, outcome: 'fetched' }]);
    expect((await readFile(target)).equals(WEIGHTS)).toBe(true);
    const before = requests;
    expect(await run(manifest)).toEqual([{ model: 'model-0', path: target, outcome: 'already-there' }]);
    expect(requests).toBe(before);
  });

  test('replaces a spoilt file', async () => {
    await run(manifestOf(fileAt(`${base}/good.onnx`)));
    await writeFile(path.join(into, 'a.onnx'), 'half');
    expect(await run(manifestOf(fileAt(`${base}/good.onnx`)))).toMatchObject([{ outcome: 'fetched' }]);
    expect((await readFile(path.join(into, 'a.onnx'))).equals(WEIGHTS)).toBe(true);
  });

  test.each([
    ['/changed.onnx', 'MODEL_HASH', sha256(WEIGHTS)],
    ['/short.onnx', 'MODEL_PULL', 'it ended after 1000 of 200000 bytes'],
    ['/cut.onnx', 'MODEL_PULL', 'could not be fetched'],
    ['/endless.onnx', 'MODEL_PULL', 'it is larger than the 200000 bytes'],
    ['/gone.onnx', 'MODEL_PULL', 'the server answered 404'],
  ])('%s is refused and leaves nothing behind', async (url, code, told) => {
    await expect(run(manifestOf(fileAt(base + url)))).rejects.toMatchObject({ code, message: expect.stringContaining(told) as string });
    expect(await kept()).toEqual([]);
  });

  test('no server: a sentence with the address, the reason and what to do instead', async () => {
    const url = 'http://127.0.0.1:1/a.onnx';
    await expect(run(manifestOf(fileAt(url)))).rejects.toMatchObject({ code: 'MODEL_PULL', retry: true, message: expect.stringMatching(/127\.0\.0\.1:1\/a\.onnx: .+\. Try again, or fetch the file by other means/) as string });
  });

  test('a folder that cannot be written is named, with what to do', async () => {
    await writeFile(into, 'a file');
    await expect(run(manifestOf(fileAt(`${base}/good.onnx`)))).rejects.toMatchObject({ code: 'MODELS_FOLDER', message: expect.stringMatching(/weights cannot be written: .*set GRIDWARDEN_MODELS/) as string });
  });

  test('one that fails does not stop the others, and is still told', async () => {
    const manifest = manifestOf(fileAt(`${base}/gone.onnx`), fileAt(`${base}/good.onnx`, 'b.onnx'));
    await expect(run(manifest)).rejects.toMatchObject({ code: 'MODEL_PULL' });
    expect(await kept()).toEqual(['b.onnx']);
  });

  test('a model without a known address is left out; an aborted pull stops', async () => {
    expect(await run(manifestOf(fileAt(null)))).toEqual([]);
    const aborted = pull(manifestOf(fileAt(`${base}/good.onnx`)), { into, fetch, log: keptLog(), signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'MODEL_PULL' });
    expect(await kept()).toEqual([]);
  });
});
