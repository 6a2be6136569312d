/** Pictures of real encoders, sent as RTP by our simulated camera and by libav, come out unit by unit as they went in; of what is damaged, whole units. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AVERROR_EAGAIN, AVERROR_EOF, AVFMT_FLAG_CUSTOM_IO, AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { Dictionary, FFmpegError, FormatContext, Frame, IOContext, Packet, Rational } from 'node-av/lib';
import { beforeAll, describe, expect, test } from 'vitest';
import { codedPackets, type WantedCoding } from '../../test-fixtures/coded-clip.ts';
import { splitNals } from '../../test-fixtures/fake-camera/nal-units.ts';
import { packetise } from '../../test-fixtures/fake-camera/packetise.ts';
import { openDecoder } from '../camera/decoders.ts';
import { H264Units } from './h264-units.ts';
import { H265Units } from './h265-units.ts';
import type { CodedPicture, RtpPayload } from './payload.ts';

const STEP = 3600;
const MIB = 1024 * 1024;
const START_CODE = Buffer.of(0, 0, 0, 1);

/** As it was coded. */
interface Picture {
  readonly nals: readonly Buffer[];
  readonly key: boolean;
  readonly timestamp: number;
}

interface Sent extends RtpPayload {
  readonly payload: Buffer;
}

interface Given extends CodedPicture {
  /** How many packets had come. */
  readonly after: number;
}

const annexB = (nals: readonly Buffer[]): Buffer => Buffer.concat(nals.flatMap((nal) => [START_CODE, nal]));

describe.each([
  { name: 'H.264', codec: 'h264', rtpName: 'h264', libavId: AV_CODEC_ID_H264, Units: H264Units, setTypes: [7, 8, 6], typeOf: (nal: Buffer): number => (nal[0] ?? 0) & 0x1f, fragment: (flags: number): number[] => [0x7c, flags | 5] },
  { name: 'H.265', codec: 'hevc', rtpName: 'h265', libavId: AV_CODEC_ID_HEVC, Units: H265Units, setTypes: [32, 33, 34, 39], typeOf: (nal: Buffer): number => ((nal[0] ?? 0) >> 1) & 0x3f, fragment: (flags: number): number[] => [49 << 1, 1, flags | 19] },
] as const)('$name', ({ codec, rtpName, libavId, Units, setTypes, typeOf, fragment }) => {
  let clip: Picture[];
  let sliced: Picture[];

  beforeAll(async () => {
    const wanted: WantedCoding = { codec, widthPx: 320, heightPx: 184, fps: 25, pictures: 10, gop: 4, grain: true, parameters: 'crf=12' };
    [clip, sliced] = await Promise.all([coded(wanted), coded({ ...wanted, parameters: 'crf=12:slices=4' })]);
    expect(sliced.every(({ nals }) => slicesOf(nals).length === 4)).toBe(true);
    expect(clip.every(({ nals }) => slicesOf(nals).length === 1)).toBe(true);
  });

  async function coded(wanted: WantedCoding): Promise<Picture[]> {
    const { packets } = await codedPackets(wanted);
    return packets.map(({ packet, key }, i) => {
      const nals = splitNals(Buffer.from(packet.data ?? []), null);
      packet.free();
      return { nals, key, timestamp: (0xffff_f000 + i * STEP) >>> 0 };
    });
  }

  const isSet = (nal: Buffer): boolean => (setTypes as readonly number[]).includes(typeOf(nal));
  const slicesOf = (nals: readonly Buffer[]): Buffer[] => nals.filter((nal) => !isSet(nal));

  const fragmentType = codec === 'h264' ? 28 : 49;
  const endsUnit = (payload: Buffer): boolean => typeOf(payload) !== fragmentType || (payload.readUInt8(codec === 'h264' ? 1 : 2) & 0x40) !== 0;

  /** The packets of each picture, as the simulated camera sends them. */
  function sentOf({ nals, timestamp }: Picture): Sent[] {
    const stream = { ssrc: 1, payloadType: 96, channel: 0, rtcpChannel: 1, sequence: 0, packets: 0, octets: 0 };
    const bytes = packetise(rtpName, stream, nals, timestamp);
    const packets: Sent[] = [];
    for (let at = 0; at < bytes.length; at += 4 + bytes.readUInt16BE(at + 2)) {
      const packet = bytes.subarray(at + 4, at + 4 + bytes.readUInt16BE(at + 2));
      packets.push({ payload: packet.subarray(12), timestamp: packet.readUInt32BE(4), marker: packet.readUInt8(1) >= 0x80, lost: false });
    }
    return packets;
  }

  /** What comes out of these packets, each of them in the same memory. */
  function received(packets: readonly Sent[]): Given[] {
    const given: Given[] = [];
    const memory = Buffer.alloc(70_000);
    let after = 0;
    const units = new Units((picture) => void given.push({ ...picture, bytes: Buffer.from(picture.bytes), after }));
    for (const { payload, ...about } of packets) {
      after++;
      payload.copy(memory);
      units.push(memory.subarray(0, payload.length), about);
      memory.fill(0xaa, 0, payload.length);
    }
    return given;
  }

  const wholeOf = ({ nals, key, timestamp }: Picture): CodedPicture => ({ bytes: annexB(nals), key, timestamp });
  const without = ({ bytes, key, timestamp }: Given): CodedPicture => ({ bytes, key, timestamp });

  /** A hash of each picture that a decoder shows of these. */
  async function shown(pictures: readonly Buffer[]): Promise<string[]> {
    const decoder = await openDecoder({ codec, widthPx: null, heightPx: null, extradata: new Uint8Array() });
    const [packet, frame] = [new Packet(), new Frame()];
    packet.alloc();
    frame.alloc();
    const hashes: string[] = [];
    for (const bytes of [...pictures, null]) {
      if (bytes) packet.data = bytes;
      FFmpegError.throwIfError(await decoder.sendPacket(bytes ? packet : null), 'decoding');
      for (;;) {
        const code = await decoder.receiveFrame(frame);
        if (code === AVERROR_EAGAIN || code === AVERROR_EOF) break;
        FFmpegError.throwIfError(code, 'decoding');
        hashes.push(createHash('sha256').update(frame.toBuffer()).digest('hex'));
        frame.unref();
      }
    }
    packet.free();
    frame.free();
    decoder.freeContext();
    return hashes;
  }

  async function packetsOfLibav(pictures: readonly Picture[]): Promise<Sent[]> {
    const packets: Buffer[] = [];
    const output = new FormatContext();
    const io = new IOContext();
    FFmpegError.throwIfError(output.allocOutputContext2(null, 'rtp', null), 'making RTP');
    io.allocContextWithCallbacks(4_096, 1, null, (bytes) => (packets.push(Buffer.from(bytes)), bytes.length));
    output.pb = io;
    output.setFlags(AVFMT_FLAG_CUSTOM_IO);
    const stream = output.newStream(null);
    Object.assign(stream.codecpar, { codecType: AVMEDIA_TYPE_VIDEO, codecId: libavId, width: 320, height: 184 });
    stream.timeBase = new Rational(1, 25);
    const options = Dictionary.fromObject({ packetsize: '1400' });
    const packet = new Packet();
    packet.alloc();
    try {
      FFmpegError.throwIfError(await output.writeHeader(options), 'beginning RTP');
      for (const [i, { nals }] of pictures.entries()) {
        Object.assign(packet, { data: annexB(nals), pts: BigInt(i), dts: BigInt(i), streamIndex: 0, timeBase: new Rational(1, 25) });
        packet.rescaleTs(new Rational(1, 25), stream.timeBase);
        FFmpegError.throwIfError(await output.writeFrame(packet), 'sending a picture');
      }
      FFmpegError.throwIfError(await output.writeTrailer(), 'ending RTP');
    } finally {
      packet.free();
      options.free();
      // Otherwise the context frees it, too.
      output.pb = null;
      output.freeContext();
      io.freeContext();
    }
    // Sender reports go the same way, with another type (RFC 5761, 4).
    const rtp = packets.filter((bytes) => (bytes.readUInt8(1) & 0x7f) < 64 || (bytes.readUInt8(1) & 0x7f) > 95);
    const first = rtp[0]?.readUInt32BE(4) ?? 0;
    return rtp.map((bytes) => ({ payload: bytes.subarray(12), timestamp: (0xffff_f000 + bytes.readUInt32BE(4) - first) >>> 0, marker: bytes.readUInt8(1) >= 0x80, lost: false }));
  }

  describe('whole pictures', () => {
    test.each(['one slice', 'four slices'])('of %s come out as the simulated camera sends them, each at once with its mark', async (kind) => {
      const pictures = kind === 'one slice' ? clip : sliced;
      const sent = pictures.map(sentOf);
      const given = received(sent.flat());
      expect(given.map(without)).toEqual(pictures.map(wholeOf));
      let after = 0;
      expect(given.map((picture) => picture.after)).toEqual(sent.map((packets) => (after += packets.length)));
      expect(Math.min(...sent.map(({ length }) => length))).toBeGreaterThan(3);
      const frames = await shown(pictures.map(({ nals }) => annexB(nals)));
      expect(new Set(frames).size).toBe(pictures.length);
      expect(await shown(given.map(({ bytes }) => bytes))).toEqual(frames);
    });

    test.each(['one slice', 'four slices'])('of %s come out as libav sends them, small units together in one packet', async (kind) => {
      const pictures = kind === 'one slice' ? clip : sliced;
      const sent = await packetsOfLibav(pictures);
      const types = new Set(sent.map(({ payload }) => typeOf(payload)));
      for (const type of codec === 'h264' ? [24, 28] : [48, 49]) expect(types).toContain(type);
      expect(received(sent).map(without)).toEqual(pictures.map(wholeOf));
    });
  });

  describe('start codes in payloads', () => {
    test('between the units of a picture that is sent as one: it is known for what it is', () => {
      const packed = clip.map((picture) => ({ ...picture, nals: [annexB(picture.nals).subarray(START_CODE.length)] }));
      expect(received(packed.flatMap(sentOf)).map(without)).toEqual(clip.map(wholeOf));
    });

    test.each([3, 4])('of %i bytes in front of units are left out', (bytes) => {
      const sent = clip.flatMap(sentOf).map((packet) => (typeOf(packet.payload) === fragmentType ? packet : { ...packet, payload: Buffer.concat([START_CODE.subarray(-bytes), packet.payload]) }));
      expect(received(sent).map(without)).toEqual(clip.map(wholeOf));
    });
  });

  describe('marks', () => {
    test('that are never set: the next picture tells that one is whole', () => {
      const sent = sliced.flatMap(sentOf).map((packet) => ({ ...packet, marker: false }));
      const given = received(sent);
      expect(given.map(without)).toEqual(sliced.slice(0, -1).map(wholeOf));
      expect(given[0]?.after).toBe(sentOf(sliced[0]!).length + 1);
    });

    test('on every unit are found out by the first picture, and then all are whole', () => {
      const sent = sliced.flatMap((picture) => {
        const packets = sentOf(picture);
        return packets.map((packet) => ({ ...packet, marker: endsUnit(packet.payload) }));
      });
      const given = received(sent);
      expect(given.map(({ timestamp }) => timestamp)).toEqual(sliced.slice(0, -1).map(({ timestamp }) => timestamp));
      const first = sliced[0]!;
      const firstSlice = first.nals.findIndex((nal) => !isSet(nal));
      expect(given[0]).toMatchObject({ bytes: annexB(first.nals.slice(0, firstSlice + 1)), key: true });
      expect(given.slice(1).map(without)).toEqual(sliced.slice(1, -1).map(wholeOf));
    });

    test('in the middle of a unit end nothing', () => {
      const sent = sliced.flatMap((picture) => sentOf(picture).map((packet, i, { length }) => ({ ...packet, marker: packet.marker || (typeOf(packet.payload) === fragmentType && i < length - 1 && !endsUnit(packet.payload)) })));
      expect(sent.filter(({ marker }) => marker).length).toBeGreaterThan(2 * sliced.length);
      expect(received(sent).map(without)).toEqual(sliced.map(wholeOf));
    });

    test('part the two fields of a frame, which bear one time', () => {
      const fields = clip.slice(0, 4).map((picture) => ({ ...picture, timestamp: 7 }));
      expect(received(fields.flatMap(sentOf)).map(without)).toEqual(fields.map(wholeOf));
      expect(fields.map(({ key }) => key)).toEqual([true, false, false, false]);
    });
  });

  test.each([true, false])('parameter sets that are sent apart, with a time of their own, come with the picture behind them (marked: %s)', (marker) => {
    const sent = clip.flatMap((picture) => {
      const sets = picture.nals.filter(isSet);
      return [...sets.flatMap((nal, i) => sentOf({ ...picture, nals: [nal], timestamp: (picture.timestamp - sets.length + i) >>> 0 })), ...sentOf({ ...picture, nals: picture.nals.filter((nal) => !isSet(nal)) })].map((packet) => ({ ...packet, marker: packet.marker && marker }));
    });
    expect(received(sent).map(without)).toEqual((marker ? clip : clip.slice(0, -1)).map(wholeOf));
  });

  test('empty payloads, and those too short to say what they are, are passed over; their marks count', () => {
    const [first] = clip;
    const sent = sentOf(first!);
    const about = { timestamp: first!.timestamp, lost: false };
    const empty = [Buffer.alloc(0), ...(codec === 'hevc' ? [Buffer.of(0x26)] : [])].map((payload) => ({ payload, marker: false, ...about }));
    const given = received(sent.flatMap((packet) => [...empty, { ...packet, marker: false }]).concat({ payload: Buffer.alloc(0), marker: true, ...about }));
    expect(given.map(without)).toEqual([wholeOf(first!)]);
    expect(received([...empty, { payload: Buffer.alloc(0), marker: true, ...about }])).toEqual([]);
  });

  describe('with packets lost', () => {
    /** What is left of a stream, each packet behind a gap told so. */
    function left(pictures: readonly Picture[], isLost: (index: number) => boolean): { packets: Sent[]; untouched: Picture[] } {
      let index = 0;
      let gap = false;
      const packets: Sent[] = [];
      const untouched: Picture[] = [];
      for (const picture of pictures) {
        const sent = sentOf(picture);
        const lost = sent.map(() => isLost(index++));
        sent.forEach((packet, i) => {
          if (!lost[i]) packets.push({ ...packet, lost: gap });
          gap = lost[i] ?? false;
        });
        if (!lost.includes(true)) untouched.push(picture);
      }
      return { packets, untouched };
    }

    function expectNoHoles(pictures: readonly Picture[], isLost: (index: number) => boolean): void {
      const { packets, untouched } = left(pictures, isLost);
      const given = received(packets);
      const sent = new Map(pictures.map((picture) => [picture.timestamp, picture]));
      for (const { bytes, timestamp, key } of given) {
        const { nals = [], key: isKey = false } = sent.get(timestamp) ?? {};
        const units = splitNals(bytes, null);
        expect(annexB(units).equals(bytes)).toBe(true);
        // Whole units of this picture in their order; before them may stand what is left of one that lost its slices.
        for (let of = nals.length; of >= 0 && units.length > 0; units.pop()) of = nals.slice(0, of).findLastIndex((nal) => nal.equals(units.at(-1)!));
        expect(units.every(isSet)).toBe(true);
        if (key) expect(isKey).toBe(true);
      }
      expect(new Set(given.map(({ timestamp }) => timestamp)).size).toBe(given.length);
      for (const picture of untouched.filter(({ timestamp }) => timestamp !== pictures.at(-1)?.timestamp)) {
        const { bytes, key } = given.find(({ timestamp }) => timestamp === picture.timestamp)!;
        expect(key).toBe(picture.key);
        expect(bytes.subarray(-annexB(picture.nals).length).equals(annexB(picture.nals))).toBe(true);
      }
    }

    test('one, at each place', () => {
      const few = [...clip.slice(3, 6), ...sliced.slice(3, 6).map((picture) => ({ ...picture, timestamp: (picture.timestamp + 6 * STEP) >>> 0 }))];
      const count = few.flatMap(sentOf).length;
      for (let lost = 0; lost < count; lost++) expectNoHoles(few, (index) => index === lost);
    });

    test('any, anywhere', () => {
      const lost = fc.oneof(fc.uniqueArray(fc.nat({ max: 200 }), { maxLength: 150 }), fc.tuple(fc.nat({ max: 200 }), fc.nat({ max: 60 })).map(([from, count]) => Array.from({ length: count }, (_, i) => from + i)));
      fc.assert(
        fc.property(lost, fc.boolean(), (indexes, isSliced) => {
          const set = new Set(indexes);
          expectNoHoles(isSliced ? sliced : clip, (index) => set.has(index));
        }),
      );
    });
  });

  test('anything at all harms nobody, and the next whole picture comes out whole', () => {
    const rubbish = fc.record({ payload: fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 60 })).map(([first, rest]) => Buffer.from([first, ...rest])), timestamp: fc.integer({ min: 0, max: 5 }), marker: fc.boolean(), lost: fc.boolean() });
    const end: Sent = { payload: Buffer.alloc(0), timestamp: 6, marker: false, lost: false };
    fc.assert(
      fc.property(fc.array(rubbish, { maxLength: 40 }), (packets) => {
        const [first, second] = [clip[0]!, clip[1]!];
        const given = received([...packets, end, ...sentOf(first), ...sentOf(second), { ...end, timestamp: 7 }]).slice(-2);
        expect(given.map(({ timestamp }) => timestamp)).toEqual([first.timestamp, second.timestamp]);
        expect(given[0]?.bytes.subarray(-annexB(first.nals).length).equals(annexB(first.nals))).toBe(true);
        expect(given[1]).toMatchObject(wholeOf(second));
      }),
    );
  });

  test('more than any picture has is dropped as it comes, and what follows comes out whole', () => {
    const piece = Buffer.alloc(65_000, 0x55);
    const part = (flags: number): Sent => ({ payload: Buffer.concat([Buffer.from(fragment(flags)), piece]), timestamp: 1, marker: false, lost: false });
    const single = { ...part(0), payload: Buffer.concat([slicesOf(clip[0]!.nals)[0]!.subarray(0, 8), piece]) };
    for (const endless of [[part(0x80), ...Array.from({ length: 400 }, () => part(0))], Array.from({ length: 400 }, () => single)]) {
      const given = received([...endless, ...sentOf(clip[0]!), ...sentOf(clip[1]!)]);
      for (const { bytes } of given.slice(0, -2)) {
        expect(bytes.length).toBeLessThanOrEqual(16 * MIB);
        expect(bytes.length % (START_CODE.length + single.payload.length)).toBe(0);
      }
      expect(given.slice(-2).map(without)).toEqual(clip.slice(0, 2).map(wholeOf));
    }
  });
});

test('H.264 that never says where one may begin: what is coded by itself behind new parameter sets', async () => {
  const { packets } = await codedPackets({ codec: 'h264', widthPx: 320, heightPx: 184, fps: 25, pictures: 12, gop: 4, grain: true, parameters: 'open-gop=1:bframes=2:repeat-headers=1' });
  const keys: boolean[] = [];
  const wanted: boolean[] = [];
  const units = new H264Units(({ key }) => void keys.push(key));
  for (const [i, { packet }] of packets.entries()) {
    const nals = splitNals(Buffer.from(packet.data ?? []), null).filter((nal) => ((nal[0] ?? 0) & 0x1f) !== 6);
    packet.free();
    const type = (nal: Buffer): number => (nal[0] ?? 0) & 0x1f;
    if (i > 0) expect(nals.map(type)).not.toContain(5);
    wanted.push(nals.some((nal) => type(nal) === 7));
    nals.forEach((nal, n) => units.push(nal, { timestamp: i * STEP, marker: n === nals.length - 1, lost: false }));
  }
  expect(keys).toEqual(wanted);
  expect(wanted.filter(Boolean).length).toBeGreaterThan(1);
});
