/** What a camera says of its streams (SDP, RFC 4566), as far as its video goes. */
import type { StreamCodec } from '../camera/coded-stream.ts';

export interface VideoDescription {
  readonly codec: StreamCodec;
  readonly payloadType: number;
  /** Ticks of the stream's time in a second. */
  readonly clockRate: number;
  /** What SETUP is asked for, as it was written; null where nothing. */
  readonly control: string | null;
  /** Of the session as a whole, for PLAY. */
  readonly sessionControl: string | null;
  /** The parameter sets it tells (Annex B), empty where none. */
  readonly parameterSets: Buffer;
}

export interface UnknownVideo {
  /** By its name in the description. */
  readonly unknownCodec: string;
}

/** By their names in RTP (RFC 6184, 8.1; RFC 7798, 7.1; RFC 2435). */
const CODECS: ReadonlyMap<string, StreamCodec> = new Map([
  ['H264', 'h264'],
  ['H265', 'hevc'],
  ['JPEG', 'mjpeg'],
]);
/** Payload types that need no name, of video (RFC 3551, table 5). */
const STATIC: ReadonlyMap<number, string> = new Map([
  [26, 'JPEG'],
  [31, 'H261'],
  [32, 'MPEG-1/2'],
  [33, 'MPEG-TS'],
  [34, 'H263'],
]);
/** Names of others in RTP, as a person knows them. */
const KNOWN_AS: ReadonlyMap<string, string> = new Map([
  ['MPV', 'MPEG-1/2'],
  ['MP4V-ES', 'MPEG-4'],
  ['MP2T', 'MPEG-TS'],
]);
const MOST_NAME = 40;
const CLOCK_RATE = 90_000;
const MOST_CLOCK_RATE = 10_000_000;
/** Of format parameters: where the sets of each codec stand, in the order a decoder wants them. */
const SETS: Readonly<Record<StreamCodec, readonly string[]>> = { h264: ['sprop-parameter-sets'], hevc: ['sprop-vps', 'sprop-sps', 'sprop-pps'], mjpeg: [] };
const START_CODE = Buffer.of(0, 0, 0, 1);

/** The first video that can be read, else the first that cannot; null where there is none. */
export function videoIn(description: string): VideoDescription | UnknownVideo | null {
  const [session = [], ...medias] = sectionsOf(description.split(/\r?\n/));
  const videos = medias.filter(([media = '']) => media.startsWith('m=video ')).map((lines) => videoOf(lines, valueOf(session, 'control:')));
  return videos.find((video) => 'codec' in video) ?? videos[0] ?? null;
}

/** The lines of the session, then those of each of its media. */
function sectionsOf(lines: readonly string[]): string[][] {
  const sections: string[][] = [[]];
  for (const line of lines) {
    if (line.startsWith('m=')) sections.push([]);
    sections.at(-1)?.push(line.trim());
  }
  return sections;
}

function videoOf(lines: readonly string[], sessionControl: string | null): VideoDescription | UnknownVideo {
  // m=video <port> <protocol> <payload types>
  const types = (lines[0] ?? '').split(/\s+/).slice(3).map(Number).filter((type) => type < 128);
  const formats = types.map((payloadType) => {
    const [name = STATIC.get(payloadType), rate] = (valueOf(lines, `rtpmap:${payloadType} `) ?? undefined)?.split('/') ?? [];
    return { payloadType, name: name?.toUpperCase().slice(0, MOST_NAME) ?? `type ${payloadType}`, clockRate: rateOf(rate) };
  });
  for (const { payloadType, name, clockRate } of formats) {
    const codec = CODECS.get(name);
    if (codec) return { codec, payloadType, clockRate, control: valueOf(lines, 'control:'), sessionControl, parameterSets: setsOf(codec, valueOf(lines, `fmtp:${payloadType} `)) };
  }
  const name = formats[0]?.name ?? 'a codec without a name';
  return { unknownCodec: KNOWN_AS.get(name) ?? name };
}

function rateOf(text: string | undefined): number {
  const rate = Number(text);
  return Number.isInteger(rate) && rate > 0 && rate <= MOST_CLOCK_RATE ? rate : CLOCK_RATE;
}

/** Of the first attribute that begins so. */
function valueOf(lines: readonly string[], begin: string): string | null {
  const line = lines.find((each) => each.startsWith(`a=${begin}`));
  return line === undefined ? null : line.slice(2 + begin.length).trim();
}

function setsOf(codec: StreamCodec, format: string | null): Buffer {
  const parameters = new Map((format ?? '').split(';').map((each) => [each.slice(0, each.indexOf('=')).trim().toLowerCase(), each.slice(each.indexOf('=') + 1).trim()] as const));
  const sets = SETS[codec].flatMap((name) => (parameters.get(name) ?? '').split(',')).map((set) => Buffer.from(set, 'base64'));
  return Buffer.concat(sets.filter((set) => set.length > 0).flatMap((set) => [START_CODE, set]));
}

