/** Evidence in an S3 store: signed so that a server lets it in, whole or not at all, found again, and told of without secrets when it fails. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../platform/clock.ts';
import { systemIds } from '../platform/ids.ts';
import { candidate } from '../test-fixtures/alert-candidates.ts';
import { type S3Responder, startS3 } from '../test-fixtures/s3/responder.ts';
import { contentOf } from './evidence-objects.ts';
import { S3Objects } from './s3-objects.ts';
import { openStore, type Store } from './store.ts';

const ACCOUNT = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', region: 'cn-north-1', bucket: 'evidence' };
let s3: S3Responder;
let objects: S3Objects;

beforeAll(async () => {
  s3 = await startS3(ACCOUNT);
});
afterAll(() => s3.close());
beforeEach(() => {
  s3.setFault(null);
  s3.objects.clear();
  objects = new S3Objects({ ...ACCOUNT, endpoint: s3.endpoint, prefix: 'site-1/' });
});

describe('objects', () => {
  test('are put under the prefix, read whole and in part, listed over pages, and deleted', async () => {
    for (const name of ['aa/one.mp4', 'ab/two.mp4', 'ac/three.jpg', 'ad/four.jpg', 'ae/five.jpg']) await objects.put(name, contentOf(Buffer.from(`content of ${name}`)), 'video/mp4');
    s3.objects.set('another-site/x', { body: Buffer.of(1), type: '', writtenAtMs: 0 });
    expect(s3.objects.get('site-1/aa/one.mp4')).toMatchObject({ type: 'video/mp4', body: Buffer.from('content of aa/one.mp4') });
    expect(Buffer.from(await objects.get('ab/two.mp4')).toString()).toBe('content of ab/two.mp4');
    expect((await buffer(await objects.stream('ab/two.mp4', { from: 8, to: 9 }))).toString()).toBe('of');
    expect((await buffer(await objects.stream('ab/two.mp4', null))).toString()).toBe('content of ab/two.mp4');
    const names: string[] = [];
    for await (const { name, writtenAtMs } of objects.list()) {
      names.push(name);
      expect(Math.abs(writtenAtMs - Date.now())).toBeLessThan(60_000);
    }
    expect(names).toEqual(['aa/one.mp4', 'ab/two.mp4', 'ac/three.jpg', 'ad/four.jpg', 'ae/five.jpg']);
    await objects.delete('aa/one.mp4');
    await objects.delete('aa/one.mp4');
    await expect(objects.get('aa/one.mp4')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(s3.forged).toEqual([]);
  });

  test('signed with another secret, or meant for another bucket, are refused, and the error holds no key', async () => {
    const wrong = new S3Objects({ ...ACCOUNT, endpoint: s3.endpoint, prefix: '', secretAccessKey: 'guessed-secret' });
    const error: unknown = await wrong.put('x', contentOf(Buffer.from('x')), 'image/jpeg').catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'OBJECT_STORE', retry: true, message: expect.stringContaining('403 SignatureDoesNotMatch') });
    expect(JSON.stringify(error) + String(error)).not.toMatch(/guessed-secret|AKIDEXAMPLE/);
    expect(s3.objects.size).toBe(0);
    await expect(new S3Objects({ ...ACCOUNT, endpoint: s3.endpoint, bucket: 'another', prefix: '' }).get('x')).rejects.toMatchObject({ code: 'OBJECT_STORE', message: expect.stringContaining('NoSuchBucket') });
  });

  test('that are not what their hash says are never sent', async () => {
    await expect(objects.put('x', { ...contentOf(Buffer.from('x')), chunks: () => contentOf(Buffer.from('y')).chunks() }, 'image/jpeg')).rejects.toThrow('SHA-256 differs');
    expect(s3.objects.size).toBe(0);
  });

  test('of which the line broke in the middle are not there', async () => {
    s3.setFault('cuts-uploads');
    await expect(objects.put('x', contentOf(Buffer.alloc(1_000_000)), 'video/mp4')).rejects.toMatchObject({ code: 'OBJECT_STORE', retry: true });
    expect(s3.objects.size).toBe(0);
  });

  test('wait for nobody who is not there', async () => {
    const away = new S3Objects({ ...ACCOUNT, endpoint: 'http://127.0.0.1:3', prefix: '' });
    await expect(away.get('x')).rejects.toMatchObject({ code: 'OBJECT_STORE', message: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('a store with an object store', () => {
  let dir: string;
  let store: Store;
  let alertId: string;

  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-s3-'));
    store = await openStore({ kind: 'embedded', dir: path.join(dir, 'db') }, { filesDir: dir, objects: new S3Objects({ ...ACCOUNT, endpoint: s3.endpoint, prefix: '' }), clock: systemClock, ids: systemIds });
    alertId = (await store.filing.fileAlert(candidate({ name: 's3' }))).alert.id;
  });
  afterAll(async () => {
    await store.close();
    await rm(dir, { recursive: true, force: true });
  });

  test('keeps stills and clips there and pictures in files, and reads all', async () => {
    await store.filing.addEvidence({ id: 'p', alertId, kind: 'picture', takenAtMs: 1, mediaType: 'image/jpeg' }, Buffer.from('picture'));
    await store.filing.addEvidence({ id: 's', alertId, kind: 'still', takenAtMs: 1, mediaType: 'image/jpeg' }, Buffer.from('still'));
    await store.filing.addEvidence({ id: 'c', alertId, kind: 'clip', takenAtMs: 1, mediaType: 'video/mp4' }, contentOf(Buffer.from('clip')));
    expect([...s3.objects.keys()].sort().map((key) => key.slice(3, 5))).toEqual(expect.arrayContaining(['s.', 'c.']));
    expect(await readdir(path.join(dir, 'evidence'), { recursive: true })).toHaveLength(2);
    expect(Buffer.from((await store.evidence.picture('s')).jpeg).toString()).toBe('still');
    expect((await buffer(await store.evidence.stream(await store.evidence.evidence('c'), { from: 1, to: 3 }))).toString()).toBe('lip');
  });

  test('leaves no row when the object store is busy, and no object that nobody knows of', async () => {
    const clip = { id: 'later', alertId, kind: 'clip', takenAtMs: 1, mediaType: 'video/mp4' } as const;
    s3.setFault('busy');
    await expect(store.filing.addEvidence(clip, Buffer.from('clip'))).rejects.toMatchObject({ code: 'OBJECT_STORE' });
    await expect(store.evidence.evidence('later')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    s3.setFault(null);
    expect(await store.filing.addEvidence(clip, Buffer.from('clip'))).toMatchObject({ bytes: 4 });
    // As left by a desk that died between object and row.
    s3.objects.set('00/dead.0123456789abcdef.mp4', { body: Buffer.of(1), type: '', writtenAtMs: Date.now() });
    expect(await store.evidence.removeOrphans(Date.now() + 60_000)).toBe(1);
    expect([...s3.objects.keys()]).toEqual([expect.stringContaining('/later.')]);
  });
});
