/** Every sentence that devices/camera can end a session with is understood as a code. */
import { expect, test } from 'vitest';
import { statusWords } from '../../devices/rtsp/conversation.ts';
import { errorWords } from '../../devices/rtsp/link-words.ts';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { troubleOf } from './camera-trouble.ts';

test.each([
  [302, 'redirects'], [401, 'bad-credentials'], [403, 'forbidden'], [404, 'no-such-stream'], [453, 'too-many-viewers'], [461, 'wrong-transport'], [500, 'camera-error'], [100, 'bad-description'],
])('RTSP %i is %s', (status, cause) => {
  expect(troubleOf(new GridwardenError('CAMERA_UNREACHABLE', { camera: 'c', why: statusWords(status) }))).toEqual({ code: 'CAMERA_UNREACHABLE', cause, codec: null, afterS: null });
});

test.each([
  ['ECONNREFUSED', 'connection-refused'], ['EHOSTUNREACH', 'no-route'], ['ENETUNREACH', 'no-network'], ['ECONNRESET', 'reset'], ['EPIPE', 'closed'],
  ['ETIMEDOUT', 'timeout'], ['ENOTFOUND', 'name-unknown'], ['EAI_AGAIN', 'name-unknown'], ['DEPTH_ZERO_SELF_SIGNED_CERT', 'certificate-untrusted'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'certificate-untrusted'], ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'certificate-untrusted'], ['ERR_TLS_CERT_ALTNAME_INVALID', 'certificate-other-name'],
  ['CERT_HAS_EXPIRED', 'certificate-out-of-date'], ['CERT_NOT_YET_VALID', 'certificate-out-of-date'], ['CERT_REVOKED', 'certificate-refused'], ['CERT_REJECTED', 'certificate-refused'],
  ['EPROTO', 'no-tls'], ['ERR_SSL_WRONG_VERSION_NUMBER', 'no-tls'], ['E_WHATEVER', 'broken'],
])('the connection fails by %s: %s', (code, cause) => {
  const why = errorWords(Object.assign(new Error('connect to 10.0.0.1'), { code }));
  expect(why).not.toContain('10.0.0.1');
  expect(troubleOf(new GridwardenError('CAMERA_UNREACHABLE', { camera: 'c', why }))).toMatchObject({ cause });
});

test.each([
  ['it ended by itself, saying "pipe:0: the connection was reset"', 'program-ended'], ['there is no such program', 'program-missing'], ['what it wrote cannot be read: it does not begin as NUT does', 'program-missing'],
])('the program that decodes is of no use, as %s: %s', (why, cause) => {
  expect(troubleOf(new GridwardenError('CAMERA_DECODE', { camera: 'c', why: `the program that video.ffmpeg names is of no use: ${why}` }))).toEqual({ code: 'CAMERA_DECODE', cause, codec: null, afterS: null });
});

test('what the sessions themselves say: figures come along', () => {
  const of = (code: 'CAMERA_UNREACHABLE' | 'CAMERA_STREAM_ENDED' | 'CAMERA_DECODE', why: string) => troubleOf(new GridwardenError(code, { camera: 'c', why }));
  expect(of('CAMERA_UNREACHABLE', 'it did not answer within 2.5 s')).toMatchObject({ cause: 'timeout', afterS: 2.5 });
  expect(of('CAMERA_STREAM_ENDED', 'nothing came that makes a picture, for 20 s')).toMatchObject({ cause: 'no-picture', afterS: 20 });
  expect(of('CAMERA_DECODE', 'no picture could be made of 900 packets running, for 20 s')).toMatchObject({ code: 'CAMERA_DECODE', cause: 'undecodable', afterS: 20 });
  expect(troubleOf(new GridwardenError('CAMERA_CODEC', { camera: 'c', codec: 'hevc' }))).toEqual({ code: 'CAMERA_CODEC', cause: null, codec: 'hevc', afterS: null });
  expect(troubleOf(new TypeError('x is not a function'))).toMatchObject({ code: 'OTHER', cause: null });
});

test('a real session that cannot be opened tells its cause', async () => {
  const options = { cameraId: 'c', timeoutMs: 2000, noPictureMs: 2000, detectFps: 5, maxWidthPx: 960, lumaWidthPx: 160, signal: new AbortController().signal, clock };
  const failed = (url: string) => openRtsp(url, options).then(() => null, troubleOf);
  expect(await failed('http://127.0.0.1/')).toMatchObject({ code: 'CAMERA_UNREACHABLE', cause: 'bad-address' });
  expect(await failed('rtsp://127.0.0.1:9/gone')).toMatchObject({ code: 'CAMERA_UNREACHABLE', cause: 'connection-refused' });
});
