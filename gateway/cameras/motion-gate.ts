/**
 * Tells from small luma whether anything moves, so that a quiet camera costs decoding and nothing else. Pure: no clock, no I/O.
 *
 * Per cell of 4×4 luma pixels a background and a noise level are learnt by recursive averages (running average background with
 * per-cell spread: C. Wren et al., "Pfinder", IEEE PAMI 19(7), 1997), after the median of all differences is taken out: clouds,
 * exposure steps and mains flicker change all cells alike, a person does not. The background forgets within seconds: with a memory
 * of 10 s the gate stood open for all of a clip in which people come, stand still and leave, for them and for the gap they left.
 */
import type { Mask } from '../../domain/camera.ts';
import type { Box } from '../../domain/detection.ts';
import { maskedCells } from './masked-cells.ts';
import { movingRegions } from './moving-regions.ts';

export type GateReason = 'motion' | 'hold' | 'still-look' | 'quiet';

export interface GateDecision {
  readonly pass: boolean;
  /** Share of the cells that changed, 0…1. */
  readonly motion: number;
  readonly reason: GateReason;
  /** Where the cells lie that changed, largest first, in fractions of the picture. */
  readonly moving: readonly Box[];
}

export interface MotionGateOptions {
  /** Share of changed cells that opens the gate. Two cells of a 160×90 luma: a standing adult at 60 m of a usual street camera. */
  readonly openShare: number;
  /** How long it stays open after the last motion. */
  readonly holdMs: number;
  /** A picture passes at least this often, so that what stands still is seen too. */
  readonly stillEveryMs: number;
  /** What moves in here does not count. */
  readonly masks: readonly Mask[];
}

export const MOTION_GATE_DEFAULTS: MotionGateOptions = { openShare: 0.002, holdMs: 3000, stillEveryMs: 2000, masks: [] };

const CELL_PX = 4;
/** Changes below this many of 255 levels (cell average) are never motion: compression moves quiet cells by 2–4. */
const LEAST_STEP = 6;
const SIGMAS = 4;
/** Wind in a tree raises its cells' noise; capped, or a busy street would learn to be blind. */
const MOST_SIGMA = 4;
const FIRST_SIGMA = 1.5;
/** Something that stays is background after two or three times this: then the still looks keep an eye on it. */
const MEMORY_MS = 1500;
const NOISE_MEMORY_MS = 5000;
/**
 * Between two key frames more time passes than these memories last: each observation then counts for at most one in so many, or one
 * picture with somebody in it would be the background of the next, and a noise level would be guessed from two values.
 */
const LEAST_OBSERVATIONS = { background: 6, noise: 10 };
/** A picture may be this share of stillEveryMs early: key frames 2 s apart are 1990 ms apart as often as 2010. */
const EARLY_SHARE = 0.05;
/** Mean of |x| → standard deviation of a normal x. */
const SIGMA_OF_MEAN_DEVIATION = 1.25;

export class MotionGate {
  readonly #options: MotionGateOptions;
  #widthPx = 0;
  #heightPx = 0;
  #background: Float32Array = new Float32Array(0);
  #sigma: Float32Array = new Float32Array(0);
  #cells: Float32Array = new Float32Array(0);
  #changed: Uint8Array = new Uint8Array(0);
  #masked: Uint8Array = new Uint8Array(0);
  #meanSigma = FIRST_SIGMA;
  #lastAtMs = 0;
  #lastMotionAtMs = -Infinity;
  #lastPassAtMs = -Infinity;

  constructor(options: Partial<MotionGateOptions> = {}) {
    this.#options = { ...MOTION_GATE_DEFAULTS, ...options };
  }

  /** `luma` is width × height bytes, row by row; at most about 160 wide is plenty. `atMs` may be any steadily growing time. */
  decide(luma: Uint8Array, width: number, height: number, atMs: number): GateDecision {
    if (luma.length < width * height) throw new RangeError(`luma has ${luma.length} bytes, ${width}×${height} needs ${width * height}`);
    const elapsedMs = atMs - this.#lastAtMs;
    const fresh = width !== this.#widthPx || height !== this.#heightPx;
    if (fresh) this.#begin(luma, width, height);
    if (fresh || elapsedMs < 0) this.#lastMotionAtMs = this.#lastPassAtMs = -Infinity;
    this.#lastAtMs = atMs;
    const motion = fresh ? 0 : this.#observe(luma, Math.max(0, elapsedMs));
    const moves = motion >= this.#options.openShare && motion > 0;
    if (moves) this.openUntil(atMs);
    const reason = moves ? 'motion' : this.#reason(atMs);
    if (reason !== 'quiet') this.#lastPassAtMs = atMs;
    return { pass: reason !== 'quiet', motion, reason, moving: motion > 0 ? this.#moving() : [] };
  }

  /** Another gate that has seen the same until now. */
  copy(): MotionGate {
    const copy = new MotionGate(this.#options);
    copy.#widthPx = this.#widthPx;
    copy.#heightPx = this.#heightPx;
    copy.#background = this.#background.slice();
    copy.#sigma = this.#sigma.slice();
    copy.#cells = this.#cells.slice();
    copy.#changed = this.#changed.slice();
    copy.#masked = this.#masked;
    copy.#meanSigma = this.#meanSigma;
    copy.#lastAtMs = this.#lastAtMs;
    copy.#lastMotionAtMs = this.#lastMotionAtMs;
    copy.#lastPassAtMs = this.#lastPassAtMs;
    return copy;
  }

  /** Something else says that something moves at `atMs`, which may lie ahead: it is open until then, and held after. */
  openUntil(atMs: number): void {
    this.#lastMotionAtMs = Math.max(this.#lastMotionAtMs, atMs);
  }

  #reason(atMs: number): GateReason {
    if (atMs - this.#lastMotionAtMs <= this.#options.holdMs) return 'hold';
    return atMs - this.#lastPassAtMs >= this.#options.stillEveryMs * (1 - EARLY_SHARE) ? 'still-look' : 'quiet';
  }

  #moving(): Box[] {
    const columns = Math.max(1, Math.floor(this.#widthPx / CELL_PX));
    return movingRegions(this.#changed, columns).map(({ x, y, w, h }) => ({ x: (x * CELL_PX) / this.#widthPx, y: (y * CELL_PX) / this.#heightPx, w: Math.min(1, (w * CELL_PX) / this.#widthPx), h: Math.min(1, (h * CELL_PX) / this.#heightPx) }));
  }

  #begin(luma: Uint8Array, width: number, height: number): void {
    this.#widthPx = width;
    this.#heightPx = height;
    this.#cells = new Float32Array(Math.max(1, Math.floor(width / CELL_PX)) * Math.max(1, Math.floor(height / CELL_PX)));
    this.#changed = new Uint8Array(this.#cells.length);
    this.#masked = maskedCells(this.#options.masks, width, height, CELL_PX);
    this.#average(luma);
    this.#background = this.#cells.slice();
    this.#sigma = new Float32Array(this.#cells.length).fill(FIRST_SIGMA);
    this.#meanSigma = FIRST_SIGMA;
  }

  /** Fills #cells with cell averages; a remainder at the right and lower edge belongs to no cell. */
  #average(luma: Uint8Array): void {
    const width = this.#widthPx;
    const columns = Math.max(1, Math.floor(width / CELL_PX));
    const cellWidth = Math.min(CELL_PX, width);
    const cellHeight = Math.min(CELL_PX, this.#heightPx);
    for (let cell = 0; cell < this.#cells.length; cell++) {
      const left = (cell % columns) * CELL_PX;
      const top = Math.floor(cell / columns) * CELL_PX;
      let sum = 0;
      for (let y = top; y < top + cellHeight; y++) {
        const row = y * width + left;
        for (let x = row; x < row + cellWidth; x++) sum += luma[x] ?? 0;
      }
      this.#cells[cell] = sum / (cellWidth * cellHeight);
    }
  }

  /** Compares with the background, learns, and gives the share of changed cells. */
  #observe(luma: Uint8Array, elapsedMs: number): number {
    this.#average(luma);
    const differences = this.#cells.map((value, cell) => value - (this.#background[cell] ?? 0));
    // A masked road moves all the time: what it does is not the light's doing.
    const common = median(differences.filter((_, cell) => this.#masked[cell] !== 1));
    const learn = (memoryMs: number, observations: number): number => 1 - Math.exp(-Math.min(elapsedMs / memoryMs, 1 / observations));
    const share = learn(MEMORY_MS, LEAST_OBSERVATIONS.background);
    const noiseShare = learn(NOISE_MEMORY_MS, LEAST_OBSERVATIONS.noise);
    let counted = 0;
    let changed = 0;
    let sigmas = 0;
    for (let cell = 0; cell < differences.length; cell++) {
      if (this.#masked[cell] === 1) continue;
      counted++;
      const difference = (differences[cell] ?? 0) - common;
      const size = Math.abs(difference);
      const sigma = this.#sigma[cell] ?? FIRST_SIGMA;
      // A cell's own estimate is rough; one that happens to be low must not make the cell touchy.
      const moves = size > Math.max(LEAST_STEP, SIGMAS * Math.max(sigma, this.#meanSigma));
      this.#changed[cell] = moves ? 1 : 0;
      if (moves) changed++;
      // The common part is learnt at once: it is light, and nothing else could be told apart from it.
      this.#background[cell] = (this.#background[cell] ?? 0) + common + share * difference;
      const learnt = Math.min(MOST_SIGMA, sigma + noiseShare * (SIGMA_OF_MEAN_DEVIATION * size - sigma));
      this.#sigma[cell] = learnt;
      sigmas += learnt;
    }
    this.#meanSigma = sigmas / Math.max(1, counted);
    return changed / differences.length;
  }
}

function median(values: Float32Array): number {
  return Float32Array.from(values).sort()[values.length >> 1] ?? 0;
}
