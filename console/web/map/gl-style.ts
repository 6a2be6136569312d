/** The map's look: our cells on our ground and nothing from outside; no glyphs, because names are HTML. */
import type { ExpressionSpecification, GeoJSONSourceSpecification, StyleSpecification } from 'maplibre-gl';
import { SEVERITIES } from '../../../domain/gravity.ts';
import type { Ring } from '../../../domain/geo.ts';
import type { CellFeature } from '../api/contract.ts';
import { communityBorders, type Edge, streetBorders } from './borders.ts';
import { token } from './view.ts';

const state = (name: string): ExpressionSpecification => ['feature-state', name];
const isOn = (name: string): ExpressionSpecification => ['boolean', state(name), false];

function severityColour(): ExpressionSpecification {
  const pairs = SEVERITIES.flatMap((severity) => [severity, token(`sev-${severity.toLowerCase()}`)]);
  return ['match', ['coalesce', state('severity'), ''], ...pairs, token('surface-3')] as unknown as ExpressionSpecification;
}

function lines(edges: readonly Edge[]): GeoJSONSourceSpecification {
  const coordinates = edges.map((edge) => edge.map((end) => [...end]));
  return { type: 'geojson', data: { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates } } };
}

export const NO_HEAT_OPACITY = 0.42;

/** The ground that an alert's place may lie on, or nothing. */
export function ringFeature(ring: Ring | null): Exclude<GeoJSONSourceSpecification['data'], string> {
  const coordinates = ring ? [ring.map((end) => [...end])] : [];
  return { type: 'FeatureCollection', features: ring ? [{ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates } }] : [] };
}

export function glStyle(cells: readonly CellFeature[]): StyleSpecification {
  return {
    version: 8,
    sources: {
      community: lines(communityBorders(cells)),
      street: lines(streetBorders(cells)),
      'place-error': { type: 'geojson', data: ringFeature(null) },
      cells: { type: 'geojson', promoteId: 'code', data: { type: 'FeatureCollection', features: cells } },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': token('ground') } },
      {
        id: 'cell-fill',
        type: 'fill',
        source: 'cells',
        paint: {
          'fill-color': severityColour(),
          'fill-opacity': ['case', isOn('dim'), 0.06, ['coalesce', state('opacity'), NO_HEAT_OPACITY]],
          'fill-antialias': false,
        },
      },
      {
        id: 'cell-hover',
        type: 'fill',
        source: 'cells',
        paint: { 'fill-color': token('text'), 'fill-opacity': ['case', isOn('hover'), 0.07, 0] },
      },
      { id: 'cell-line', type: 'line', source: 'cells', paint: { 'line-color': token('line-strong'), 'line-width': 1 } },
      { id: 'community-line', type: 'line', source: 'community', layout: { 'line-cap': 'round' }, paint: { 'line-color': token('border'), 'line-width': 1.6 } },
      { id: 'street-line', type: 'line', source: 'street', layout: { 'line-cap': 'round' }, paint: { 'line-color': token('border'), 'line-width': 3.2 } },
      {
        id: 'cell-chosen',
        type: 'line',
        source: 'cells',
        layout: { 'line-join': 'round' },
        paint: { 'line-color': token('text'), 'line-width': 2, 'line-opacity': ['case', isOn('chosen'), 0.9, 0] },
      },
      { id: 'place-error-fill', type: 'fill', source: 'place-error', paint: { 'fill-color': token('text'), 'fill-opacity': 0.1 } },
      { id: 'place-error-line', type: 'line', source: 'place-error', paint: { 'line-color': token('text'), 'line-width': 1.2, 'line-opacity': 0.8, 'line-dasharray': [3, 2] } },
    ],
  };
}
