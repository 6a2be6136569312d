/** Descriptions in the manner of well-known cameras and servers: which of their streams is taken, and what it is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { videoIn } from './sdp.ts';

const [SPS, PPS] = ['Z00AHpY1QKALdNwEBAQI', 'aO48gA=='];
const [VPS5, SPS5, PPS5] = ['QAEMAf//AUAAAAMAAAMAAAMAAAMAlqwJ', 'QgEBAUAAAAMAAAMAAAMAAAMAlqADwIARB8uW', 'RAHgcrAmQA=='];
const annexB = (...sets: readonly string[]): Buffer => Buffer.concat(sets.flatMap((set) => [Buffer.of(0, 0, 0, 1), Buffer.from(set, 'base64')]));
const sdp = (...lines: readonly string[]): string => `${lines.join('\r\n')}\r\n`;

const HIKVISION = sdp(
  'v=0',
  'o=- 1700000000000000 1700000000000000 IN IP4 192.168.1.64',
  's=Media Presentation',
  'e=NONE',
  'b=AS:5100',
  't=0 0',
  'a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/',
  'm=video 0 RTP/AVP 96',
  'c=IN IP4 0.0.0.0',
  'b=AS:5000',
  'a=recvonly',
  'a=x-dimensions:1920,1080',
  'a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1',
  'a=rtpmap:96 H264/90000',
  `a=fmtp:96 profile-level-id=420029; packetization-mode=1; sprop-parameter-sets=${SPS},${PPS}`,
  'm=audio 0 RTP/AVP 8',
  'c=IN IP4 0.0.0.0',
  'a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=2',
  'a=rtpmap:8 PCMA/8000',
  'm=application 0 RTP/AVP 107',
  'a=control:rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=3',
  'a=rtpmap:107 vnd.onvif.metadata/90000',
  'a=Media_header:MEDIAINFO=494D4B48010200000400000111710110401F000000FA000000000000000000000000000000000000;',
  'a=appversion:1.0',
);
const DAHUA_H265 = sdp(
  'v=0',
  'o=- 2252310609 2252310609 IN IP4 0.0.0.0',
  's=Media Server',
  'c=IN IP4 0.0.0.0',
  't=0 0',
  'a=control:*',
  'a=packetization-supported:DH',
  'a=rtppayload-supported:DH',
  'a=range:npt=now-',
  'm=video 0 RTP/AVP 98',
  'a=control:trackID=0',
  'a=framerate:25.000000',
  'a=rtpmap:98 H265/90000',
  `a=fmtp:98 profile-id=1;sprop-sps=${SPS5};sprop-pps=${PPS5};sprop-vps=${VPS5}`,
  'a=recvonly',
  'm=audio 0 RTP/AVP 97',
  'a=control:trackID=1',
  'a=rtpmap:97 MPEG4-GENERIC/16000',
  'a=fmtp:97 streamtype=5;profile-level-id=1;mode=AAC-hbr;config=1408',
);
const AXIS = sdp(
  'v=0',
  'o=- 17166521213119310158 1 IN IP4 192.168.0.90',
  's=Session streamed with GStreamer',
  'i=rtsp-server',
  't=0 0',
  'a=tool:GStreamer',
  'a=type:broadcast',
  'a=range:npt=now-',
  'a=control:rtsp://192.168.0.90:554/axis-media/media.amp',
  'm=video 0 RTP/AVP 96',
  'c=IN IP4 0.0.0.0',
  'b=AS:50000',
  'a=rtpmap:96 H264/90000',
  `a=fmtp:96 packetization-mode=1;profile-level-id=4d0029;sprop-parameter-sets=${SPS},${PPS}`,
  'a=ts-refclk:local',
  'a=mediaclk:sender',
  'a=recvonly',
  'a=control:rtsp://192.168.0.90:554/axis-media/media.amp/stream=0',
  'a=framerate:30.000000',
  'a=transform:1.000000,0.000000,0.000000;0.000000,1.000000,0.000000;0.000000,0.000000,1.000000',
);
const REOLINK_AUDIO_FIRST = sdp(
  'v=0',
  'o=- 1700000000 1 IN IP4 192.168.1.20',
  's=Session streamed by "preview"',
  't=0 0',
  'a=tool:LIVE555 Streaming Media v2013.04.08',
  'a=control:*',
  'm=audio 0 RTP/AVP 97',
  'a=rtpmap:97 MPEG4-GENERIC/16000',
  'a=control:track2',
  'm=video 0 RTP/AVP 96',
  'c=IN IP4 0.0.0.0',
  'b=AS:500',
  'a=rtpmap:96 H264/90000',
  `a=fmtp:96 packetization-mode=1;profile-level-id=640033;sprop-parameter-sets=${SPS},${PPS}`,
  'a=control:track1',
);
const LIVE555_JPEG = sdp('v=0', 'o=- 1 1 IN IP4 10.0.0.9', 's=Session', 't=0 0', 'a=control:*', 'm=video 0 RTP/AVP 26', 'c=IN IP4 0.0.0.0', 'a=control:track1', 'a=x-dimensions:640,480');
const GST_TWO_VIDEOS = sdp(
  'v=0',
  'o=- 1188340656180883 1 IN IP6 ::1',
  's=Session streamed with GStreamer',
  't=0 0',
  'a=control:*',
  'm=video 0 RTP/AVP 97',
  'a=rtpmap:97 VP8/90000',
  'a=control:stream=0',
  'm=video 0 RTP/AVP 96',
  'a=rtpmap:96 H265/90000',
  `a=fmtp:96 sprop-vps=${VPS5};sprop-sps=${SPS5};sprop-pps=${PPS5}`,
  'a=control:stream=1',
);

describe('takes the video of', () => {
  test.each([
    ['Hikvision, with metadata of ONVIF', HIKVISION, { codec: 'h264', payloadType: 96, clockRate: 90_000, control: 'rtsp://192.168.1.64:554/Streaming/Channels/101/trackID=1', sessionControl: 'rtsp://192.168.1.64:554/Streaming/Channels/101/', parameterSets: annexB(SPS, PPS) }],
    ['Dahua, H.265, its sets in another order than decoders want', DAHUA_H265, { codec: 'hevc', payloadType: 98, clockRate: 90_000, control: 'trackID=0', sessionControl: '*', parameterSets: annexB(VPS5, SPS5, PPS5) }],
    ['Axis', AXIS, { codec: 'h264', payloadType: 96, clockRate: 90_000, control: 'rtsp://192.168.0.90:554/axis-media/media.amp/stream=0', sessionControl: 'rtsp://192.168.0.90:554/axis-media/media.amp', parameterSets: annexB(SPS, PPS) }],
    ['Reolink, audio before it', REOLINK_AUDIO_FIRST, { codec: 'h264', payloadType: 96, clockRate: 90_000, control: 'track1', sessionControl: '*', parameterSets: annexB(SPS, PPS) }],
    ['live555, JPEG by its number alone', LIVE555_JPEG, { codec: 'mjpeg', payloadType: 26, clockRate: 90_000, control: 'track1', sessionControl: '*', parameterSets: Buffer.alloc(0) }],
    ['gst-rtsp-server, the second because the first is of no known codec', GST_TWO_VIDEOS, { codec: 'hevc', payloadType: 96, clockRate: 90_000, control: 'stream=1', sessionControl: '*', parameterSets: annexB(VPS5, SPS5, PPS5) }],
  ])('%s', (_, text, video) => {
    expect(videoIn(text)).toEqual(video);
    // Some end their lines as RFC 4566 does not want, or leave spaces there.
    expect(videoIn(text.replaceAll('\r\n', '\n'))).toEqual(video);
    expect(videoIn(text.replaceAll('\r\n', '  \r\n'))).toEqual(video);
  });
});

const video = (...lines: readonly string[]): unknown => videoIn(sdp('v=0', 's=x', ...lines));

describe('reads', () => {
  test('names in any case, spaces in parameters, and of several payload types the one that is known', () => {
    expect(video('m=video 0 RTP/AVP 99  100 101', 'a=rtpmap:99 MP4V-ES/90000', 'a=rtpmap:100  h264/90000/1', `a=fmtp:100  Packetization-Mode = 1 ; SPROP-parameter-sets = ${SPS} , ${PPS} ;`, 'a=rtpmap:101 H265/90000')).toEqual({
      codec: 'h264',
      payloadType: 100,
      clockRate: 90_000,
      control: null,
      sessionControl: null,
      parameterSets: annexB(SPS, PPS),
    });
  });

  test('parameters of its own payload type only', () => {
    expect(video('m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:9 sprop-parameter-sets=${PPS}`, `a=fmtp:97 sprop-parameter-sets=${PPS}`)).toMatchObject({ parameterSets: Buffer.alloc(0) });
    expect(video('m=video 0 RTP/AVP 9', 'a=rtpmap:9 H264/90000', `a=fmtp:96 sprop-parameter-sets=${PPS}`, `a=fmtp:9 sprop-parameter-sets=${SPS}`)).toMatchObject({ parameterSets: annexB(SPS) });
    expect(video('m=video 0 RTP/AVP 96', 'a=rtpmap:9 H265/90000', 'a=rtpmap:96 H264/90000')).toMatchObject({ codec: 'h264' });
  });

  test.each([
    ['H264/1000', 1000],
    ['H264', 90_000],
    ['H264/0', 90_000],
    ['H264/-5', 90_000],
    ['H264/fast', 90_000],
    ['H264/1e99', 90_000],
    ['H264/90000.5', 90_000],
  ])('the clock of %s as %d', (map, clockRate) => {
    expect(video('m=video 0 RTP/AVP 96', `a=rtpmap:96 ${map}`)).toMatchObject({ clockRate });
  });

  test('nothing of parameter sets that are none', () => {
    const setsOf = (format: string): unknown => video('m=video 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000', `a=fmtp:96 ${format}`);
    for (const format of ['sprop-parameter-sets=', 'sprop-parameter-sets=,,', 'sprop-parameter-sets', '=', ';;', 'sprop-parameter-sets=%%%']) expect(setsOf(format)).toMatchObject({ parameterSets: Buffer.alloc(0) });
    expect(setsOf(`sprop-parameter-sets=${SPS}`)).toMatchObject({ parameterSets: annexB(SPS) });
  });
});

describe('says', () => {
  test.each([
    ['MPEG-4', ['m=video 0 RTP/AVP 96', 'a=rtpmap:96 MP4V-ES/90000']],
    ['MPEG-1/2', ['m=video 0 RTP/AVP 32']],
    ['MPEG-TS', ['m=video 0 RTP/AVP 33']],
    ['VP9', ['m=video 0 RTP/AVP 98', 'a=rtpmap:98 vp9/90000', 'm=video 0 RTP/AVP 31']],
    ['type 96', ['m=video 0 RTP/AVP 96']],
    ['a codec without a name', ['m=video 0 RTP/AVP']],
    ['a codec without a name', ['m=video 0 RTP/AVP x']],
    ['X'.repeat(40), ['m=video 0 RTP/AVP 98', `a=rtpmap:98 ${'x'.repeat(100_000)}/90000`]],
  ])('%s of a video that cannot be read', (unknownCodec, lines) => {
    expect(video(...lines)).toEqual({ unknownCodec });
  });

  test('nothing where there is no video', () => {
    expect(video('m=audio 0 RTP/AVP 0')).toBeNull();
    expect(videoIn('')).toBeNull();
    expect(video('m=videoconference 0 RTP/AVP 96', 'a=rtpmap:96 H264/90000')).toBeNull();
  });

  test('something or nothing of anything at all', () => {
    const line = fc.oneof(fc.string(), fc.constantFrom('m=video 0 RTP/AVP 96', 'm=video ', 'a=rtpmap:96 H264', 'a=rtpmap:96 ', 'a=rtpmap:', 'a=fmtp:96 sprop-parameter-sets=,a,=', 'a=control:', 'm=', 'a='));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const found = videoIn(lines.join('\n'));
        if (found && 'codec' in found) expect(['h264', 'hevc', 'mjpeg']).toContain(found.codec);
      }),
    );
  });
});
