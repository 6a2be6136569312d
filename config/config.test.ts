/** The configuration says everything that is wrong at once, and the shipped example is the defaults. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CAMERA_RULE_KINDS } from '../domain/rule.ts';
import { GridwardenError } from '../platform/errors.ts';
import { makeTestCertificates } from '../test-fixtures/fake-camera/certificates.ts';
import { loadConfig, parseConfig } from './load.ts';

const EXAMPLE = path.join(import.meta.dirname, 'gridwarden.example.yaml');
const ENV = { GATE_NORTH_PASSWORD: 'pa55', PG_PASSWORD: 'x' };
const HASH = `scrypt$16384$8$1$${'s'.repeat(32)}$${'h'.repeat(43)}`;
/** As it is shipped, and with passwords made for its devices. */
const shipped = await readFile(EXAMPLE, 'utf8');
const example = shipped.replaceAll('scrypt$16384$8$1$replace$me', HASH);

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
  const config = parseConfig(example, EXAMPLE, ENV);
  const bare = parseConfig('grid: { file: grid.geojson }', 'bare.yaml', {});
  const { teams, patrols, cameras, devices, rules, armProfiles, ...shown } = config;
  const { teams: _t, patrols: _p, cameras: _c, devices: _d, rules: _r, armProfiles: _a, ...defaults } = bare;
  expect(shown).toEqual(defaults);
  expect([teams.length, patrols.length, cameras.length, devices.length, armProfiles.length]).toEqual([1, 1, 1, 3, 2]);
  expect(rules.map(({ kind }) => kind).toSorted(), 'one rule of every kind').toEqual([...CAMERA_RULE_KINDS, 'threshold'].toSorted());
  expect(cameras[0]?.url).toContain('pa55');
  expect(Object.isFrozen(cameras[0]?.zones[0]?.polygon)).toBe(true);
});

test('the shipped example as it stands lacks only the passwords of its devices', () => {
  const said = refusal(shipped).split('\n').slice(1);
  expect(said).toHaveLength(3);
  for (const line of said) expect(line).toMatch(/^  - devices\[\d\]\.passwordHash: found a value not shown here: make it with "npm run devices -- credential"$/);
});

const dir = await mkdtemp(path.join(tmpdir(), 'gw-config-'));
afterAll(() => rm(dir, { recursive: true }));

test('the grid file lies relative to the configuration', async () => {
  const file = path.join(dir, 'site.yaml');
  await writeFile(file, `\ufeff${example}`);
  expect((await loadConfig(file, ENV)).gridFile).toBe(path.join(path.dirname(file), 'grid.geojson'));
});

test('a file of certificate authorities lies relative to the configuration, and is looked into', async () => {
  const file = path.join(dir, 'site.yaml');
  const withCaFile = async (name: string): Promise<string | null> => {
    await writeFile(file, example.replace('caFile: null', `caFile: ${name}`));
    return (await loadConfig(file, ENV)).config.video.caFile;
  };
  await writeFile(path.join(dir, 'ca.pem'), makeTestCertificates().ca);
  await writeFile(path.join(dir, 'note.txt'), 'the certificate is in the drawer');
  expect(await withCaFile('ca.pem')).toBe(path.join(dir, 'ca.pem'));
  await expect(withCaFile('gone.pem')).rejects.toThrow('video.caFile: found "gone.pem": there is no such file: give the path of a PEM file');
  await expect(withCaFile('note.txt')).rejects.toThrow('video.caFile: found "note.txt": it does not begin with a certificate in PEM');
});

test('a file in another encoding is refused, not read with holes in its names', async () => {
  const file = path.join(dir, 'site.yaml');
  await writeFile(file, Buffer.concat([Buffer.from('site: { name: '), Buffer.from([0xb6, 0xab, 0xbb, 0xaa]), Buffer.from(' }\ngrid: { file: a }\n')])); // 东华 in GBK
  await expect(loadConfig(file, ENV)).rejects.toThrow('it is not UTF-8');
});

test.each([
  ['an unknown key', 'grid: { file: a }\nmqtt: { prot: 1 }', 'mqtt: unknown key "prot"'],
  ['a wrong type', 'grid: { file: a }\nhttp: { port: "many" }', 'http.port: found "many"'],
  ['no grid', 'site: {}', 'grid: it is missing: give keys with values'],
  ['not YAML', 'grid: [', 'site.yaml is not valid'],
  ['a key twice', 'grid: { file: a }\ngrid: { file: b }', 'line 2, column 1: this key stands there twice'],
  ['a bad time zone', 'grid: { file: a }\nsite: { timeZone: Mars/Base }', 'use an IANA name'],
  ['a zone outside the picture', example.replace('[0.8, 0.4]', '[1.8, 0.4]'), 'cameras[0].zones[0].polygon[1][0]: found 1.8: lies outside the picture'],
  ['a zone whose sides cross', example.replace('[[0.2, 0.4], [0.8, 0.4], [0.9, 1], [0.1, 1]]', '[[0.2, 0.4], [0.8, 1], [0.9, 0.4], [0.1, 1]]'), 'zone "doorway" polygon: its sides cross'],
  ['a device id twice', example.replace('id: sos-1', 'id: smoke-1'), 'devices: the id "smoke-1" is used twice'],
  ['a rule for no camera', example.replace('cameraId: gate-north', 'cameraId: gate-south'), 'there is no camera "gate-south": name one of gate-north'],
  ['a rule for no zone', example.replace('zoneId: doorway', 'zoneId: roof'), 'has no zone "roof"'],
  ['a rule for no line', example.replace('kind: intrusion', 'kind: line-crossing').replace('zoneId: doorway', 'lineId: sill'), 'has no line "sill"'],
  ['a rule for no arm profile', example.replace('profiles: [night]', 'profiles: [dusk]'), 'there is no arm profile "dusk": name some of day, night'],
  ['an arm profile twice', example.replace('{ id: night,', '{ id: day,'), 'armProfiles: the id "day" is used twice'],
  ['a crowd that never ends', example.replace('kind: intrusion', 'kind: crowd').replace('inertiaFrames: 3', 'atLeast: 5\n    clear: 5'), 'clear: 5 is no less than atLeast 5'],
  ['a way from a point to itself', example.replace('kind: intrusion', 'kind: wrong-way').replace('inertiaFrames: 3', 'allowed: [[0.5, 0.5], [0.5, 0.5]]'), 'draw the arrow along the allowed way'],
  ['a rule for no measurement', example.replace('measurement: smoke', 'measurement: heat'), 'measures no "heat"'],
  ['hysteresis the wrong way', example.replace('clear: 40', 'clear: 80'), 'clear: 80 lies beyond the limit 60'],
  ['an empty file', '', 'grid: it is missing'],
  ['a tab', 'grid:\n\tfile: a', 'line 2, column 1: a tab indents this line'],
  ['aliases that unfold without end', `a: &a [${'x,'.repeat(9)}x]\nb: &b [${'*a,'.repeat(9)}*a]\nc: &c [${'*b,'.repeat(9)}*b]\nd: [${'*c,'.repeat(9)}*c]`, 'cannot be read as YAML'],
  ['a port beyond all ports', 'grid: { file: a }\nhttp: { port: 1e23 }', 'http.port: found 1e+23: give at most'],
  ['digits that are text', example.replace("homeCell: '110101001001001'", 'homeCell: 110101001001001'), "homeCell: found 110101001001001: write it in quotes: '110101001001001'"],
  ['a number that is none', example.replace('limit: 60', 'limit: .nan'), 'limit: found NaN: give a number'],
  ['a name of nothing', example.replace('name: 北门', 'name: ""'), 'cameras[0].name: found "": give it a name'],
  ['a raw / in a camera password', example.replace('${GATE_NORTH_PASSWORD}', 'p/a'), 'cameras[0].url: found a value not shown here: write it as rtsp://user:password@host:port/path; in user and password write %40'],
  ['a raw # in a camera password', example.replace('${GATE_NORTH_PASSWORD}', 'p#a'), '%23 for #'],
  ['datagrams beside a connection that hides', example.replace('url: rtsp://', 'transport: udp\n    url: rtsps://'), 'cameras "gate-north" transport: found "udp": an rtsps:// address'],
  ['a camera port beyond all ports', example.replace(':554/', ':99999/'), 'cameras[0].url: found a value not shown here'],
  ['a Redis without its scheme', 'grid: { file: a }\nredis: { url: "localhost:6379" }', 'write it as redis://'],
  ['another database', 'grid: { file: a }\nstore: { url: "mysql://u:p@h/d" }', 'write it as postgres://'],
  ['a topic that is ours', example.replace('[sensor/smoke-1]', '[patrol/patrol-1/duty]'), 'devices "smoke-1" topics: found "patrol/patrol-1/duty": patrol/ is reserved'],
  ['a topic of the broker', example.replace('[sensor/smoke-1]', '[$SYS/x]'), 'found "$SYS/x": topics that begin with $'],
  ['a wildcard in the middle', example.replace('[sensor/smoke-1]', "['sensor/#/x']"), 'found "sensor/#/x": # stands alone'],
  ['half a wildcard', example.replace('[sensor/smoke-1]', '[sensor/a+b]'), 'found "sensor/a+b": + stands alone'],
  ['a button that cannot call for help', example.replace('language: sos-button', 'language: generic-json'), 'devices "sos-1" language: found "generic-json": a device of kind sos speaks sos-button'],
  ['a phone for two patrols', example.replace('maxOrders: 1 }', 'maxOrders: 1 }\n  - { id: patrol-2, name: 二组, teamId: team-east, deviceId: phone-1 }'), 'patrols "patrol-2" deviceId: patrol "patrol-1" carries "phone-1" already'],
  ['one port for two', 'grid: { file: a }\nmqtt: { port: 8080 }', 'http.port: 8080 is also mqtt.port'],
  ['a patrol without a phone', example.replace('deviceId: phone-1', 'deviceId: smoke-1'), 'no device of kind patrol'],
])('%s is refused with its place and remedy', (_, text, sentence) => {
  expect(refusal(text)).toContain(sentence);
});

test.each(['p%2Fa%40s%23s%25', 'p@a', 'P:a!$&*()=+,;~'])('a camera password %s in its address is accepted', (password) => {
  expect(parseConfig(example.replace('${GATE_NORTH_PASSWORD}', () => password), 'site.yaml', ENV).cameras[0]?.url).toContain(password);
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
