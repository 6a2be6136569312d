/** How long a line on the map is on the ground: the longest of 1, 2, 5 × 10ⁿ metres that fits. */
import { useEffect, useState } from 'react';
import { distanceM, type LonLat } from '../../../domain/geo.ts';
import { useWords } from '../i18n/language.ts';
import type { MapView } from './view.ts';

const LONGEST_PX = 110;

interface Scale {
  readonly lengthM: number;
  readonly widthPx: number;
}

/** `a` and `b` are two places a known way apart, east and west of each other. */
function scaleOf(view: MapView, a: LonLat, b: LonLat): Scale | null {
  const pixels = Math.abs(view.project(b).x - view.project(a).x);
  const perPixelM = distanceM(a, b) / pixels;
  if (!Number.isFinite(perPixelM) || perPixelM <= 0) return null;
  const longestM = perPixelM * LONGEST_PX;
  const power = 10 ** Math.floor(Math.log10(longestM));
  const lengthM = power * (longestM >= 5 * power ? 5 : longestM >= 2 * power ? 2 : 1);
  return { lengthM, widthPx: Math.round(lengthM / perPixelM) };
}

export function ScaleBar({ view, from, to }: { view: MapView; from: LonLat; to: LonLat }) {
  const words = useWords();
  const [scale, setScale] = useState<Scale | null>(null);
  useEffect(() => {
    const measure = (): void =>
      setScale((now) => {
        const next = scaleOf(view, from, to);
        return next?.widthPx === now?.widthPx && next?.lengthM === now?.lengthM ? now : next;
      });
    measure();
    return view.onMove(measure);
  }, [view, from, to]);
  if (!scale) return null;
  return (
    <div className="scale num" style={{ width: scale.widthPx }}>
      {words.metres(scale.lengthM)}
    </div>
  );
}
