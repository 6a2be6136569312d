/** The plain map for browsers without WebGL: the same cells as SVG, panned and zoomed by hand. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { LonLat, Ring } from '../../../domain/geo.ts';
import type { CellFeature } from '../api/contract.ts';
import { communityBorders, type Edge, streetBorders } from './borders.ts';
import { boundsOf, toWorld } from './mercator.ts';
import { type MapProps, type MapView, heatOpacity, stepIntoSight } from './view.ts';

/** World square → pixels: x·scale + dx, y·scale + dy. */
interface Frame {
  readonly scale: number;
  readonly dx: number;
  readonly dy: number;
}

const PADDING_PX = 28;
const PAN_PX = 80;

function fitFrame(cells: readonly CellFeature[], widthPx: number, heightPx: number): Frame {
  const bounds = boundsOf(cells.map((cell) => cell.geometry));
  if (!bounds) return { scale: 1, dx: 0, dy: 0 };
  const a = toWorld({ lon: bounds[0], lat: bounds[3] });
  const b = toWorld({ lon: bounds[2], lat: bounds[1] });
  const scale = Math.min((widthPx - 2 * PADDING_PX) / (b.x - a.x), (heightPx - 2 * PADDING_PX) / (b.y - a.y));
  return { scale, dx: widthPx / 2 - ((a.x + b.x) / 2) * scale, dy: heightPx / 2 - ((a.y + b.y) / 2) * scale };
}

function zoomed(frame: Frame, factor: number, x: number, y: number): Frame {
  return { scale: frame.scale * factor, dx: x - (x - frame.dx) * factor, dy: y - (y - frame.dy) * factor };
}

const place = (frame: Frame, at: LonLat): { x: number; y: number } => {
  const world = toWorld(at);
  return { x: world.x * frame.scale + frame.dx, y: world.y * frame.scale + frame.dy };
};

function pathOf(cell: CellFeature, frame: Frame): string {
  const rings = cell.geometry.coordinates.map((ring) =>
    ring.map(([lon, lat], i) => {
      const { x, y } = place(frame, { lon, lat });
      return `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
    }),
  );
  return rings.map((points) => `${points.join('')}Z`).join('');
}

function ringPath(ring: Ring, frame: Frame): string {
  const ends = ring.map(([lon, lat]) => place(frame, { lon, lat }));
  return `${ends.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join('')}Z`;
}

function linesPath(edges: readonly Edge[], frame: Frame): string {
  return edges
    .map((edge) => edge.map(([lon, lat], i) => ({ ...place(frame, { lon, lat }), i })))
    .map((ends) => ends.map(({ x, y, i }) => `${i === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`).join(''))
    .join('');
}

function useView(svg: React.RefObject<SVGSVGElement | null>, cells: readonly CellFeature[]): { frame: Frame; view: MapView } {
  const [frame, setFrame] = useState<Frame>({ scale: 1, dx: 0, dy: 0 });
  const now = useRef(frame);
  const listeners = useRef(new Set<() => void>());
  const set = useCallback((next: Frame) => {
    now.current = next;
    setFrame(next);
    for (const tell of listeners.current) tell();
  }, []);
  const size = (): { w: number; h: number } => ({ w: svg.current?.clientWidth ?? 0, h: svg.current?.clientHeight ?? 0 });
  const view = useMemo<MapView>(
    () => ({
      project: (at) => place(now.current, at),
      onMove: (listener) => {
        listeners.current.add(listener);
        return () => void listeners.current.delete(listener);
      },
      zoom: (step) => set(zoomed(now.current, step > 0 ? 1.6 : 1 / 1.6, size().w / 2, size().h / 2)),
      fitAll: () => set(fitFrame(cells, size().w, size().h)),
      show: (at) => {
        const { w, h } = size();
        const by = stepIntoSight(place(now.current, at), w, h);
        if (by) set({ ...now.current, dx: now.current.dx + by.x, dy: now.current.dy + by.y });
      },
      focus: () => svg.current?.focus(),
    }),
    [cells, set],
  );
  useDragAndWheel(svg, now, set);
  useEffect(() => {
    if (!svg.current) return;
    const watch = new ResizeObserver(() => view.fitAll());
    watch.observe(svg.current);
    return () => watch.disconnect();
  }, [svg, view]);
  return { frame, view };
}

function useDragAndWheel(svg: React.RefObject<SVGSVGElement | null>, now: React.RefObject<Frame>, set: (frame: Frame) => void): void {
  useEffect(() => {
    const area = svg.current;
    if (!area) return;
    const stop = new AbortController();
    const { signal } = stop;
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const at = area.getBoundingClientRect();
      set(zoomed(now.current, Math.exp(-event.deltaY / 400), event.clientX - at.left, event.clientY - at.top));
    };
    const onDrag = (event: PointerEvent): void => {
      if (event.buttons === 1) set({ ...now.current, dx: now.current.dx + event.movementX, dy: now.current.dy + event.movementY });
    };
    const onKey = (event: KeyboardEvent): void => {
      const pan: Readonly<Record<string, readonly [number, number]>> = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
      const by = pan[event.key];
      if (by) set({ ...now.current, dx: now.current.dx + by[0] * PAN_PX, dy: now.current.dy + by[1] * PAN_PX });
      else if (event.key === '+' || event.key === '=') set(zoomed(now.current, 1.6, area.clientWidth / 2, area.clientHeight / 2));
      else if (event.key === '-') set(zoomed(now.current, 1 / 1.6, area.clientWidth / 2, area.clientHeight / 2));
    };
    area.addEventListener('wheel', onWheel, { passive: false, signal });
    area.addEventListener('pointermove', onDrag, { signal });
    area.addEventListener('keydown', onKey, { signal });
    return () => stop.abort();
  }, [svg, now, set]);
}

export function SvgMap({ cells, heat, selectedCell, errorRing, prefix, label, onPickCell, onView }: MapProps) {
  const svg = useRef<SVGSVGElement>(null);
  const { frame, view } = useView(svg, cells);
  useLayoutEffect(() => {
    view.fitAll();
    onView(view);
    return () => onView(null);
  }, [view, onView]);
  const community = useMemo(() => communityBorders(cells), [cells]);
  const street = useMemo(() => streetBorders(cells), [cells]);
  const fill = (code: string): React.CSSProperties => {
    const warm = heat.get(code);
    const opacity = code.startsWith(prefix) ? (warm ? heatOpacity(warm.open) : 0.42) : 0.06;
    return { fill: `var(--${warm ? `sev-${warm.severity.toLowerCase()}` : 'surface-3'})`, fillOpacity: opacity };
  };
  return (
    <svg ref={svg} className="map-canvas map-svg" tabIndex={0} role="application" aria-label={label}>
      {cells.map((cell) => (
        <path
          key={cell.properties.code}
          d={pathOf(cell, frame)}
          className={cell.properties.code === selectedCell ? 'svg-cell svg-cell-chosen' : 'svg-cell'}
          style={fill(cell.properties.code)}
          onClick={() => onPickCell(cell.properties.code)}
        />
      ))}
      <path d={linesPath(community, frame)} className="svg-border" />
      <path d={linesPath(street, frame)} className="svg-border svg-border-street" />
      {errorRing && <path d={ringPath(errorRing, frame)} className="svg-error" />}
    </svg>
  );
}
