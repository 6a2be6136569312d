/** What is printed and drawn of a camera's calibration, and what the configuration's check says of bad ones. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { distanceM } from '../domain/geo.ts';
import { ringsContain } from '../grid/polygon.ts';
import { BEIJING, before, groundAt, see, survey, type Pose } from '../test-fixtures/ground/pinhole.ts';
import { asGeoJson, calibrationOf, inLines, surveyNotes, type CalibratedCamera } from './calibration.ts';

const street: Pose = { heightM: 6, tilt: 0.45, pan: 0.8, focal: 0.9 };
const points = survey(street, BEIJING, [[8, -4], [8, 4], [14, -6], [14, 6], [22, -8], [22, 9], [10, 0], [30, 0]]);
const wrong = points.map((point, i) => (i === 6 ? { ...point, ground: groundAt(point.ground, 6, 0) } : point));
const camera = (groundPlane: CalibratedCamera['groundPlane']): CalibratedCamera => ({ id: 'north', name: 'North', location: BEIJING, groundPlane });

describe('in words', () => {
  test('a good survey: a line for each point, an error for each trial, and the verdict', () => {
    const lines = inLines(calibrationOf(camera(points))!);
    expect(lines.filter((line) => /^ +\d   0\.\d{3}, 0\.\d{3} +0\.00 m +\d\.\d{2} m$/.test(line))).toHaveLength(8);
    expect(lines.filter((line) => /^  0\.\d  ( +(–|[\d.]+ \([\d.]+\))){5}$/.test(line))).toHaveLength(5);
    expect(lines.at(-1)).toBe('the ground plane may be used');
  });

  test('a point that was mistaken is marked, and the verdict says what to do', () => {
    const lines = inLines(calibrationOf(camera(wrong))!);
    expect(lines.filter((line) => line.endsWith('too far')).map((line) => Number.parseInt(line))).toContain(7);
    expect(lines.at(-1)).toMatch(/^refused: point 7 lies .* correct or remove point 7$/);
  });

  test('four points: a note', () => expect(inLines(calibrationOf(camera(points.slice(2, 6)))!).join('\n')).toContain('note: four points fit any plane exactly'));
  test('unsolvable: only why', () => expect(inLines(calibrationOf(camera([points[0]!, points[0]!, points[1]!, points[2]!]))!).at(-1)).toContain('in line'));
  test('not surveyed: none', () => expect(calibrationOf(camera(null))).toBeNull());
});

test('GeoJSON: the footprint holds what the camera sees and not what is behind it; every ellipse has its size', () => {
  const { features } = asGeoJson(calibrationOf(camera(points))!);
  const of = (kind: string) => features.filter(({ properties }) => properties['kind'] === kind);
  expect([of('camera').length, of('surveyed').length, of('residual').length, of('footprint').length]).toEqual([1, 8, 8, 1]);
  const rings = of('footprint')[0]!.geometry.coordinates as [number, number][][];
  expect(rings[0]!.at(0)).toEqual(rings[0]!.at(-1));
  const holds = (aheadM: number, rightM: number): boolean => {
    const { lon, lat } = groundAt(BEIJING, ...before(street, aheadM, rightM));
    return ringsContain(rings, lon, lat);
  };
  expect([holds(12, 0), holds(20, 3), holds(-5, 0), holds(12, 40)]).toEqual([true, true, false, false]);
  const ellipses = of('error-95');
  expect(ellipses.length).toBeGreaterThan(14);
  for (const { geometry, properties } of ellipses) {
    const [ring] = geometry.coordinates as [number, number][][];
    const [a, b] = [ring![0]!, ring![18]!].map(([lon, lat]) => ({ lon, lat }));
    // The long axis is 2.45 σ, the radius between 1.96 and 2.45 σ.
    const half = distanceM(a!, b!) / 2;
    expect(half / (properties['errorM'] as number)).toBeGreaterThan(0.99);
    expect(half / (properties['errorM'] as number)).toBeLessThan(1.26);
  }
  expect(see(street, 0, 0)).not.toBeNull();
});

describe('the check of a configuration', () => {
  test('says every bad survey at once, each with its camera', () => {
    const said = (): string[] => surveyNotes([camera(points), { ...camera(wrong), id: 'south' }, { ...camera(points.slice(0, 3)), id: 'east' }], 'site.yaml');
    expect(said).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringMatching(/site\.yaml is not valid:\n {2}- Camera south: .*point 7.*\n {2}- Camera east: .*3 points were surveyed/) }));
  });
  test('notes what cannot be checked', () => expect(surveyNotes([camera(points), camera(points.slice(2, 6)), camera(null)], 'site.yaml')).toEqual([expect.stringContaining('camera north: four points')]));
});

describe('npm run cameras', () => {
  let dir = '';
  const command = path.join(import.meta.dirname, 'cameras.ts');
  const run = (...args: string[]) => promisify(execFile)(process.execPath, [command, ...args], { cwd: dir }).then(({ stdout }) => ({ code: 0, stdout, stderr: '' }), (error: { code: number; stdout: string; stderr: string }) => error);
  const site = (groundPlane: typeof points) => ({ grid: { file: 'grid.geojson' }, cameras: [{ id: 'north', name: 'North', url: 'rtsp://192.0.2.1/', location: BEIJING, homeCell: '110101001001001', groundPlane, surveyErrorM: 0.3 }] });
  beforeAll(async () => {
    dir = await mkdtemp(path.join(os.tmpdir(), 'gw-cameras-'));
    await writeFile(path.join(dir, 'gridwarden.yaml'), stringify(site(points)));
    await writeFile(path.join(dir, 'bad.yaml'), stringify(site(wrong)));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  test('prints the table and writes the map', async () => {
    const { code, stdout } = await run('calibrate', '--camera', 'north', '--geojson', 'out.geojson');
    expect([code, stdout.includes('the ground plane may be used')]).toEqual([0, true]);
    expect(JSON.parse(await readFile(path.join(dir, 'out.geojson'), 'utf8'))).toMatchObject({ type: 'FeatureCollection' });
  });
  test('a bad survey: table, refusal, exit code 2', async () => {
    const { code, stdout } = await run('calibrate', '--config', 'bad.yaml', '--camera', 'north');
    expect([code, stdout.includes('refused: point 7')]).toEqual([2, true]);
  });
  test.each([
    ['no camera of that name', ['calibrate', '--camera', 'south'], 'There is no camera south.'],
    ['no command', ['--camera', 'north'], 'npm run cameras -- calibrate --config FILE --camera ID'],
    ['an option that is none', ['calibrate', '--cam', 'north'], 'npm run cameras -- calibrate'],
  ])('%s', async (_, args, sentence) => {
    const { code, stderr } = await run(...args);
    expect(code).toBeGreaterThan(0);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
  });
});
