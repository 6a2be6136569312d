/** Names, cameras, devices, patrols and alerts as HTML over whichever map is shown; moved by transform, never by layout. */
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { LonLat } from '../../../domain/geo.ts';
import type { MapView } from './view.ts';

export interface Placed {
  readonly key: string;
  readonly at: LonLat;
  /** What must fit between two places: as it is, in its short form, or not at all. */
  readonly fit?: { readonly from: LonLat; readonly to: LonLat; readonly wholePx: number; readonly shortPx: number };
  readonly node: React.ReactNode;
}

export function MarkerLayer({ view, items }: { view: MapView; items: readonly Placed[] }) {
  const nodes = useRef(new Map<string, HTMLElement>());

  const place = useCallback(() => {
    for (const item of items) {
      const node = nodes.current.get(item.key);
      if (!node) continue;
      const { x, y } = view.project(item.at);
      node.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
      if (item.fit) {
        const widthPx = Math.abs(view.project(item.fit.to).x - view.project(item.fit.from).x);
        node.hidden = widthPx < item.fit.shortPx;
        node.dataset['fit'] = widthPx < item.fit.wholePx ? 'short' : 'whole';
      }
    }
  }, [view, items]);

  useLayoutEffect(() => {
    place();
    return view.onMove(place);
  }, [place, view]);

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
