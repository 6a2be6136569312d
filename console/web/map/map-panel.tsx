/** The map with its marks and switches: WebGL where there is some, plain SVG where not. */
import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react';
import type { LonLat } from '../../../domain/geo.ts';
import type { CellFeature } from '../api/contract.ts';
import { filter, selected, setFilter } from '../alerts/desk.ts';
import { useWords } from '../i18n/language.ts';
import { mapView } from './held-view.ts';
import { situation } from '../live/situation.ts';
import { useStore, useStoreEvery } from '../live/store.ts';
import { MarkerLayer } from './marker-layer.tsx';
import { boundsOf, ringAround } from './mercator.ts';
import { ALL_LAYERS, centresOf, heatOf, type Layers, placedThings, spotOf } from './placed-things.tsx';
import { ScaleBar } from './scale-bar.tsx';
import { SvgMap } from './svg-map.tsx';
import type { MapView } from './view.ts';
import './map.css';

const GlMap = lazy(() => import('./gl-map.tsx'));

let known: boolean | null = null;
/** MapLibre needs WebGL 2; asking costs a context, so it is asked once. */
function hasWebGl(): boolean {
  known ??= document.createElement('canvas').getContext('webgl2') !== null;
  return known;
}

/** Drawing a map in software costs some 100 ms: four times a second is enough for an eye, also in a storm. */
const DRAW_EVERY_MS = 250;

const LAYER_NAMES = ['alerts', 'patrols', 'cameras', 'sensors', 'names'] as const;

function LayerSwitches({ layers, onChange }: { layers: Layers; onChange: (layers: Layers) => void }) {
  const words = useWords();
  return (
    <fieldset className="map-layers">
      <legend className="only-heard">{words.map.layers}</legend>
      {LAYER_NAMES.map((name) => (
        <label key={name} className="map-layer">
          <input type="checkbox" checked={layers[name]} onChange={(event) => onChange({ ...layers, [name]: event.target.checked })} />
          <span>{words.map[name]}</span>
        </label>
      ))}
    </fieldset>
  );
}

function MapButtons({ view }: { view: MapView | null }) {
  const words = useWords();
  return (
    <div className="map-buttons">
      <button type="button" className="map-button" aria-label={words.map.zoomIn} title={words.map.zoomIn} onClick={() => view?.zoom(1)}>
        +
      </button>
      <button type="button" className="map-button" aria-label={words.map.zoomOut} title={words.map.zoomOut} onClick={() => view?.zoom(-1)}>
        −
      </button>
      <button type="button" className="map-button map-fit" onClick={() => view?.fitAll()}>
        {words.map.fit}
      </button>
    </div>
  );
}

/** Two places on one latitude across the grid, to measure the scale with. */
function eastAndWest(cells: readonly CellFeature[]): { from: LonLat; to: LonLat } | null {
  const bounds = boundsOf(cells.map((cell) => cell.geometry));
  if (!bounds) return null;
  const lat = (bounds[1] + bounds[3]) / 2;
  return { from: { lon: bounds[0], lat }, to: { lon: bounds[2], lat } };
}

export function MapPanel() {
  const words = useWords();
  const now = useStoreEvery(situation, DRAW_EVERY_MS);
  const chosen = useStore(selected, (value) => value);
  const active = useStore(filter, (value) => value);
  const [layers, setLayers] = useState(ALL_LAYERS);
  const [view, setView] = useState<MapView | null>(null);
  const centres = useMemo(() => centresOf(now.cells), [now.cells]);
  const heat = useMemo(() => heatOf(now.alerts.values()), [now.alerts]);
  const things = useMemo(() => placedThings(now, layers, active, centres, heat, chosen), [now, layers, active, centres, heat, chosen]);
  const ends = useMemo(() => eastAndWest(now.cells), [now.cells]);
  const row = chosen === null ? undefined : now.alerts.get(chosen);
  const place = row?.place;
  const errorRing = useMemo(() => (place?.at && place.errorM !== null ? ringAround(place.at, place.errorM) : null), [place]);

  const holdView = useCallback((next: MapView | null) => {
    mapView.set(next);
    setView(next);
  }, []);
  useEffect(() => {
    const at = row && spotOf(row, centres);
    if (at) view?.show(at);
    // Only a new choice moves the map: an update of the chosen alert must not.
  }, [row?.id, view, centres]);

  if (!now.loaded) return <p className="map-loading faint">{words.map.loading}</p>;
  const props = {
    cells: now.cells,
    heat,
    selectedCell: row?.place.cellCode ?? null,
    errorRing,
    prefix: active.cell,
    label: words.map.label,
    onPickCell: (code: string) => setFilter({ cell: active.cell === code ? '' : code }),
    onView: holdView,
  };
  return (
    <>
      {hasWebGl() ? (
        <Suspense fallback={<p className="map-loading faint">{words.map.loading}</p>}>
          <GlMap {...props} />
        </Suspense>
      ) : (
        <SvgMap {...props} />
      )}
      {view && <MarkerLayer view={view} items={things} />}
      <MapButtons view={view} />
      {view && ends && <ScaleBar view={view} from={ends.from} to={ends.to} />}
      <LayerSwitches layers={layers} onChange={setLayers} />
      {!hasWebGl() && <p className="map-plain faint">{words.map.plain}</p>}
    </>
  );
}
