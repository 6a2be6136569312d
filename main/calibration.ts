/** A camera's calibration in words and as GeoJSON: how each surveyed point fits, and how well places in the picture can be told. */
import type { Camera, PicturePoint } from '../domain/camera.ts';
import type { LonLat } from '../domain/geo.ts';
import { axesOf, radius95M, SIGMAS_95, type Covariance2 } from '../grid/covariance.ts';
import { locate, planeSpread, project, type Located } from '../grid/ground-plane.ts';
import { placeFrom } from '../grid/plane.ts';
import { GridwardenError } from '../platform/errors.ts';
import { PICK_ERROR, reviewSurvey, SURVEY_ERROR_M, type GroundPlane, type Survey } from '../grid/survey.ts';

/** Rows and columns of trial points over the picture. */
const TRIALS = [0.1, 0.3, 0.5, 0.7, 0.9] as const;
/** The foot of somebody who fills a fifth of the picture's height, to a detector's twentieth; aside a third of that. */
const FOOT_SD = [0.003, 0.01] as const;
const ELLIPSE_CORNERS = 36;

export type CalibratedCamera = Pick<Camera, 'id' | 'name' | 'location' | 'groundPlane' | 'surveyErrorM'>;

/** One trial point of the picture; null where it shows no ground that a place could be told on. */
interface Trial {
  readonly picture: PicturePoint;
  readonly located: Located | null;
  readonly surveyM: number | null;
}

export interface Calibration {
  readonly camera: CalibratedCamera;
  readonly survey: Survey;
  readonly trials: readonly Trial[];
}

/** Null where nobody surveyed the camera. */
export function calibrationOf(camera: CalibratedCamera): Calibration | null {
  if (!camera.groundPlane) return null;
  const survey = reviewSurvey(camera.groundPlane, camera.surveyErrorM);
  const { plane } = survey;
  return { camera, survey, trials: plane ? TRIALS.flatMap((y) => TRIALS.map((x) => trialAt(plane, [x, y]))) : [] };
}

function trialAt(plane: GroundPlane, picture: PicturePoint): Trial {
  const located = locate(plane, picture, FOOT_SD);
  return { picture, located, surveyM: located && radius95M(planeSpread(plane, picture)) };
}

/** What a person should know of surveys that may be used. Throws CONFIG_INVALID with one line for each that may not. */
export function surveyNotes(cameras: readonly CalibratedCamera[], configFile: string): string[] {
  const reviewed = cameras.flatMap((camera) => (camera.groundPlane ? [{ camera, ...reviewSurvey(camera.groundPlane, camera.surveyErrorM) }] : []));
  const problems = reviewed.flatMap(({ camera, trouble }) => (trouble ? [new GridwardenError(trouble.code, { camera: camera.id, why: trouble.why }).message] : []));
  if (problems.length > 0) throw new GridwardenError('CONFIG_INVALID', { file: configFile, problems: problems.map((problem) => `  - ${problem}`).join('\n') });
  return reviewed.flatMap(({ camera, note }) => (note === null ? [] : [`camera ${camera.id}: ${note}`]));
}

/** Residuals, trial errors, and the verdict, as lines of text. */
export function inLines({ camera, survey, trials }: Calibration): string[] {
  const lines = [`camera ${camera.id}: ${camera.groundPlane?.length} surveyed points, each known to ${camera.surveyErrorM ?? SURVEY_ERROR_M} m on the ground and ${PICK_ERROR} of the picture`];
  if (survey.points.length > 0) lines.push('', 'point   picture          residual   at most', ...survey.points.map((point) => residualLine(point, camera)));
  if (trials.length > 0) lines.push('', 'place error over the picture in metres (95 of 100 lie within): of somebody who fills a fifth of its height, and in brackets the survey’s own share', ...errorTable(trials));
  if (survey.note) lines.push('', `note: ${survey.note}`);
  lines.push('', survey.trouble ? `refused: ${survey.trouble.why}` : 'the ground plane may be used');
  return lines;
}

function residualLine({ number, residualM, limitM }: Survey['points'][number], { groundPlane }: CalibratedCamera): string {
  const [x, y] = groundPlane?.[number - 1]?.picture ?? [0, 0];
  return `${String(number).padStart(5)}   ${`${x.toFixed(3)}, ${y.toFixed(3)}`.padEnd(14)}${figure(residualM).padStart(9)} m${figure(limitM).padStart(8)} m${residualM > limitM ? '   too far' : ''}`;
}

function errorTable(trials: readonly Trial[]): string[] {
  const cell = ({ located, surveyM }: Trial): string => (located && surveyM !== null ? `${figure(located.errorM)} (${figure(surveyM)})` : '–').padStart(14);
  const head = `  y \\ x ${TRIALS.map((x) => x.toFixed(1).padStart(14)).join('')}`;
  return [head, ...TRIALS.map((y, row) => `  ${y.toFixed(1)}   ${trials.slice(row * TRIALS.length, (row + 1) * TRIALS.length).map(cell).join('')}`)];
}

const figure = (metres: number): string => metres.toFixed(metres < 10 ? 2 : metres < 100 ? 1 : 0);

interface Feature {
  readonly type: 'Feature';
  readonly geometry: { readonly type: 'Point' | 'Polygon' | 'LineString'; readonly coordinates: unknown };
  readonly properties: Readonly<Record<string, unknown>>;
}

/** RFC 7946: the camera, its surveyed points with the line to where the plane puts them, the ground its picture shows, and 95 % ellipses of trial places. */
export function asGeoJson({ camera, survey, trials }: Calibration): { readonly type: 'FeatureCollection'; readonly features: readonly Feature[] } {
  const features: Feature[] = [feature('Point', position(camera.location), { kind: 'camera', camera: camera.id, name: camera.name })];
  const { plane } = survey;
  for (const { number, residualM, limitM } of survey.points) {
    const surveyed = camera.groundPlane![number - 1]!;
    const found = plane && project(plane, surveyed.picture);
    features.push(feature('Point', position(surveyed.ground), { kind: 'surveyed', number, residualM, limitM, picture: surveyed.picture }));
    if (found) features.push(feature('LineString', [position(surveyed.ground), position(found)], { kind: 'residual', number, residualM }));
  }
  if (!plane) return { type: 'FeatureCollection', features };
  const outline = footprint(plane);
  if (outline.length > 3) features.push(feature('Polygon', [outline], { kind: 'footprint' }));
  for (const { picture, located, surveyM } of trials) {
    if (located) features.push(feature('Polygon', [ellipse(plane, located.metres, located.covarianceM2)], { kind: 'error-95', picture, errorM: located.errorM, surveyM }));
  }
  return { type: 'FeatureCollection', features };
}

/** What the picture shows of the ground up to where places can no longer be told: its lower edge, up each side, and across. */
function footprint(plane: GroundPlane): (readonly [number, number])[] {
  const steps = Array.from({ length: 101 }, (_, i) => i / 100);
  const topOf = (x: number): number => steps.find((y) => locate(plane, [x, y], FOOT_SD) !== null) ?? 1;
  const across = Array.from({ length: 21 }, (_, i) => i / 20);
  const round: PicturePoint[] = [...across.map((x): PicturePoint => [x, 1]), ...across.toReversed().map((x): PicturePoint => [x, topOf(x)])];
  const ring = round.flatMap((point) => {
    const at = project(plane, point);
    return at ? [position(at)] : [];
  });
  return ring.length > 0 ? closed(ring) : [];
}

function ellipse(plane: GroundPlane, [eastM, northM]: readonly [number, number], covariance: Covariance2): (readonly [number, number])[] {
  const { longM, shortM, angle } = axesOf(covariance);
  const ring = Array.from({ length: ELLIPSE_CORNERS }, (_, i) => {
    const turn = (2 * Math.PI * i) / ELLIPSE_CORNERS;
    const [a, b] = [SIGMAS_95 * longM * Math.cos(turn), SIGMAS_95 * shortM * Math.sin(turn)];
    return position(placeFrom(plane.origin, [eastM + a * Math.cos(angle) - b * Math.sin(angle), northM + a * Math.sin(angle) + b * Math.cos(angle)]));
  });
  return closed(ring);
}

const closed = (ring: readonly (readonly [number, number])[]): (readonly [number, number])[] => [...ring, ring[0]!];
/** Eight decimals are a millimetre. */
const position = ({ lon, lat }: LonLat): readonly [number, number] => [Number(lon.toFixed(8)), Number(lat.toFixed(8))];

function feature(type: Feature['geometry']['type'], coordinates: unknown, properties: Feature['properties']): Feature {
  return { type: 'Feature', geometry: { type, coordinates }, properties };
}
