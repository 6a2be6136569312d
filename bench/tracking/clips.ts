/** The annotated stretches of clips through a real detector. */
import type { Detection } from '../../domain/detection.ts';
import { decodeJpeg, type Picture } from '../../models/picture.ts';
import { clipFrames } from '../../test-fixtures/clip-frames.ts';
import type { ClipTruth } from '../../test-fixtures/clip-truth/read.ts';
import { kindOf } from '../../workers/track/associate.ts';
import { ignorable, type Shot, type Stretch } from './generated.ts';

/** `file` is the clip; every annotated frame of it is looked at once. Throws where the clip has not the frames that were annotated. */
export async function clipStretch(truth: ClipTruth, file: string, detect: (picture: Picture) => Promise<Detection[]>): Promise<Stretch> {
  const waiting = new Map(truth.frames.map((frame) => [frame.atMs, frame]));
  const shots: Shot[] = [];
  for await (const { atMs, jpeg } of clipFrames(file, truth.fps)) {
    const frame = waiting.get(atMs);
    if (!frame) continue;
    waiting.delete(atMs);
    const marked = frame.objects.map(({ id, label, box, visibleFraction }) => ({ id, kind: kindOf(label), box, ignored: ignorable(visibleFraction, box) }));
    shots.push({ atMs, truth: marked, detections: await detect(await decodeJpeg(jpeg)) });
    if (waiting.size === 0) break;
  }
  if (waiting.size > 0) throw new Error(`${truth.clip} has no frames at ${[...waiting.keys()].join(', ')} ms: it is not the clip that was annotated.`);
  return { name: truth.clip, shots, dontCare: truth.dontCare };
}
