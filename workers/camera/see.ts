/** What is in a frame: the whole of it at the detector's size, and where something small moves a closer look at full resolution. */
import type { Box, Detection } from '../../domain/detection.ts';
import type { FrameInfo, SmallPicture } from '../../domain/frame.ts';
import type { Picture } from '../../models/picture.ts';
import { isSmall, isWhole, type Seen } from '../../models/small-picture.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { CLOSER_LOOKS_DEFAULTS, type CloserLooks, joinLooks, LookBudget, regionsWorthALook } from './closer-look.ts';
import type { TrackerOptions } from '../track/tracker.ts';
import { timed } from './timed.ts';

/** A frame out of its slot: with a small picture, with its JPEG, or with both. */
export interface TakenFrame {
  readonly info: FrameInfo;
  readonly small?: SmallPicture | null;
  readonly jpeg: Uint8Array | null;
}

/** The models; models/detector.ts satisfies it. */
export interface ObjectEyes {
  decodeJpeg(jpeg: Uint8Array): Promise<Picture>;
  /** With `region` only that part of the picture is looked at, as large as it goes in. */
  readonly objects: { detect(picture: Seen, region?: Box): Promise<Detection[]>; readonly alertFrom?: TrackerOptions['birthScores'] };
}

export interface SightDeps {
  readonly eyes: ObjectEyes;
  /** The JPEG of a frame that came with a small picture only. */
  jpegOf(info: FrameInfo): Promise<Uint8Array | null>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}

export interface Sight {
  /** Its size is that of the whole picture, in whose pixels all boxes are. */
  readonly frame: FrameInfo;
  readonly detections: readonly Detection[];
  /** What the detector saw. */
  readonly seen: Seen;
  /** The whole picture, decoded when first asked for. Throws where it is gone or unreadable. */
  whole(): Promise<Picture>;
}

/** Sees the frames of all cameras, and remembers what each may still spend on closer looks. */
export class Sights {
  readonly #deps: SightDeps;
  readonly #looks: CloserLooks;
  readonly #budgets = new Map<string, LookBudget>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(deps: SightDeps, looks: CloserLooks = CLOSER_LOOKS_DEFAULTS) {
    this.#deps = deps;
    this.#looks = looks;
  }

  /** Throws PICTURE_UNREADABLE when there is no small picture and the JPEG is none, and what the model throws. */
  async open(taken: TakenFrame): Promise<Omit<Sight, 'detections'>> {
    const { eyes, jpegOf } = this.#deps;
    const { info, small, jpeg } = taken;
    let decoded: Promise<Picture> | null = null;
    const decode = async (): Promise<Picture> => {
      const bytes = jpeg ?? (await jpegOf(info));
      if (!bytes) throw new Error('the whole picture of the frame is no longer there');
      return timed(this.#deps, 'decode', () => eyes.decodeJpeg(bytes));
    };
    const whole = (): Promise<Picture> => (decoded ??= decode());
    if (small && isWhole(small)) return { frame: info, seen: small, whole };
    const picture = await whole();
    // Boxes are in pixels of the decoded picture, whatever size the description claims.
    return { frame: { ...info, widthPx: picture.widthPx, heightPx: picture.heightPx }, seen: picture, whole };
  }

  /** One frame at a time, in the order of the calls: what a look takes is counted from its turn on, and not the wait for another camera's. */
  look(opened: Omit<Sight, 'detections'>): Promise<Sight> {
    const turn = this.#last.then(() => this.#lookNow(opened));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #lookNow(opened: Omit<Sight, 'detections'>): Promise<Sight> {
    const { clock, eyes } = this.#deps;
    const startedAtMs = clock.nowMs();
    const found = await timed(this.#deps, 'detect', () => eyes.objects.detect(opened.seen));
    if (!isSmall(opened.seen)) return { ...opened, detections: found };
    const inWhole = enlarged(found, opened.seen, opened.frame);
    const budget = this.#budgetOf(opened.frame.cameraId);
    budget.earn(clock.nowMs() - startedAtMs);
    return { ...opened, detections: await this.#lookCloser(opened, opened.seen, inWhole, budget) };
  }

  async #lookCloser(opened: Omit<Sight, 'detections'>, small: SmallPicture, inWhole: readonly Detection[], budget: LookBudget): Promise<readonly Detection[]> {
    const { clock, eyes, metrics } = this.#deps;
    const { frame } = opened;
    const regions = regionsWorthALook(frame.moving ?? [], inWhole, frame, small, this.#looks.maxRegions, frame.seq);
    if (regions.length === 0) return inWhole;
    const camera = frame.cameraId;
    if (!budget.mayLook()) {
      metrics.count('gridwarden_closer_looks_withheld_total', 'Frames in which something small moved that was not looked at closer, for want of time.', { camera });
      return inWhole;
    }
    const startedAtMs = clock.nowMs();
    // Gone or unreadable: the small picture has been looked at, and that is what the frame gives.
    const picture = await opened.whole().catch(() => null);
    if (!picture) return inWhole;
    const closer = await timed(this.#deps, 'look-closer', async () => {
      const looks: { region: Box; found: Detection[] }[] = [];
      for (const region of regions) looks.push({ region, found: await eyes.objects.detect(picture, region) });
      return looks;
    });
    budget.spend(clock.nowMs() - startedAtMs);
    metrics.count('gridwarden_closer_looks_total', 'Regions of frames that were looked at at full resolution.', { camera }, regions.length);
    return joinLooks(inWhole, closer, frame);
  }

  #budgetOf(cameraId: string): LookBudget {
    const budget = this.#budgets.get(cameraId) ?? new LookBudget(this.#looks.timeShare);
    this.#budgets.set(cameraId, budget);
    return budget;
  }
}

/** Boxes in pixels of the small picture → in those of the whole one. */
function enlarged(found: readonly Detection[], small: SmallPicture, { widthPx, heightPx }: FrameInfo): Detection[] {
  const [x, y] = [widthPx / small.widthPx, heightPx / small.heightPx];
  return found.map((d) => ({ ...d, box: { x: d.box.x * x, y: d.box.y * y, w: d.box.w * x, h: d.box.h * y } }));
}
