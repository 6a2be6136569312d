/** The map that is on the page now, so that a key can lead to it. */
import { createStore } from '../live/store.ts';
import type { MapView } from './view.ts';

export const mapView = createStore<MapView | null>(null);
