/** Names, cameras, devices, patrols and alerts as HTML over whichever map is shown; moved by transform, never by layout. */
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { LonLat } from '../../../domain/geo.ts';
import { Glides } from './glide.ts';
import { chooseSide, overlaps, type Rect, rectAround, type Side } from './label-side.ts';
import type { MapView } from './view.ts';

export interface Placed {
  readonly key: string;
  readonly at: LonLat;
  /** What must fit between two places: as it is, in its short form, or not at all; and where it steps aside to when a patrol stands on it. */
  readonly fit?: { readonly from: LonLat; readonly to: LonLat; readonly wholePx: number; readonly shortPx: number; readonly aside: LonLat };
  /** The side of its square sign; other marks' names keep off it. */
  readonly signPx?: number;
  /** It glides from place to place, and has a name (`.side-label`) that stands on whichever side is free. */
  readonly walks?: boolean;
  readonly node: React.ReactNode;
}

interface Size {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** With the ring that a busy patrol wears. */
const RING_PX = 5;
const grown = (sign: Rect): Rect => ({ left: sign.left - RING_PX, top: sign.top - RING_PX, right: sign.right + RING_PX, bottom: sign.bottom + RING_PX });

const STILL = '(prefers-reduced-motion: reduce)';

/** Sizes of texts, read once per text: reading them at each step would lay the page out at each step. */
class Sizes {
  readonly #known = new Map<string, Size>();

  of(element: HTMLElement, form: string): Size {
    const key = `${form}|${element.textContent}`;
    let size = this.#known.get(key);
    if (!size) {
      size = { widthPx: element.offsetWidth, heightPx: element.offsetHeight };
      // A size of nothing is one of a moment before the first layout.
      if (size.widthPx > 0) this.#known.set(key, size);
    }
    return size;
  }
}

/** Puts every mark where it belongs now: first who walks, then cell names that step aside for them, then the walkers' own names. */
function placeAll(items: readonly Placed[], nodes: ReadonlyMap<string, HTMLElement>, view: MapView, glides: Glides, sizes: Sizes, nowMs: number): void {
  const marks = items.flatMap((item) => {
    const node = nodes.get(item.key);
    return node ? [{ item, node, ...view.project((item.walks && glides.at(item.key, nowMs)) || item.at) }] : [];
  });
  const move = (node: HTMLElement, x: number, y: number): void => void (node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`);
  const walkers = marks.filter(({ item }) => item.walks).map((mark) => ({ ...mark, sign: rectAround(mark.x, mark.y, mark.item.signPx ?? 0, mark.item.signPx ?? 0) }));
  const taken: Rect[] = marks.flatMap(({ item, x, y }) => (item.signPx ? [rectAround(x, y, item.signPx, item.signPx)] : []));
  for (const { item, node, x, y } of marks) {
    if (!item.fit) {
      move(node, x, y);
      continue;
    }
    const widthPx = Math.abs(view.project(item.fit.to).x - view.project(item.fit.from).x);
    node.hidden = widthPx < item.fit.shortPx;
    node.dataset['fit'] = widthPx < item.fit.wholePx ? 'short' : 'whole';
    if (node.hidden || !(node.firstElementChild instanceof HTMLElement)) continue;
    const size = sizes.of(node.firstElementChild, node.dataset['fit']);
    const here = rectAround(x, y, size.widthPx, size.heightPx);
    const aside = view.project(item.fit.aside);
    const steps = walkers.some(({ sign }) => overlaps(grown(sign), here));
    move(node, steps ? aside.x : x, steps ? aside.y : y);
    taken.push(steps ? rectAround(aside.x, aside.y, size.widthPx, size.heightPx) : here);
  }
  for (const { node, sign } of walkers) {
    const label = node.querySelector('.side-label');
    if (!(label instanceof HTMLElement)) continue;
    const { widthPx, heightPx } = sizes.of(label, 'label');
    const others = taken.filter((rect) => !(rect.left === sign.left && rect.top === sign.top && rect.right === sign.right));
    const { side, rect } = chooseSide(sign, widthPx, heightPx, (node.dataset['side'] ?? 'none') as Side, others);
    node.dataset['side'] = side;
    if (rect) taken.push(rect);
  }
}

export function MarkerLayer({ view, items }: { view: MapView; items: readonly Placed[] }) {
  const nodes = useRef(new Map<string, HTMLElement>());
  const glides = useRef(new Glides());
  const sizes = useRef(new Sizes());
  const frame = useRef(0);

  const place = useCallback(() => {
    const nowMs = performance.now();
    placeAll(items, nodes.current, view, glides.current, sizes.current, nowMs);
    cancelAnimationFrame(frame.current);
    if (glides.current.isMoving(nowMs)) frame.current = requestAnimationFrame(place);
  }, [view, items]);

  useLayoutEffect(() => {
    const nowMs = performance.now();
    const still = window.matchMedia(STILL).matches;
    const walking = items.filter((item) => item.walks);
    for (const item of walking) glides.current.aim(item.key, item.at, nowMs, still);
    glides.current.keepOnly(new Set(walking.map((item) => item.key)));
    place();
    const stop = view.onMove(place);
    return () => {
      stop();
      cancelAnimationFrame(frame.current);
    };
  }, [place, view, items]);

  return (
    <div className="markers">
      {items.map((item) => (
        <div
          key={item.key}
          className="placed"
          ref={(node) => {
            if (node) nodes.current.set(item.key, node);
            else nodes.current.delete(item.key);
          }}
        >
          {item.node}
        </div>
      ))}
    </div>
  );
}
