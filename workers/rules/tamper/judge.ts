/** Camera tamper: the view is covered, out of focus, or another than it was, told once until it is as before or has been so for long. */
import type { TamperRule } from '../../../domain/rule.ts';
import { faultInView, likeness } from '../../../domain/view-likeness.ts';
import { trackMask } from '../cells.ts';
import type { Judged, Place, RuleKind, Seen } from '../contract.ts';
import { held, NOT_HOLDING, type Holding } from '../holding.ts';
import { packed, unpacked } from '../planes.ts';
import type { Thumbnail } from '../thumbnail.ts';

export interface TamperState {
  readonly version: 'tamper/1';
  readonly view: View | null;
}

/** Plain JSON. */
interface View {
  readonly atMs: number;
  readonly columns: number;
  readonly rows: number;
  readonly learntS: number;
  /** Luma × 256 and detail × 256 as they were. */
  readonly luma: string;
  readonly detail: string;
  readonly holding: Holding;
}

const SCALE = 256;
const LEARN_S = 20;
const LEAST_STEP_MS = 900;
const LONGEST_STEP_S = 2.5;
/** Slow enough that nobody turns a camera under it, fast enough for dusk. */
const BACKGROUND_S = 300;
/** Whoever passes right before the lens leaves again, and a shaking mast swings back. */
const GAP_MS = 3000;
const OVER_MS = 10_000;
/** A view told for so long is the view from now on. */
const ACCEPTED_AFTER_MS = 1_800_000;

/** The background is learnt while the rule is not in force too. What followed objects cover says nothing about the camera. */
function judge(rule: TamperRule, _place: Place, state: TamperState | null, seen: Seen, atMs: number): Judged<TamperState> {
  const { thumbnail } = seen;
  const before = state?.view ?? null;
  const as = (view: View | null): Judged<TamperState> => ({ state: { version: 'tamper/1', view }, breaches: [] });
  if (!thumbnail) return as(before);
  if (!before || before.columns !== thumbnail.columns || before.rows !== thumbnail.rows || atMs < before.atMs) return as(begun(thumbnail, atMs));
  if (atMs - before.atMs < LEAST_STEP_MS) return as(before);
  const stepS = Math.min(LONGEST_STEP_S, (atMs - before.atMs) / 1000);
  const ignored = trackMask(seen.tracks, seen, thumbnail, { left: 0, top: 0, right: thumbnail.columns, bottom: thumbnail.rows });
  if (before.learntS < LEARN_S) return as(adapted(before, thumbnail, ignored, stepS, stepS / (before.learntS + stepS), atMs));

  const view = likeness({ luma: unpacked(before.luma, SCALE), detail: unpacked(before.detail, SCALE) }, thumbnail, ignored);
  if (!view) return as({ ...before, atMs });
  const fault = faultInView(view);
  const isTold = fault !== null && rule.faults.includes(fault);
  // What goes on while the rule is not in force is told when it comes into force, if it goes on then.
  const forMs = seen.armed ? rule.forS * 1000 : Number.POSITIVE_INFINITY;
  const { holding, tells } = held(before.holding, { holds: isTold, over: fault === null }, stepS * 1000, atMs, { forMs, gapMs: GAP_MS, overMs: OVER_MS });
  if (holding.told && holding.sinceMs !== null && atMs - holding.sinceMs > ACCEPTED_AFTER_MS) return as(begun(thumbnail, atMs));
  const next = { ...(fault === null ? adapted(before, thumbnail, ignored, stepS, stepS / BACKGROUND_S, atMs) : before), atMs, holding };
  return { state: { version: 'tamper/1', view: next }, breaches: tells && fault ? [{ about: { kind: 'camera', fault }, sinceMs: holding.sinceMs ?? atMs }] : [] };
}

function begun(now: Thumbnail, atMs: number): View {
  return { atMs, columns: now.columns, rows: now.rows, learntS: 0, luma: packed(now.luma, SCALE), detail: packed(now.detail, SCALE), holding: NOT_HOLDING };
}

/** The background moved by a part towards the present, where nobody stands. */
function adapted(view: View, now: Thumbnail, ignored: Uint8Array, stepS: number, part: number, atMs: number): View {
  const towards = (plane: string, present: Float32Array): string => packed(unpacked(plane, SCALE).map((was, i) => (ignored[i] ? was : was + part * (present[i]! - was))), SCALE);
  return { ...view, atMs, learntS: Math.min(LEARN_S, view.learntS + stepS), luma: towards(view.luma, now.luma), detail: towards(view.detail, now.detail) };
}

export const tamper: RuleKind<TamperRule, TamperState> = { stateVersion: 'tamper/1', judge, looksAtThumbnail: true, learnsUnarmed: true };
