/** Marks that glide from fix to fix instead of jumping: an eye follows a movement and loses a jump. */
import type { LonLat } from '../../../domain/geo.ts';

export const GLIDE_MS = 2000;

interface Way {
  readonly from: LonLat;
  readonly to: LonLat;
  readonly startMs: number;
}

export class Glides {
  readonly #ways = new Map<string, Way>();

  /** Where it now belongs. A first place, and every place while `still`, is taken at once. */
  aim(key: string, to: LonLat, nowMs: number, still: boolean): void {
    const way = this.#ways.get(key);
    if (way && way.to.lon === to.lon && way.to.lat === to.lat) return;
    const from = way && !still ? this.at(key, nowMs) : null;
    this.#ways.set(key, from ? { from, to, startMs: nowMs } : { from: to, to, startMs: -Infinity });
  }

  /** Where it is drawn; null for what was never aimed. */
  at(key: string, nowMs: number): LonLat | null {
    const way = this.#ways.get(key);
    if (!way) return null;
    const done = (nowMs - way.startMs) / GLIDE_MS;
    if (done >= 1) return way.to;
    return { lon: way.from.lon + (way.to.lon - way.from.lon) * done, lat: way.from.lat + (way.to.lat - way.from.lat) * done };
  }

  isMoving(nowMs: number): boolean {
    return [...this.#ways.values()].some((way) => nowMs - way.startMs < GLIDE_MS);
  }

  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.#ways.keys()) if (!keys.has(key)) this.#ways.delete(key);
  }
}
