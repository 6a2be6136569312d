/** Names, cameras, devices, patrols and alerts as HTML over whichever map is shown; moved by transform, never by layout. */
import { useCallback, useLayoutEffect, useRef } from 'react';
import type { LonLat } from '../../../domain/geo.ts';
import type { MapView } from './view.ts';

export interface Placed {
  readonly key: string;
  readonly at: LonLat;
  /** A name is hidden where its cell is narrower than this on the screen. */
  readonly needs?: { readonly from: LonLat; readonly to: LonLat; readonly widthPx: number };
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
      if (item.needs) node.hidden = Math.abs(view.project(item.needs.to).x - view.project(item.needs.from).x) < item.needs.widthPx;
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
