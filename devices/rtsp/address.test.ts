/** Addresses of cameras as people write them, and the streams that their descriptions name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { controlUri, rtspAddress } from './address.ts';

describe('an address', () => {
  test.each([
    ['rtsp://192.168.1.64', { secure: false, host: '192.168.1.64', port: 554, credentials: null, uri: 'rtsp://192.168.1.64' }],
    ['rtsp://cam.site.example:8554/Streaming/Channels/101', { secure: false, host: 'cam.site.example', port: 8554, credentials: null, uri: 'rtsp://cam.site.example:8554/Streaming/Channels/101' }],
    ['RTSPS://cam/x', { secure: true, host: 'cam', port: 322, credentials: null, uri: 'rtsps://cam/x' }],
    ['rtsp://admin:secret@10.0.0.2:554/cam/realmonitor?channel=1&subtype=0', { secure: false, host: '10.0.0.2', port: 554, credentials: { user: 'admin', password: 'secret' }, uri: 'rtsp://10.0.0.2:554/cam/realmonitor?channel=1&subtype=0' }],
    ['rtsp://10.0.0.2?channel=1#here', { secure: false, host: '10.0.0.2', port: 554, credentials: null, uri: 'rtsp://10.0.0.2?channel=1' }],
    ['rtsp://op:x@[fe80::1]:8554/live', { secure: false, host: 'fe80::1', port: 8554, credentials: { user: 'op', password: 'x' }, uri: 'rtsp://[fe80::1]:8554/live' }],
    ['rtsps://[::1]/', { secure: true, host: '::1', port: 322, credentials: null, uri: 'rtsps://[::1]/' }],
    ['rtsp://cam/a@b', { secure: false, host: 'cam', port: 554, credentials: null, uri: 'rtsp://cam/a@b' }],
  ])('%s', (url, parts) => {
    expect(rtspAddress(url)).toEqual(parts);
  });

  test.each([
    ['op', { user: 'op', password: '' }],
    ['op:', { user: 'op', password: '' }],
    ['op:a:b', { user: 'op', password: 'a:b' }],
    ['op:p@ss@', { user: 'op', password: 'p@ss@' }],
    ['op:100%', { user: 'op', password: '100%' }],
    ['op:%40%2F%23%3F%25', { user: 'op', password: '@/#?%' }],
    ['%E5%80%BC%E7%8F%AD:%E5%AF%86%E7%A0%81', { user: '值班', password: '密码' }],
    ['值班:密码', { user: '值班', password: '密码' }],
    ['op:!$&\'()*+,;=~"', { user: 'op', password: '!$&\'()*+,;=~"' }],
  ])('with the login %s', (login, credentials) => {
    expect(rtspAddress(`rtsp://${login}@cam:554/x`)).toEqual({ secure: false, host: 'cam', port: 554, credentials, uri: 'rtsp://cam:554/x' });
  });

  test('every user and password arrives as it was meant, and stands nowhere else', () => {
    const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }).filter((each) => each.isWellFormed());
    fc.assert(
      fc.property(text, text, (user, password) => {
        const address = rtspAddress(`rtsp://${encodeURIComponent(user)}:${encodeURIComponent(password)}@cam:8554/live?x=1`);
        expect(address).toMatchObject({ credentials: { user, password }, host: 'cam', port: 8554, uri: 'rtsp://cam:8554/live?x=1' });
      }),
    );
  });

  test('never breaks the line of a request', () => {
    expect(rtspAddress('rtsp://cam/my stream\r\nX: y\t')?.uri).toBe('rtsp://cam/my%20stream%0D%0AX:%20y%09');
  });

  test.each(['', 'cam', 'http://cam/x', 'rtsp:/cam', 'rtsp://', 'rtsp:///x', 'rtsp://cam:99999/x', 'rtsp://cam:port/x', 'rtsp://[::1/x', 'rtsp://a b/x'])('is not %j', (url) => {
    expect(rtspAddress(url)).toBeNull();
  });
});

test.each([
  ['rtsp://c/x', null, 'rtsp://c/x'],
  ['rtsp://c/x/', '*', 'rtsp://c/x/'],
  ['rtsp://c/x', '', 'rtsp://c/x'],
  ['rtsp://c/x', 'trackID=1', 'rtsp://c/x/trackID=1'],
  ['rtsp://c/x/', 'trackID=1', 'rtsp://c/x/trackID=1'],
  ['rtsp://c/x/', '/video', 'rtsp://c/x/video'],
  ['rtsp://c', 'stream=0', 'rtsp://c/stream=0'],
  ['rtsp://c/cam/realmonitor?channel=1&subtype=0', 'trackID=0', 'rtsp://c/cam/realmonitor?channel=1&subtype=0/trackID=0'],
  ['rtsp://c/cam/realmonitor?channel=1&subtype=0/', 'trackID=0', 'rtsp://c/cam/realmonitor?channel=1&subtype=0/trackID=0'],
  ['rtsp://c/x', 'rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1?transportmode=unicast', 'rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1?transportmode=unicast'],
  ['rtsps://c/x', 'RTSPS://c/y', 'RTSPS://c/y'],
])('at %s, the stream %j is %s', (base, control, uri) => {
  expect(controlUri(base, control)).toBe(uri);
});
