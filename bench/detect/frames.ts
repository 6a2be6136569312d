/** Frames of a generated street as a camera host sends them: JPEG and small picture by the program's own encoder. */
import { AV_LOG_ERROR, AV_PIX_FMT_YUV420P } from 'node-av/constants';
import { Frame, Log } from 'node-av/lib';
import { PictureMaker, type SmallSize } from '../../devices/camera/libav-picture.ts';
import type { SmallPicture } from '../../domain/frame.ts';
import { createScene } from '../../test-fixtures/street-scene/scene.ts';

export interface SentFrame {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpeg: Uint8Array;
  readonly small: SmallPicture;
}

/** `count` frames of one street, 200 ms apart. */
export async function streetFrames(widthPx: number, heightPx: number, into: SmallSize, count: number): Promise<SentFrame[]> {
  Log.setLevel(AV_LOG_ERROR);
  const scene = createScene({ widthPx, heightPx, fps: 5, loopS: count / 5 });
  const maker = new PictureMaker(widthPx, 160);
  const frames: SentFrame[] = [];
  for (let i = 0; i < count; i++) {
    const frame = Frame.fromVideoBuffer(scene.render(i), { width: widthPx, height: heightPx, format: AV_PIX_FMT_YUV420P });
    const jpeg = await maker.jpeg(frame);
    frames.push({ widthPx, heightPx, jpeg, small: await maker.small(into) });
    frame.free();
  }
  maker.free();
  return frames;
}
