/**
 * Redaction of video, picture after picture: every n-th is looked at, and no picture goes out before the looks on both sides of it are done.
 * Pixels only ever go out covered by what was found: whatever fails or lags costs pictures, never a bare face.
 */
import type { Detection, FaceBox } from '../../domain/detection.ts';
import type { Picture } from '../../models/picture.ts';
import { coverAreas, coveredArea } from './cover.ts';
import { type Area, Covers, type CoverTimes } from './covers.ts';
import { headsWithoutFace, SURE_FACE } from './heads.ts';
import type { FaceFinder } from './redact.ts';

/** models/detector.ts satisfies both. */
export interface RedactionEyes {
  readonly objects: { detect(picture: Picture): Promise<Detection[]> };
  readonly faces: FaceFinder;
}

export interface RedactionPace extends CoverTimes {
  /** Of so many pictures one is looked at. */
  readonly lookEvery: number;
  /** But two looks are never further apart than this, or both pictures beside the gap are looked at. */
  readonly mostBlindMs: number;
  /** Pictures wait for so long for looks after them: what is found then is covered in them, too. */
  readonly holdMs: number;
  /** A picture is looked at again when it is covered: covering one face may bring out its neighbour. */
  readonly again: boolean;
}

/** For eyes that wait: pictures between two looks come with the second. */
export const LIVE_PACE: RedactionPace = { lookEvery: 2, mostBlindMs: 300, holdMs: 0, beforeMs: 300, afterMs: 900, unsureMs: 150, again: false };
/** For clips, which nobody waits for picture by picture. */
export const CLIP_PACE: RedactionPace = { lookEvery: 3, mostBlindMs: 200, holdMs: 400, beforeMs: 400, afterMs: 1000, unsureMs: 150, again: true };

export interface Shot<P extends Picture = Picture> {
  /** Rises from shot to shot. */
  readonly atMs: number;
  readonly picture: P;
}

/** From here on a detection counts as a person whose head is covered although no face was found: as in a camera's own evidence. */
const SEEN_FROM = 0.3;

export class RedactStream {
  readonly #eyes: RedactionEyes;
  readonly #pace: RedactionPace;
  readonly #covers: Covers;
  /** Not given out yet; those after the last look wait for the next. */
  #waiting: Shot[] = [];
  #lookedAtMs = Number.NEGATIVE_INFINITY;
  #sinceLook = 0;
  #dropped = 0;

  constructor(eyes: RedactionEyes, pace: RedactionPace) {
    this.#eyes = eyes;
    this.#pace = pace;
    this.#covers = new Covers(pace);
  }

  /** Pictures that were never given out because looking failed. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Takes the next picture and answers those that are ready, covered. One call at a time. Throws what looking throws: then all pictures since the last
   * look are gone, and the next one is looked at.
   */
  async push(shot: Shot): Promise<Shot[]> {
    const before = this.#waiting.at(-1);
    this.#waiting.push(shot);
    if (before && before.atMs > this.#lookedAtMs && shot.atMs - this.#lookedAtMs > this.#pace.mostBlindMs) await this.#look(before);
    this.#sinceLook++;
    if (this.#sinceLook >= this.#pace.lookEvery || shot.atMs - this.#lookedAtMs >= this.#pace.mostBlindMs) await this.#look(shot);
    return this.#released(this.#lookedAtMs - this.#pace.holdMs);
  }

  /** The rest. Where looking fails, as push(); called again, it gives what was looked at on both sides. */
  async end(): Promise<Shot[]> {
    const last = this.#waiting.at(-1);
    if (last && last.atMs > this.#lookedAtMs) await this.#look(last);
    return this.#released(Number.POSITIVE_INFINITY);
  }

  async #look({ atMs, picture }: Shot): Promise<void> {
    try {
      this.#covers.look(atMs, await this.#find(picture));
    } catch (error) {
      // What was not looked at on both sides must not be seen.
      const kept = this.#waiting.filter((shot) => shot.atMs <= this.#lookedAtMs);
      this.#dropped += this.#waiting.length - kept.length;
      this.#waiting = kept;
      this.#sinceLook = this.#pace.lookEvery;
      throw error;
    }
    this.#lookedAtMs = atMs;
    this.#sinceLook = 0;
  }

  async #find(picture: Picture): Promise<Area[]> {
    const { objects, faces: finder } = this.#eyes;
    const found = (await objects.detect(picture)).filter(({ label }) => label === 'person');
    const persons = found.map(({ box }) => box);
    const faces = await finder.findAllFaces(picture, persons);
    const seen = found.filter(({ score }) => score >= SEEN_FROM).map(({ box }) => box);
    const areaOf = ({ box, score }: FaceBox): Area => ({ box: coveredArea(box, picture), sure: score >= SURE_FACE });
    const areas = [...faces.map(areaOf), ...headsWithoutFace(seen, faces).map((box) => ({ box, sure: true }))];
    if (!this.#pace.again || areas.length === 0) return areas;
    const covered = coverAreas(picture, areas.map(({ box }) => box), 'one-colour');
    return [...areas, ...(await finder.findAllFaces(covered, persons)).map(areaOf)];
  }

  /** One colour and no mosaic: over many pictures of a moving face, mosaics tell more of it than one does. */
  #released(untilMs: number): Shot[] {
    const last = Math.min(untilMs, this.#lookedAtMs);
    const ready = this.#waiting.filter(({ atMs }) => atMs <= last);
    this.#waiting = this.#waiting.slice(ready.length);
    const shots = ready.map((shot) => ({ ...shot, picture: coverAreas(shot.picture, this.#covers.at(shot.atMs), 'one-colour') }));
    this.#covers.forget(Math.min(this.#waiting[0]?.atMs ?? this.#lookedAtMs, this.#lookedAtMs));
    return shots;
  }
}
