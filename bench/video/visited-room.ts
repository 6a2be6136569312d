/** Two minutes as most cameras see them: a room in which nothing happens, and once somebody who comes in and goes. Each is coded as cameras code, and they are put together without coding again. */
import { existsSync, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { AVMEDIA_TYPE_VIDEO } from 'node-av/constants';
import { FFmpegError, FormatContext, Packet, type Stream } from 'node-av/lib';
import { decodedFrames } from '../../test-fixtures/clip-frames.ts';
import { ClipWriter } from '../../test-fixtures/clip-writer.ts';
import { type Recoded, recodedClip, type RecipeName, STILL_STREET } from '../../test-fixtures/recoded-clips.ts';
import { findShared } from '../../test-fixtures/shared-data.ts';

/** Somebody comes in at 5.8 s of it. He stays and changes the room, so his way in is shown backwards too: the room is then as it was. */
const ROOM = 'one-by-one-person-detection.mp4';
const CALM = { fromS: 0, seconds: 4 } as const;
const WAY_IN = { fromS: 2.8, seconds: 6, movesS: 3 } as const;
/** On a drawn street somebody walks all the time. */
const WALK = { fromS: 0, seconds: 3, movesS: 3 } as const;
const ABOUT_S = 120;

export interface VisitedRoom {
  readonly file: string;
  readonly footage: string;
  readonly kbitPerS: number;
  readonly loopS: number;
  /** Part of the time in which something moves. */
  readonly movesShare: number;
}

/** Made once and kept beside its parts. Without `../shared` a drawn street stands for the room. */
export async function visitedRoom(recipe: RecipeName): Promise<VisitedRoom> {
  const isReal = findShared(`clips/${ROOM}`) !== null;
  const { movesS, ...cut } = isReal ? WAY_IN : WALK;
  const calm = await recodedClip(isReal ? { clip: ROOM } : { street: STILL_STREET }, recipe, CALM);
  const wayIn = await recodedClip(isReal ? { clip: ROOM } : { street: { ...STILL_STREET, persons: 2 } }, recipe, cut);
  if (!calm || !wayIn) throw new Error(`${ROOM} went away while it was coded`);
  const visit = wayIn.file.replace(/\.mp4$/, '-and-back.mp4');
  if (!existsSync(visit)) await made(visit, (part) => thereAndBack(wayIn, part));
  const calms = Math.floor((ABOUT_S - 2 * cut.seconds) / CALM.seconds);
  const loopS = calms * CALM.seconds + 2 * cut.seconds;
  const file = path.join(path.dirname(calm.file), `${path.basename(calm.file, '.mp4')}-x${calms}-${path.basename(visit)}`);
  if (!existsSync(file)) await made(file, (part) => joined([...Array.from({ length: calms }, () => calm.file), visit], part));
  return { file, footage: isReal ? ROOM : 'drawn street', kbitPerS: Math.round((statSync(file).size * 8) / loopS / 1000), loopS, movesShare: (2 * movesS) / loopS };
}

async function made(file: string, make: (part: string) => Promise<void>): Promise<void> {
  const part = file.replace(/\.mp4$/, `.${process.pid}.part.mp4`);
  try {
    await make(part);
    await rename(part, file);
  } finally {
    await rm(part, { force: true });
  }
}

/** Its pictures forwards and then backwards, coded again as they were. All of them are in memory meanwhile: 3 MB each at 1080p. */
async function thereAndBack({ file, encoding }: Recoded, part: string): Promise<void> {
  const pictures: Buffer[] = [];
  for await (const { frame } of decodedFrames(file, encoding.fps)) pictures.push(frame.toBuffer());
  const writer = await ClipWriter.open(part, encoding);
  for (const picture of [...pictures, ...pictures.toReversed()]) await writer.add(picture);
  await writer.end();
}

/** One after the other into one file. All begin with a key frame and have the same parameter sets: the first one's stand for all. */
async function joined(files: readonly string[], part: string): Promise<void> {
  const output = new FormatContext();
  FFmpegError.throwIfError(output.allocOutputContext2(null, 'mp4', part), 'making an MP4');
  try {
    const stream = output.newStream();
    let atTicks = 0n;
    for (const [i, each] of files.entries()) atTicks += await append(each, output, stream, i === 0, atTicks);
    FFmpegError.throwIfError(await output.writeTrailer(), 'writing the end');
    await output.closeOutput();
  } finally {
    output.freeContext();
  }
}

/** How long it was, in ticks of the output's. */
async function append(file: string, output: FormatContext, to: Stream, first: boolean, atTicks: bigint): Promise<bigint> {
  await using input = new FormatContext();
  FFmpegError.throwIfError(await input.openInput(file), `opening ${file}`);
  const from = input.streams.find(({ codecpar }) => codecpar.codecType === AVMEDIA_TYPE_VIDEO);
  if (!from) throw new Error(`${file} holds no video`);
  if (first) {
    FFmpegError.throwIfError(from.codecpar.copy(to.codecpar), 'describing the stream');
    to.timeBase = from.timeBase;
    FFmpegError.throwIfError(await output.openOutput(), 'opening the file');
    FFmpegError.throwIfError(await output.writeHeader(), 'writing the header');
  }
  if (from.codecpar.extradata?.equals(to.codecpar.extradata ?? Buffer.alloc(0)) !== true) throw new Error(`${file} has other parameter sets than the part before it`);
  let ticks = 0n;
  using packet = new Packet();
  packet.alloc();
  while ((await input.readFrame(packet)) >= 0) {
    if (packet.streamIndex === from.index) {
      packet.streamIndex = to.index;
      packet.rescaleTs(from.timeBase, to.timeBase);
      ticks += packet.duration;
      packet.pts += atTicks;
      packet.dts += atTicks;
      FFmpegError.throwIfError(await output.interleavedWriteFrame(packet), 'writing');
    }
    packet.unref();
  }
  return ticks;
}
