/** The map by WebGL (MapLibre): cells only; everything that has a name or can be pressed is HTML above it. */
import { type GeoJSONSource, Map as GlMapLibrary, setWorkerUrl } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef } from 'react';
import { glStyle, NO_HEAT_OPACITY, ringFeature } from './gl-style.ts';
import { boundsOf } from './mercator.ts';
import { heatOpacity, type MapProps, type MapView, stepIntoSight } from './view.ts';

setWorkerUrl(workerUrl);

const FIT = { padding: 28, maxZoom: 16.5 } as const;

function viewOf(map: GlMapLibrary, cells: MapProps['cells']): MapView {
  const project: MapView['project'] = (at) => map.project([at.lon, at.lat]);
  return {
    project,
    onMove: (listener) => {
      map.on('move', listener);
      map.on('resize', listener);
      return () => void map.off('move', listener).off('resize', listener);
    },
    zoom: (step) => void map.zoomTo(map.getZoom() + step, { duration: 180 }),
    fitAll: () => {
      const bounds = boundsOf(cells.map((cell) => cell.geometry));
      if (bounds) map.fitBounds([...bounds] as [number, number, number, number], { ...FIT, duration: 300 });
    },
    show: (at) => {
      const { clientWidth, clientHeight } = map.getContainer();
      const by = stepIntoSight(project(at), clientWidth, clientHeight);
      if (by) map.panBy([-by.x, -by.y], { duration: 300 });
    },
    focus: () => map.getCanvas().focus(),
  };
}

function makeMap(container: HTMLElement, cells: MapProps['cells'], label: string): GlMapLibrary {
  const bounds = boundsOf(cells.map((cell) => cell.geometry));
  const map = new GlMapLibrary({
    container,
    style: glStyle(cells),
    ...(bounds ? { bounds: [...bounds] as [number, number, number, number], fitBoundsOptions: FIT } : {}),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    renderWorldCopies: false,
    fadeDuration: 0,
    maxZoom: 20,
  });
  map.touchZoomRotate.disableRotation();
  map.keyboard.disableRotation();
  map.getCanvas().setAttribute('aria-label', label);
  return map;
}

function hoverCells(map: GlMapLibrary, onPickCell: (code: string) => void): void {
  let over: string | number | undefined;
  const hover = (id: string | number | undefined): void => {
    if (id === over) return;
    if (over !== undefined) map.setFeatureState({ source: 'cells', id: over }, { hover: false });
    if (id !== undefined) map.setFeatureState({ source: 'cells', id }, { hover: true });
    over = id;
    map.getCanvas().style.cursor = id === undefined ? '' : 'pointer';
  };
  map.on('mousemove', 'cell-fill', (event) => hover(event.features?.[0]?.id));
  map.on('mouseleave', 'cell-fill', () => hover(undefined));
  map.on('dblclick', (event) => event.preventDefault());
  map.on('click', 'cell-fill', (event) => {
    const code = event.features?.[0]?.id;
    if (code !== undefined) onPickCell(String(code));
  });
}

export default function GlMap({ cells, heat, selectedCell, errorRing, prefix, label, onPickCell, onView }: MapProps) {
  const box = useRef<HTMLDivElement>(null);
  const held = useRef<GlMapLibrary | null>(null);
  /** What each cell was last painted as: every state set costs a drawing of the whole map. */
  const painted = useRef(new Map<string, string>());
  const pick = useRef(onPickCell);
  pick.current = onPickCell;

  useEffect(() => {
    if (!box.current) return;
    const map = makeMap(box.current, cells, label);
    held.current = map;
    painted.current.clear();
    hoverCells(map, (code) => pick.current(code));
    onView(viewOf(map, cells));
    return () => {
      onView(null);
      held.current = null;
      map.remove();
    };
    // A new grid is a new map: it changes about once a year. The label is set once; the canvas keeps it.
  }, [cells, onView]);

  useEffect(() => {
    const map = held.current;
    if (!map) return;
    const paint = (): void => {
      for (const { properties } of cells) {
        const warm = heat.get(properties.code);
        const state = {
          severity: warm?.severity ?? '',
          opacity: warm ? heatOpacity(warm.open) : NO_HEAT_OPACITY,
          chosen: properties.code === selectedCell,
          dim: !properties.code.startsWith(prefix),
        };
        const text = JSON.stringify(state);
        if (painted.current.get(properties.code) === text) continue;
        painted.current.set(properties.code, text);
        map.setFeatureState({ source: 'cells', id: properties.code }, state);
      }
    };
    if (map.isStyleLoaded()) paint();
    else void map.once('load', paint);
    return () => void map.off('load', paint);
  }, [cells, heat, selectedCell, prefix]);

  useEffect(() => {
    const map = held.current;
    if (!map) return;
    const draw = (): void => void map.getSource<GeoJSONSource>('place-error')?.setData(ringFeature(errorRing));
    if (map.isStyleLoaded()) draw();
    else void map.once('load', draw);
    return () => void map.off('load', draw);
  }, [cells, errorRing]);

  return <div ref={box} className="map-canvas" />;
}
