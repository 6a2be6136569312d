/** Whether a camera still shows what it used to: covered, out of focus, or turned. It knows a few views, as by day and by infrared light. Pure. */
import type { CameraFault } from '../../domain/rule.ts';
import { faultInView, likeness, type ViewLikeness, type ViewPlanes } from '../../domain/view-likeness.ts';

/** A view as it was learnt, and for how long. */
interface KnownView {
  readonly columns: number;
  readonly rows: number;
  readonly luma: Float32Array;
  readonly detail: Float32Array;
  learntS: number;
}

export type ViewVerdict = CameraFault | 'well' | 'unknown';

/** Luma pixels across and down a cell. */
const CELL_PX = 2;
/** A first view is learnt for this long before anything is held against it. */
const LEARN_S = 20;
/** Pictures further apart than this say no more about a span than that. */
const LONGEST_STEP_S = 5.5;
/** Slow enough that nobody turns a camera under it, fast enough for dusk. */
const BACKGROUND_S = 300;
/** A new view that stands for so long is the camera's own from then on. */
const ACCEPTED_AFTER_MS = 600_000;
/** A turned camera that is turned on meanwhile shows a new view again; this many pictures in a row say so. */
const NOT_ALIKE = 3;
/** Day, night, and one more: a camera with two presets. */
const MOST_VIEWS = 3;

export class ViewWatch {
  /** The one seen last first. */
  #views: KnownView[] = [];
  /** What a turned camera shows now, until it counts as its own. */
  #candidate: { view: KnownView; sinceMs: number; unlike: number } | null = null;
  #lastMs: number | null = null;

  /** Looks at one picture. 'unknown' while the first view is learnt, and where there is too little to see to say anything. */
  see(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): ViewVerdict {
    const now = planesOf(luma, widthPx, heightPx);
    const stepS = Math.min(LONGEST_STEP_S, Math.max(0, atMs - (this.#lastMs ?? atMs)) / 1000);
    this.#lastMs = atMs;
    const own = this.#views[0];
    if (!own || own.columns !== now.columns || own.rows !== now.rows) return this.#beginWith(now);
    if (own.learntS < LEARN_S) return learn(own, now, stepS), 'unknown';
    const verdict = against(own, now);
    if (verdict === 'well') return this.#isOwn(own, now, stepS);
    const other = this.#views.find((view, i) => i > 0 && against(view, now) === 'well');
    if (other) return this.#isOwn(other, now, stepS);
    if (verdict === 'moved') this.#consider(now, stepS, atMs);
    return verdict;
  }

  #beginWith(now: ViewPlanes): ViewVerdict {
    this.#views = [viewOf(now)];
    this.#candidate = null;
    return 'unknown';
  }

  #isOwn(view: KnownView, now: ViewPlanes, stepS: number): ViewVerdict {
    adapt(view, now, stepS / BACKGROUND_S);
    this.#views = [view, ...this.#views.filter((each) => each !== view)];
    this.#candidate = null;
    return 'well';
  }

  /** The new view is learnt while it is told; standing for long enough, it joins those that are known. */
  #consider(now: ViewPlanes, stepS: number, atMs: number): void {
    const candidate = this.#candidate;
    if (!candidate) return void (this.#candidate = { view: viewOf(now), sinceMs: atMs, unlike: 0 });
    if (candidate.view.learntS < LEARN_S) return learn(candidate.view, now, stepS);
    const verdict = against(candidate.view, now);
    candidate.unlike = verdict === 'well' || verdict === 'unknown' ? 0 : candidate.unlike + 1;
    if (candidate.unlike >= NOT_ALIKE) return void (this.#candidate = null);
    if (verdict === 'well') adapt(candidate.view, now, stepS / BACKGROUND_S);
    if (verdict === 'well' && atMs - candidate.sinceMs >= ACCEPTED_AFTER_MS) this.#views = [candidate.view, ...this.#views].slice(0, MOST_VIEWS);
  }
}

let nothingIgnored = new Uint8Array(0);

function against(view: KnownView, now: ViewPlanes): ViewVerdict {
  // Nobody follows objects here: what stands before the lens counts as what it is, and leaves again.
  if (nothingIgnored.length !== now.luma.length) nothingIgnored = new Uint8Array(now.luma.length);
  const found = likeness(view, now, nothingIgnored);
  if (!found) return 'unknown';
  const fault = faultInView(found);
  return fault === null || (fault === 'defocused' && !isBlur(found)) ? 'well' : fault;
}

/**
 * Blur takes detail away everywhere and moves nothing; a strong one takes half of the structure as well. On footage of a conveyor and of a road
 * (bottle-detection, car-detection) large things that pass made a view look dull for up to 24 s, but with more than 71 % of its detail left most of
 * the time, or little in its place and three fifths of its structure. Blurred by 12 of 720 lines, real views keep 39 to 68 % of their detail.
 */
function isBlur({ inPlace, detail, structure }: ViewLikeness): boolean {
  return detail <= 0.7 && (inPlace >= 0.5 || structure <= 0.5);
}

function viewOf({ columns, rows, luma, detail }: ViewPlanes): KnownView {
  return { columns, rows, luma: luma.slice(), detail: detail.slice(), learntS: 0 };
}

/** The mean of all pictures so far. */
function learn(view: KnownView, now: ViewPlanes, stepS: number): void {
  adapt(view, now, stepS / (view.learntS + stepS || 1));
  view.learntS += stepS;
}

function adapt(view: KnownView, now: ViewPlanes, part: number): void {
  for (let i = 0; i < view.luma.length; i++) {
    view.luma[i] = view.luma[i]! + part * (now.luma[i]! - view.luma[i]!);
    view.detail[i] = view.detail[i]! + part * (now.detail[i]! - view.detail[i]!);
  }
}

function planesOf(pixels: Uint8Array, widthPx: number, heightPx: number): ViewPlanes {
  const columns = Math.floor(widthPx / CELL_PX);
  const rows = Math.floor(heightPx / CELL_PX);
  const luma = new Float32Array(columns * rows);
  const detail = new Float32Array(columns * rows);
  for (let y = 0; y < rows * CELL_PX; y++) {
    for (let x = 0; x < columns * CELL_PX; x++) {
      const i = (y >> 1) * columns + (x >> 1);
      const here = pixels[y * widthPx + x]!;
      luma[i] = luma[i]! + here / CELL_PX ** 2;
      if (x + 1 < widthPx) detail[i] = detail[i]! + Math.abs(here - pixels[y * widthPx + x + 1]!) / CELL_PX ** 2;
    }
  }
  return { columns, rows, luma, detail };
}
