/** The configuration says everything that is wrong at once, and the shipped example is the defaults. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { GridwardenError } from '../platform/errors.ts';
import { loadConfig, parseConfig } from './load.ts';

const EXAMPLE = path.join(import.meta.dirname, 'gridwarden.example.yaml');
const ENV = { GATE_NORTH_PASSWORD: 'pa55', PG_PASSWORD: 'x' };
const example = await readFile(EXAMPLE, 'utf8');

const refusal = (text: string, env: NodeJS.ProcessEnv = ENV): string => {
  try {
    parseConfig(text, 'site.yaml', env);
  } catch (error) {
    expect(error).toBeInstanceOf(GridwardenError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
};

test('the shipped example is valid, frozen, and shows exactly the defaults', async () => {
  const { config, gridFile } = await loadConfig(EXAMPLE, ENV);
  const bare = parseConfig('grid: { file: grid.geojson }', 'bare.yaml', {});
  const { teams, patrols, cameras, devices, rules, ...shown } = config;
  const { teams: _t, patrols: _p, cameras: _c, devices: _d, rules: _r, ...defaults } = bare;
  expect(shown).toEqual(defaults);
  expect([teams.length, patrols.length, cameras.length, devices.length, rules.length]).toEqual([1, 1, 1, 3, 2]);
  expect(cameras[0]?.url).toContain('pa55');
  expect(Object.isFrozen(cameras[0]?.zones[0]?.polygon)).toBe(true);
  expect(gridFile).toBe(path.join(import.meta.dirname, 'grid.geojson'));
});

test.each([
  ['an unknown key', 'grid: { file: a }\nmqtt: { prot: 1 }', 'mqtt: unknown key "prot"'],
  ['a wrong type', 'grid: { file: a }\nhttp: { port: "many" }', 'http.port: found "many"'],
  ['no grid', 'site: {}', 'grid: found nothing'],
  ['not YAML', 'grid: [', 'site.yaml is not valid'],
  ['a key twice', 'grid: { file: a }\ngrid: { file: b }', 'Map keys must be unique'],
  ['a bad time zone', 'grid: { file: a }\nsite: { timeZone: Mars/Base }', 'use an IANA name'],
  ['a zone outside the picture', example.replace('[0.8, 0.4]', '[1.8, 0.4]'), 'cameras[0].zones[0].polygon[1][0]: found 1.8: lies outside the picture'],
  ['a device id twice', example.replace('id: sos-1', 'id: smoke-1'), 'devices: the id "smoke-1" is used twice'],
  ['a rule for no camera', example.replace('cameraId: gate-north', 'cameraId: gate-south'), 'there is no camera "gate-south": name one of gate-north'],
  ['a rule for no zone', example.replace('zoneId: doorway', 'zoneId: roof'), 'has no zone "roof"'],
  ['a rule for no measurement', example.replace('measurement: smoke', 'measurement: heat'), 'measures no "heat"'],
  ['hysteresis the wrong way', example.replace('clear: 40', 'clear: 80'), 'clear: 80 lies beyond the limit 60'],
  ['a patrol without a phone', example.replace('deviceId: phone-1', 'deviceId: smoke-1'), 'no device of kind patrol'],
])('%s is refused with its place and remedy', (_, text, sentence) => {
  expect(refusal(text)).toContain(sentence);
});

test('all problems are told at once, and no address or hash is repeated', () => {
  const text = example.replace('rtsp://', 'http://').replace('port: 1883', 'port: -1').replaceAll('scrypt$16384', 'plain$16384');
  const said = refusal(text);
  expect(said.split('\n').length).toBeGreaterThan(4);
  expect(said).not.toContain('pa55');
  expect(said).not.toContain('plain$');
});

test('a variable that is not set is named', () => {
  expect(refusal(example, {})).toContain('${GATE_NORTH_PASSWORD} is not set');
});

test('a file that is not there', async () => {
  await expect(loadConfig('/nowhere/site.yaml', {})).rejects.toThrow('there is no such file');
});
