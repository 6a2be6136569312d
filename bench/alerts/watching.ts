/**
 * One camera watched by one pair of detectors, from the decoded picture to findings, by the program's own parts: motion gate, JPEG and
 * small picture of a camera host, then the whole camera stage of a worker. Only Redis is left out; states go through JSON.
 */
import { PictureMaker, type SmallSize } from '../../devices/camera/libav-picture.ts';
import type { Box, Detection } from '../../domain/detection.ts';
import type { CameraFinding, Finding } from '../../domain/finding.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import { MotionGate } from '../../gateway/cameras/motion-gate.ts';
import { decodeJpeg } from '../../models/picture.ts';
import type { Clock } from '../../platform/clock.ts';
import { countedIds } from '../../platform/ids.ts';
import { silentLog } from '../../platform/log.ts';
import { createMetrics } from '../../platform/metrics.ts';
import { createCameraStage, type CameraStage, type Eyes } from '../../workers/camera/process.ts';
import { CLOSER_LOOKS_DEFAULTS } from '../../workers/camera/closer-look.ts';
import { CAMERA_HOST, type Footage, type Shot } from './footage.ts';
import type { TakenFrame } from '../../workers/camera/see.ts';

/** What sees. `objects` null: the boxes of the truth, which judges tracker and rules alone. */
export interface Seer {
  readonly name: string;
  readonly objects: Eyes['objects'] | null;
  readonly faces: Eyes['faces'];
  /** What the detector takes in, as a camera host would be told. */
  readonly small: SmallSize;
}

export const EXACT_BOXES: Seer = { name: 'exact boxes', objects: null, faces: { findAllFaces: () => Promise.resolve([]) }, small: { widthPx: 416, heightPx: 416, stretch: false } };

/** As camera hosts have it: gateway/cameras/camera-loop.ts. */
const LUMA_WIDTH_PX = 160;
/** When every piece of footage begins. */
export const START_MS = Date.parse('2026-11-23T12:00:00+08:00');
/** What a look costs on this bench's clock: the budget for closer looks must not depend on how busy the machine is. */
const LOOK_MS = 20;

/** Plays the footage once and lets every seer watch it. Gives each seer's findings, in the order of the seers. */
export async function watchAll(footage: Footage, seers: readonly Seer[]): Promise<CameraFinding[][]> {
  const gate = new MotionGate();
  const maker = new PictureMaker(CAMERA_HOST.widthPx, LUMA_WIDTH_PX);
  const watchers = seers.map((seer) => new Watcher(footage, seer));
  try {
    for await (const shot of footage.shots()) {
      const looked = shot.frame && (await maker.luma(shot.frame));
      const decision = looked && gate.decide(looked.bytes, looked.widthPx, looked.heightPx, START_MS + shot.atMs);
      if (decision && !decision.pass) continue;
      for (const watcher of watchers) await watcher.see(shot, decision?.moving);
    }
    return watchers.map(({ found }) => found);
  } finally {
    maker.free();
    for (const watcher of watchers) watcher.free();
  }
}

/** Seconds since the footage began. */
export const secondsOf = ({ occurredAtMs }: CameraFinding): number => (occurredAtMs - START_MS) / 1000;

/** One seer before one piece of footage. */
export class Watcher {
  readonly found: CameraFinding[] = [];
  readonly #seer: Seer;
  readonly #stage: CameraStage;
  readonly #maker = new PictureMaker(CAMERA_HOST.widthPx, LUMA_WIDTH_PX);
  readonly #ids = countedIds();
  #nowMs = START_MS;
  #seq = 0;
  #taken: TakenFrame | null = null;
  #shot: Shot | null = null;
  #kept = 'null';

  constructor({ camera, rules }: Footage, seer: Seer) {
    this.#seer = seer;
    const clock: Clock = { nowMs: () => this.#nowMs, sleep: () => Promise.resolve() };
    this.#stage = createCameraStage({
      frames: {
        take: () => Promise.resolve(this.#taken && { frame: this.#taken, kept: JSON.parse(this.#kept) as unknown }),
        done: (_, state) => Promise.resolve(void (state && (this.#kept = JSON.stringify(state)))),
      },
      eyes: { decodeJpeg, objects: { ...(seer.objects?.alertFrom ? { alertFrom: seer.objects.alertFrom } : {}), detect: (picture, region) => this.#detect(picture, region) }, faces: seer.faces },
      findings: { findingMade: (finding: Finding) => Promise.resolve(void this.found.push(finding as CameraFinding)) },
      evidence: { put: () => Promise.resolve() },
      site: { cameras: [camera], rules, timeZone: 'Asia/Shanghai', closerLooks: seer.objects ? CLOSER_LOOKS_DEFAULTS : { maxRegions: 0, timeShare: 0 } },
      clock, log: silentLog, metrics: createMetrics(false),
    });
  }

  async see(shot: Shot, moving: readonly Box[] | undefined): Promise<void> {
    const { frame, atMs } = shot;
    const { widthPx, heightPx } = frame ? this.#maker.sizeOf(frame) : shot;
    const jpeg = frame ? await this.#maker.jpeg(frame) : null;
    const small = frame ? await this.#maker.small(this.#seer.small) : BLANK;
    this.#shot = shot;
    await this.seeFrame({ capturedAtMs: START_MS + atMs, receivedAtMs: START_MS + atMs, widthPx, heightPx, ...(moving ? { moving } : {}) }, jpeg, small);
  }

  /** A frame as a camera host hands it on. */
  async seeFrame(frame: Pick<FrameInfo, 'capturedAtMs' | 'receivedAtMs' | 'widthPx' | 'heightPx' | 'moving'>, jpeg: Uint8Array | null, small: SmallPicture): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, frame.capturedAtMs);
    this.#taken = { info: { ...frame, cameraId: 'staged', seq: this.#seq++, traceparent: this.#ids.traceparent() }, small, jpeg };
    await this.#stage.process('staged');
  }

  free(): void {
    this.#maker.free();
  }

  async #detect(picture: Parameters<Eyes['objects']['detect']>[0], region?: Box): Promise<Detection[]> {
    this.#nowMs += LOOK_MS;
    const { objects } = this.#seer;
    if (objects) return objects.detect(picture, region);
    const { exact, widthPx, heightPx } = this.#shot!;
    const [x, y] = [picture.widthPx / widthPx, picture.heightPx / heightPx];
    return (exact ?? []).map((d) => ({ ...d, box: { x: d.box.x * x, y: d.box.y * y, w: d.box.w * x, h: d.box.h * y } }));
  }
}

/** In place of a picture nobody looks at. */
const BLANK: SmallPicture = { widthPx: 2, heightPx: 2, i420: new Uint8Array(6) };
