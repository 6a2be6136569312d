/** Stills in a camera's full resolution: every face made unreadable, also those that are too small to be found in the picture as a whole. */
import { setImmediate } from 'node:timers/promises';
import type { Box, Detection, FaceBox } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { evidenceJpeg, type FaceFinder, type PersonsInPicture, redact } from './redact.ts';

/** The media tray; queue/media-tray.ts satisfies it. */
export interface StillTray {
  take(key: string): Promise<Uint8Array | null>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  drop(key: string): Promise<void>;
}

/** The models; models/detector.ts satisfies it. */
export interface StillEyes {
  readonly decodeJpeg: (jpeg: Uint8Array) => Promise<Picture>;
  readonly objects: { detect(picture: Picture, region?: Box): Promise<Detection[]> };
  readonly faces: FaceFinder;
}

export interface StillStageDeps {
  readonly tray: StillTray;
  readonly eyes: StillEyes;
  readonly made: { stillMade(still: { readonly alertId: string; readonly key: string; readonly takenAtMs: number }): Promise<void> };
  /** Resolves when nothing more urgent waits, or after a while: what is seen now comes before what was seen. */
  readonly quiet: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface StillJob {
  readonly alertId: string;
  readonly cameraId: string;
  readonly key: string;
  readonly takenAtMs: number;
}

export interface StillStage {
  /** Throws what tray and queue throw: the job is then to be tried again. A still that cannot be redacted goes out not at all (invariant 6). */
  redact(job: StillJob): Promise<void>;
}

export function createStillStage(deps: StillStageDeps): StillStage {
  return { redact: (job) => redactOne(deps, job) };
}

async function redactOne(deps: StillStageDeps, { alertId, cameraId, key, takenAtMs }: StillJob): Promise<void> {
  await deps.quiet();
  const { tray, clock, log, metrics } = deps;
  const plain = await tray.take(key);
  const fail = (why: string): void => {
    metrics.count('gridwarden_stills_failed_total', 'Stills in full resolution that were given up.', { camera: cameraId });
    log.warn({ alert: alertId, camera: cameraId, reason: why }, 'the alert stays without a still in full resolution');
  };
  if (!plain) return fail('it is no longer in the media tray');
  const beganMs = clock.nowMs();
  const jpeg = await redactedJpeg(plain, deps.eyes).catch((error: unknown) => fail(sentenceOf(error)));
  metrics.observeMs('gridwarden_still_redact_ms', 'From a still decoded to its faces made unreadable.', clock.nowMs() - beganMs);
  if (jpeg) {
    const redactedKey = `${alertId}-still`;
    await tray.put(redactedKey, jpeg);
    await deps.made.stillMade({ alertId, key: redactedKey, takenAtMs });
  }
  // Last: until then a retry needs it.
  await tray.drop(key);
}

async function redactedJpeg(plain: Uint8Array, { decodeJpeg, objects, faces }: StillEyes): Promise<Uint8Array> {
  const picture = await decodeJpeg(plain);
  const persons = await personsIn(picture, objects);
  return evidenceJpeg(await redact(picture, persons, closelyLooking(faces)), null);
}

/** From here on a detection counts as a person whose head is covered (workers/camera/process.ts). */
const SEEN_FROM = 0.3;
/** What a detector of some hundred pixels still sees people in as well as in the smaller pictures that it is used on. */
const TILE_PX = 960;
const OVERLAP_PX = 128;

/** Parts of a large picture, overlapping by at least OVERLAP_PX; none for one that is no larger than a part. */
export function tilesOf({ widthPx, heightPx }: Pick<Picture, 'widthPx' | 'heightPx'>): Box[] {
  const [columns, rows] = [partsOf(widthPx), partsOf(heightPx)];
  return columns.length * rows.length === 1 ? [] : rows.flatMap(({ at: y, length: h }) => columns.map(({ at: x, length: w }) => ({ x, y, w, h })));
}

function partsOf(lengthPx: number): { at: number; length: number }[] {
  if (lengthPx <= TILE_PX) return [{ at: 0, length: lengthPx }];
  const count = Math.ceil((lengthPx - OVERLAP_PX) / (TILE_PX - OVERLAP_PX));
  const length = Math.ceil((lengthPx + (count - 1) * OVERLAP_PX) / count);
  return Array.from({ length: count }, (_, i) => ({ at: Math.round((i * (lengthPx - length)) / (count - 1)), length }));
}

/** Persons seen in the whole picture and in its parts. */
async function personsIn(picture: Picture, objects: StillEyes['objects']): Promise<PersonsInPicture> {
  const isPerson = ({ label }: Detection): boolean => label === 'person';
  const whole = (await objects.detect(picture)).filter(isPerson);
  const [persons, seen] = [[...whole], whole.filter(({ score }) => score >= SEEN_FROM)];
  for (const tile of tilesOf(picture)) {
    await setImmediate();
    const found = (await objects.detect(picture, tile)).filter(isPerson);
    persons.push(...found);
    // Of somebody cut by the part's edge one does not know where the head is; the next part or the whole has them uncut.
    seen.push(...found.filter(({ score, box }) => score >= SEEN_FROM && !isCut(box, tile, picture)));
  }
  const boxes = (detections: readonly Detection[]): Box[] => detections.map(({ box }) => box);
  return { persons: boxes(persons), seen: boxes(seen) };
}

/** A box ends near the edge that cuts it, seldom on it. */
const CUT_PX = 12;

function isCut(box: Box, tile: Box, { widthPx, heightPx }: Picture): boolean {
  return (
    (tile.x > 0 && box.x <= tile.x + CUT_PX) ||
    (tile.y > 0 && box.y <= tile.y + CUT_PX) ||
    (tile.x + tile.w < widthPx && box.x + box.w >= tile.x + tile.w - CUT_PX) ||
    (tile.y + tile.h < heightPx && box.y + box.h >= tile.y + tile.h - CUT_PX)
  );
}

/** Looks in every part, too: what is a readable face here was a few pixels in the picture that the finder reduces. */
export function closelyLooking(finder: FaceFinder): FaceFinder {
  return {
    findAllFaces: async (picture, persons) => {
      const found = await finder.findAllFaces(picture, persons);
      for (const tile of tilesOf(picture)) {
        // A frame that came meanwhile is looked at first: inference blocks its process.
        await setImmediate();
        found.push(...(await finder.findAllFaces(partOf(picture, tile), [])).map((face) => moved(face, tile)));
      }
      return found;
    },
  };
}

const moved = (face: FaceBox, by: Box): FaceBox => ({ ...face, box: { ...face.box, x: face.box.x + by.x, y: face.box.y + by.y } });

function partOf({ widthPx, rgb }: Picture, { x, y, w, h }: Box): Picture {
  const part = new Uint8Array(w * h * 3);
  for (let row = 0; row < h; row++) {
    const from = ((y + row) * widthPx + x) * 3;
    part.set(rgb.subarray(from, from + w * 3), row * w * 3);
  }
  return { widthPx: w, heightPx: h, rgb: part };
}
