/** A camera and its session made up around a gate: packets come, orders are obeyed as the real session obeys them, and what was decoded and passed is kept. */
import type { CameraGate, GateOrder } from '../gateway/cameras/camera-gate.ts';

export interface SentPacket {
  readonly atMs: number;
  readonly key: boolean;
  readonly bytes: number;
}

export interface Luma {
  readonly bytes: Uint8Array;
  readonly widthPx: number;
  readonly heightPx: number;
}

export interface Gated {
  /** Times of the pictures that the gate was shown, in that order, and of those that went on to a worker. */
  readonly given: readonly number[];
  readonly passed: readonly number[];
  readonly states: readonly { readonly atMs: number; readonly state: string; readonly because: string; readonly decodes: string; readonly packetTrigger: string }[];
  readonly decoded: number;
}

const LOOK_EVERY_MS = 200;
/** Times of real pictures are rounded. */
const EARLY_MS = 5;

/** Plays `packets` through the gate, as camera-loop.ts and libav-session.ts do, at five pictures a second. `luma` gives the picture of a packet by its number. */
export function playThroughGate(gate: CameraGate, packets: readonly SentPacket[], luma: (number: number) => Luma, codec = 'h264'): Gated {
  const given: number[] = [];
  const passed: number[] = [];
  const states: Gated['states'][number][] = [];
  let decodes = gate.begin(codec);
  let [decoded, dueMs, newest] = [0, 0, 0];
  const look = (number: number): void => {
    const atMs = packets[number]?.atMs ?? 0;
    const { bytes, widthPx, heightPx } = luma(number);
    given.push(atMs);
    const verdict = gate.picture(bytes, widthPx, heightPx, atMs);
    if (!obey(verdict.order) && verdict.pass) passed.push(atMs);
  };
  /** True where pictures come again. */
  function obey(order: GateOrder | null): boolean {
    if (order === null) return false;
    decodes = order.decode;
    const fromMs = order.againFromMs;
    if (fromMs === null) return false;
    dueMs = -Infinity;
    const key = packets.findLastIndex((one, i) => i <= newest && one.key && one.atMs <= fromMs);
    for (let i = Math.max(0, key); i <= newest; i++) decode(i, fromMs);
    return true;
  }
  function decode(number: number, afterMs: number): void {
    const atMs = packets[number]?.atMs ?? 0;
    decoded++;
    if (atMs <= afterMs || atMs < dueMs - EARLY_MS) return;
    dueMs = atMs + LOOK_EVERY_MS;
    look(number);
  }
  for (const [number, { key, bytes, atMs }] of packets.entries()) {
    newest = number;
    const before = given.length;
    obey(gate.packet({ key, bytes, capturedAtMs: atMs }));
    if (given.length === before && decodes === 'everything') decode(number, -Infinity);
    else if (given.length === before && key) {
      decoded++;
      look(number);
    }
    states.push({ atMs, ...gate.policy });
  }
  return { given, passed, states, decoded };
}
