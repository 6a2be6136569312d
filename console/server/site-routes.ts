/** What stands in the district: cells, cameras, patrols and devices, each with what is known of it now. */
import { z } from 'zod';
import type { FrameCounts } from '../../domain/frame.ts';
import type { PatrolState } from '../../domain/patrol.ts';
import { cameraStatus, cellProperties, deviceStatus, frameCounts, lonLat, patrolState, polygon, refusals } from './answers.ts';
import type { Api } from './api.ts';
import { maySee, whoOf } from './access.ts';
import type { ConsoleParts } from './parts.ts';

const picturePoint = z.tuple([z.number(), z.number()]);
const camera = z.object({
  id: z.string(),
  name: z.string(),
  location: lonLat,
  homeCell: z.string(),
  zones: z.array(z.object({ id: z.string(), name: z.string(), polygon: z.array(picturePoint) })),
  lines: z.array(z.object({ id: z.string(), name: z.string(), points: z.tuple([picturePoint, picturePoint]) })),
  groundPlane: z.array(z.object({ picture: picturePoint, ground: lonLat })).nullable(),
  status: cameraStatus.nullable(),
  counts: frameCounts,
});
const patrol = z.object({
  id: z.string(),
  name: z.string(),
  teamId: z.string(),
  deviceId: z.string(),
  skills: z.array(z.string()),
  maxOrders: z.number(),
  state: patrolState,
});
const device = z.object({
  id: z.string(),
  name: z.string(),
  kind: z.enum(['sensor', 'sos', 'patrol']),
  location: lonLat.nullable(),
  homeCell: z.string().nullable(),
  status: deviceStatus.nullable(),
});
const feature = z.object({ type: z.literal('Feature'), geometry: polygon, properties: z.object(cellProperties) });

const NO_FRAMES: FrameCounts = { framesIn: 0, framesInferred: 0, framesShed: 0 };

/** What is said of a patrol that has not reported yet: not on duty, so nobody sends it. */
const unheard = (patrolId: string): PatrolState => ({ patrolId, onDuty: false, position: null, fixAtMs: null, accuracyM: null, cellCode: null, openOrders: 0 });

export function siteRoutes(app: Api, { site, store, live, env }: ConsoleParts): void {
  app.get(
    '/api/cells',
    { schema: { summary: 'The cells in force, as GeoJSON', response: { 200: z.object({ type: z.literal('FeatureCollection'), features: z.array(feature) }), ...refusals } } },
    async (request) => {
      const { operator } = whoOf(request);
      const cells = (await store.cells.cellsAt(env.clock.nowMs())).filter((cell) => maySee(operator, cell.code));
      const features = cells.map(({ area, code, name, community, street, district, teamId }) => ({
        type: 'Feature' as const,
        geometry: { type: area.type, coordinates: area.coordinates.map((ring) => ring.map(([lon, lat]): [number, number] => [lon, lat])) },
        properties: { code, name, community, street, district, teamId },
      }));
      return { type: 'FeatureCollection' as const, features };
    },
  );

  app.get('/api/cameras', { schema: { summary: 'Cameras with the state of their streams', response: { 200: z.object({ cameras: z.array(camera) }), ...refusals } } }, async (request) => {
    const { operator } = whoOf(request);
    const board = await live.board.cameras();
    // The schema lets only the named fields out: an address that slipped into the site's list would end here.
    const cameras = site.cameras
      .filter((one) => maySee(operator, one.homeCell))
      .map((one) => ({ ...plainCamera(one), status: board.get(one.id)?.status ?? null, counts: board.get(one.id)?.counts ?? NO_FRAMES }));
    return { cameras };
  });

  app.get('/api/patrols', { schema: { summary: 'Patrols with their newest state', response: { 200: z.object({ patrols: z.array(patrol) }), ...refusals } } }, async (request) => {
    const { operator } = whoOf(request);
    const states = new Map((await store.positions.patrolStates()).map((state) => [state.patrolId, state]));
    const patrols = site.patrols.map((one) => ({ ...one, skills: [...one.skills], state: states.get(one.id) ?? unheard(one.id) }));
    return { patrols: patrols.filter((one) => maySee(operator, one.state.cellCode)) };
  });

  app.get('/api/sensors', { schema: { summary: 'Devices and whether they are connected', response: { 200: z.object({ devices: z.array(device) }), ...refusals } } }, async (request) => {
    const { operator } = whoOf(request);
    const board = await live.board.devices();
    const devices = site.devices.filter((one) => maySee(operator, one.homeCell));
    return { devices: devices.map(({ id, name, kind, location, homeCell }) => ({ id, name, kind, location, homeCell, status: board.get(id) ?? null })) };
  });
}

type CameraView = ConsoleParts['site']['cameras'][number];
type PointPair = [number, number];

/** The schema speaks of plain arrays, the domain of readonly ones. */
function plainCamera({ id, name, location, homeCell, zones, lines, groundPlane }: CameraView) {
  return {
    id,
    name,
    location,
    homeCell,
    zones: zones.map((zone) => ({ id: zone.id, name: zone.name, polygon: zone.polygon.map(([x, y]): PointPair => [x, y]) })),
    lines: lines.map(({ points: [from, to], ...line }) => ({ id: line.id, name: line.name, points: [[...from], [...to]] as [PointPair, PointPair] })),
    groundPlane: groundPlane?.map(({ picture: [x, y], ground }): { picture: PointPair; ground: typeof ground } => ({ picture: [x, y], ground })) ?? null,
  };
}
