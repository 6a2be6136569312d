/** The pictures of a clip, or of live fragments as they come, one at a time with their times: what redaction looks at. */
import { Frame, Packet, type Stream } from 'node-av/lib';
import type { CodedPacket, StreamShape } from './coded-stream.ts';
import { PACKET_TIME_BASE, streamCodecOf } from './decoders.ts';
import { samplesOf } from './fmp4-samples.ts';
import { StreamDecoder } from './libav-decoder.ts';
import { openMp4 } from './memory-input.ts';
import { type Colours, coloursOf, RgbMaker, type RgbPicture } from './rgb-picture.ts';

export interface ClipPicture extends RgbPicture {
  /** In the clip's own time. */
  readonly atMs: number;
  readonly colours: Colours;
}

/** Every picture of an MP4 in memory, no wider than `maxWidthPx`. Throws an Error where it cannot be read; what cannot be decoded is left out. */
export async function* clipPictures(mp4: Uint8Array, maxWidthPx: number): AsyncGenerator<ClipPicture> {
  const input = await openMp4(mp4);
  const packet = new Packet();
  packet.alloc();
  let pictures: Pictures | null = null;
  try {
    const { stream } = input;
    const msPerTick = (1000 * stream.timeBase.num) / stream.timeBase.den;
    pictures = await Pictures.open(shapeOf(stream), maxWidthPx);
    while ((await input.context.readFrame(packet)) >= 0) {
      if (packet.streamIndex === stream.index) {
        await pictures.send(packet, Number(packet.pts) * msPerTick);
        yield* pictures.ready(() => true);
      }
      packet.unref();
    }
    pictures.drain();
    yield* pictures.ready(() => true);
  } finally {
    pictures?.free();
    packet.free();
    await input.close();
  }
}

/** The pictures of fragments (devices/camera/fmp4.ts), in the order in which they were made. */
export class FragmentPictures {
  readonly #pictures: Pictures;
  readonly #ticksPerMs: number;
  readonly #packet = new Packet();

  private constructor(pictures: Pictures, ticksPerMs: number) {
    this.#pictures = pictures;
    this.#ticksPerMs = ticksPerMs;
    this.#packet.alloc();
  }

  /** `init` is what the fragments begin with. Throws an Error where it names no codec that is read. */
  static async open(init: Uint8Array, maxWidthPx: number): Promise<FragmentPictures> {
    const input = await openMp4(init);
    try {
      const { num, den } = input.stream.timeBase;
      return new FragmentPictures(await Pictures.open(shapeOf(input.stream), maxWidthPx), den / num / 1000);
    } finally {
      await input.close();
    }
  }

  /**
   * Decodes a fragment; begin with one that is a key frame. Gives the pictures that came out and that `wanted` asks for by their time: the others cost
   * no more than decoding.
   */
  async decode(fragment: Uint8Array, wanted: (atMs: number) => boolean): Promise<ClipPicture[]> {
    const found: ClipPicture[] = [];
    for (const { bytes, ptsTicks } of samplesOf(fragment)) {
      this.#packet.unref();
      this.#packet.data = Buffer.from(bytes);
      await this.#pictures.send(this.#packet, ptsTicks / this.#ticksPerMs);
      for await (const picture of this.#pictures.ready(wanted)) found.push(picture);
    }
    return found;
  }

  /** When the fragment's first picture is shown, nothing decoded; null where it holds none. Throws as samplesOf. */
  timeOf(fragment: Uint8Array): number | null {
    const first = samplesOf(fragment)[0];
    return first ? first.ptsTicks / this.#ticksPerMs : null;
  }

  free(): void {
    this.#pictures.free();
    this.#packet.free();
  }
}

function shapeOf({ codecpar }: Stream): StreamShape {
  const codec = streamCodecOf(codecpar.codecId);
  if (codec === null) throw new Error('the clip is in a codec that is not read');
  return { codec, widthPx: codecpar.width, heightPx: codecpar.height, extradata: Uint8Array.from(codecpar.extradata ?? []) };
}

/** A decoder and what makes RGB of its frames. */
class Pictures {
  readonly #decoder: StreamDecoder<number>;
  readonly #maker: RgbMaker;
  readonly #frame = new Frame();

  private constructor(decoder: StreamDecoder<number>, maker: RgbMaker) {
    this.#decoder = decoder;
    this.#maker = maker;
    this.#frame.alloc();
  }

  static async open(shape: StreamShape, maxWidthPx: number): Promise<Pictures> {
    return new Pictures(await StreamDecoder.open<number>(shape), new RgbMaker(maxWidthPx));
  }

  async send(packet: Packet, atMs: number): Promise<void> {
    packet.pts = packet.dts = BigInt(Math.round((atMs * PACKET_TIME_BASE.den) / 1000));
    const coded: CodedPacket = { packet, key: packet.isKeyframe, ptsMs: atMs, dtsMs: atMs, capturedAtMs: atMs, clock: 'arrival', bytes: packet.size };
    await this.#decoder.send(coded, atMs);
  }

  async *ready(wanted: (atMs: number) => boolean): AsyncGenerator<ClipPicture> {
    for (let got = this.#decoder.receive(this.#frame); got; got = this.#decoder.receive(this.#frame)) {
      if (got.about !== null && wanted(got.about)) yield { ...(await this.#maker.rgb(this.#frame)), atMs: got.about, colours: coloursOf(this.#frame) };
    }
  }

  drain(): void {
    this.#decoder.drain();
  }

  free(): void {
    this.#decoder.free();
    this.#maker.free();
    this.#frame.free();
  }
}
