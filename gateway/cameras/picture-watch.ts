/**
 * What a camera's pictures say of the camera: frozen, black, covered, out of focus, turned. Pure: fed with small luma, at the rate of key
 * frames if need be; it knows one fault at a time, and says nothing of those it cannot see.
 */
import type { HealthSign } from '../../domain/camera.ts';
import { CAMERA_FAULTS } from '../../domain/rule.ts';
import { type ViewVerdict, ViewWatch } from './view-watch.ts';

const LOOK_EVERY_MS = 900;
const LOOK_BACK_MS = 60_000;
/** A view that is well is looked at less often than one that is learnt, or told of. */
const VIEW_EVERY_MS = { well: 4900, else: 1900 };
/** Whoever passes right before the lens is gone by then: what is wrong with the view is wrong in all its pictures. */
const STAYS_MS = 7500;
/**
 * Noise of the sensor makes no two pictures of a living camera the same, averaged down as they are. But encoders that leave out what hardly
 * changes repeat a still scene exactly until the next key frame: so they must be the same for longer than any usual distance of key frames.
 */
const FROZEN_MS = 30_000;
const FROZEN_LOOKS = 5;
/** A dark street at night has lamps, a sky, edges; a dead sensor has none. In levels of 255. */
const BLACK = { mostMean: 24, mostRange: 10 };
/** Parts of the pixels that may lie outside that range: a hot pixel, a name in the picture. */
const OUTSIDE = 0.005;

export class PictureWatch {
  readonly #view = new ViewWatch();
  #lastMs = -Infinity;
  #viewAtMs = -Infinity;
  /** What stayed, and what the newest pictures say. */
  #verdict: ViewVerdict = 'unknown';
  #seen: { verdict: ViewVerdict; sinceMs: number } = { verdict: 'unknown', sinceMs: 0 };
  #last = new Uint8Array(0);
  #same = { sinceMs: 0, looks: 0 };
  #signs: readonly HealthSign[] = [];

  /** What could be said of the newest picture. */
  get signs(): readonly HealthSign[] {
    return this.#signs;
  }

  /** `atMs`: when the picture was taken. Pictures sooner than a second after the last are passed over, and those of a look back; a clock may be set back further. */
  see(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): void {
    if (atMs < this.#lastMs - LOOK_BACK_MS) [this.#lastMs, this.#viewAtMs, this.#same] = [-Infinity, -Infinity, { sinceMs: atMs, looks: 0 }];
    if (atMs - this.#lastMs < LOOK_EVERY_MS) return;
    this.#lastMs = atMs;
    const isSame = this.#compare(luma, atMs);
    const frozen = isSame && this.#same.looks >= FROZEN_LOOKS && atMs - this.#same.sinceMs >= FROZEN_MS;
    const black = isBlack(luma);
    // A black picture is often the same again; what is wrong with it is that it is black.
    const own: HealthSign[] = [{ fault: 'black', wrong: black }, ...(black ? [] : [{ fault: 'frozen' as const, wrong: frozen }])];
    if (black || frozen) this.#signs = own;
    // The same picture says the same of the view as before.
    else if (isSame || atMs - this.#viewAtMs < VIEW_EVERY_MS[this.#seen.verdict === 'well' ? 'well' : 'else']) this.#signs = [...own, ...this.#signs.filter(({ fault }) => (CAMERA_FAULTS as readonly string[]).includes(fault))];
    else this.#signs = [...own, ...this.#seeView(luma, widthPx, heightPx, atMs)];
  }

  #seeView(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): HealthSign[] {
    this.#viewAtMs = atMs;
    const seen = this.#view.see(luma, widthPx, heightPx, atMs);
    if (seen !== this.#seen.verdict) this.#seen = { verdict: seen, sinceMs: atMs };
    if (seen === 'well' || seen === 'unknown' || atMs - this.#seen.sinceMs >= STAYS_MS) this.#verdict = seen;
    return this.#verdict === 'unknown' ? [] : CAMERA_FAULTS.map((fault) => ({ fault, wrong: fault === this.#verdict }));
  }

  #compare(luma: Uint8Array, atMs: number): boolean {
    if (luma.length === this.#last.length && Buffer.compare(luma, this.#last) === 0) {
      this.#same.looks++;
      return true;
    }
    this.#last = Uint8Array.from(luma);
    this.#same = { sinceMs: atMs, looks: 0 };
    return false;
  }
}

const levels = new Uint32Array(256);

function isBlack(luma: Uint8Array): boolean {
  levels.fill(0);
  let sum = 0;
  for (const level of luma) {
    levels[level] = levels[level]! + 1;
    sum += level;
  }
  if (luma.length === 0 || sum / luma.length > BLACK.mostMean) return false;
  return levelAt(1 - OUTSIDE, luma.length) - levelAt(OUTSIDE, luma.length) <= BLACK.mostRange;
}

/** The level that this part of the pixels does not exceed. */
function levelAt(part: number, pixels: number): number {
  let below = 0;
  for (let level = 0; level < 256; level++) {
    below += levels[level]!;
    if (below >= part * pixels) return level;
  }
  return 255;
}
