/** What a schema cannot see: names used twice, references to nothing, limits the wrong way round. */
import { filterProblem } from '../domain/topics.ts';
import type { Config } from './schema.ts';

/** One sentence per contradiction, each naming the place, the value and the remedy. */
export function contradictions(config: Config): string[] {
  return [...duplicates(config), ...references(config), ...deviceProblems(config), ...ports(config), ...limits(config), ...zoneShapes(config), ...lengths(config), ...timeZone(config), ...transports(config)];
}

function duplicates(config: Config): string[] {
  const lists: [string, readonly { readonly id: string }[]][] = [
    ['cameras', config.cameras],
    ['devices', config.devices],
    ['patrols', config.patrols],
    ['teams', config.teams],
    ['rules', config.rules],
    ['armProfiles', config.armProfiles],
    ...config.cameras.map((camera): [string, readonly { readonly id: string }[]] => [`cameras "${camera.id}" zones`, camera.zones]),
    ...config.cameras.map((camera): [string, readonly { readonly id: string }[]] => [`cameras "${camera.id}" lines`, camera.lines]),
  ];
  return lists.flatMap(([where, entries]) => {
    const seen = new Set<string>();
    return entries.flatMap(({ id }) => {
      const again = seen.has(id);
      seen.add(id);
      return again ? [`${where}: the id "${id}" is used twice: give each its own`] : [];
    });
  });
}

function zoneShapes(config: Config): string[] {
  return config.cameras.flatMap((camera) =>
    camera.zones.filter(({ polygon }) => sidesCross(polygon)).map((zone) => `cameras "${camera.id}" zone "${zone.id}" polygon: its sides cross: name its corners in the order in which one walks round it`),
  );
}

type Corner = readonly [number, number];

/** Two sides of a polygon that share no corner may not meet. */
function sidesCross(polygon: readonly Corner[]): boolean {
  const side = (i: number): [Corner, Corner] => [polygon[i] as Corner, polygon[(i + 1) % polygon.length] as Corner];
  for (let i = 0; i < polygon.length; i++) {
    for (let j = i + 2; j < polygon.length; j++) {
      if (i === 0 && j === polygon.length - 1) continue;
      if (crosses(...side(i), ...side(j))) return true;
    }
  }
  return false;
}

function crosses(a: Corner, b: Corner, c: Corner, d: Corner): boolean {
  const turn = (p: Corner, q: Corner, r: Corner): number => Math.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]));
  return turn(a, b, c) !== turn(a, b, d) && turn(c, d, a) !== turn(c, d, b);
}

function references(config: Config): string[] {
  const problems: string[] = [];
  const cameras = new Map(config.cameras.map((camera) => [camera.id, camera]));
  const devices = new Map(config.devices.map((device) => [device.id, device]));
  const teams = new Set(config.teams.map((team) => team.id));
  for (const rule of config.rules) {
    if (rule.kind !== 'threshold') {
      problems.push(...cameraRuleProblems(rule, cameras, config.armProfiles));
      continue;
    }
    for (const deviceId of rule.deviceIds) {
      const device = devices.get(deviceId);
      if (!device) problems.push(`rules "${rule.id}" deviceIds: there is no device "${deviceId}"`);
      else if (device.mapping && !(rule.measurement in device.mapping.measurements)) {
        problems.push(`rules "${rule.id}" measurement: device "${deviceId}" measures no "${rule.measurement}": name one of ${names(Object.keys(device.mapping.measurements))}`);
      }
    }
  }
  for (const patrol of config.patrols) {
    if (!teams.has(patrol.teamId)) problems.push(`patrols "${patrol.id}" teamId: there is no team "${patrol.teamId}": name one of ${names(teams)}`);
    if (devices.get(patrol.deviceId)?.kind !== 'patrol') problems.push(`patrols "${patrol.id}" deviceId: "${patrol.deviceId}" is no device of kind patrol: add it under devices`);
  }
  return problems;
}

type CameraConfig = Config['cameras'][number];
type CameraRuleConfig = Exclude<Config['rules'][number], { kind: 'threshold' }>;

function cameraRuleProblems(rule: CameraRuleConfig, cameras: ReadonlyMap<string, CameraConfig>, profiles: Config['armProfiles']): string[] {
  const unknown = rule.profiles.filter((id) => !profiles.some((profile) => profile.id === id));
  const problems = unknown.map((id) => `rules "${rule.id}" profiles: there is no arm profile "${id}": name some of ${names(profiles.map((profile) => profile.id))}`);
  const camera = cameras.get(rule.cameraId);
  if (!camera) return [...problems, `rules "${rule.id}" cameraId: there is no camera "${rule.cameraId}": name one of ${names(cameras.keys())}`];
  if ('zoneId' in rule && !camera.zones.some((zone) => zone.id === rule.zoneId)) {
    problems.push(`rules "${rule.id}" zoneId: camera "${camera.id}" has no zone "${rule.zoneId}": name one of ${names(camera.zones.map((zone) => zone.id))}`);
  }
  if ('lineId' in rule && !camera.lines.some((line) => line.id === rule.lineId)) {
    problems.push(`rules "${rule.id}" lineId: camera "${camera.id}" has no line "${rule.lineId}": name one of ${names(camera.lines.map((line) => line.id))}`);
  }
  const metric = rule.kind === 'crowd' && rule.per === 'm2' ? 'per' : 'size' in rule && rule.size && (rule.size.widthM || rule.size.heightM) ? 'size' : null;
  if (metric && !camera.groundPlane) problems.push(`rules "${rule.id}" ${metric}: metres need a ground plane, and nobody surveyed camera "${camera.id}": give it a groundPlane, or leave the metres out`);
  return problems;
}

/** A line or an arrow from a point to itself has no sides and no way. */
function lengths(config: Config): string[] {
  const isPoint = ([from, to]: readonly [Corner, Corner]): boolean => from[0] === to[0] && from[1] === to[1];
  return [
    ...config.cameras.flatMap((camera) => camera.lines.filter(({ points }) => isPoint(points)).map((line) => `cameras "${camera.id}" line "${line.id}" points: both ends are the same: move one`)),
    ...config.rules.flatMap((rule) => (rule.kind === 'wrong-way' && isPoint(rule.allowed) ? [`rules "${rule.id}" allowed: both ends are the same: draw the arrow along the allowed way`] : [])),
  ];
}

/** What each kind of device must speak to be of use: a button whose language is generic-json would never raise an SOS. */
const SPOKEN: Partial<Record<Config['devices'][number]['kind'], string>> = { sos: 'sos-button', patrol: 'owntracks' };

function deviceProblems({ devices, patrols }: Config): string[] {
  const problems: string[] = [];
  for (const { id, kind, language, topics, mapping } of devices) {
    const spoken = SPOKEN[kind];
    if (spoken && language !== spoken) problems.push(`devices "${id}" language: found "${language}": a device of kind ${kind} speaks ${spoken}`);
    else if (language === 'generic-json' && !mapping) problems.push(`devices "${id}" mapping: generic-json needs one: say which JSON Pointer gives which measurement`);
    for (const topic of topics) {
      const wrong = filterProblem(topic);
      if (wrong !== null) problems.push(`devices "${id}" topics: found "${topic}": ${wrong}: correct it`);
    }
  }
  const carriers = new Map<string, string>();
  for (const { id, deviceId } of patrols) {
    const other = carriers.get(deviceId);
    // A phone's position would stand for one of the two only.
    if (other !== undefined) problems.push(`patrols "${id}" deviceId: patrol "${other}" carries "${deviceId}" already: give each patrol a phone of its own`);
    carriers.set(deviceId, id);
  }
  return problems;
}

function ports({ mqtt, http }: Config): string[] {
  const same = mqtt.port !== 0 && mqtt.port === http.port && mqtt.host === http.host;
  return same ? [`http.port: ${http.port} is also mqtt.port: give each its own, or 0 to have a free one chosen`] : [];
}

function limits(config: Config): string[] {
  return config.rules.flatMap((rule) => {
    if (rule.kind === 'crowd' && rule.clear >= rule.atLeast) return [`rules "${rule.id}" clear: ${rule.clear} is no less than atLeast ${rule.atLeast}: a crowd must thin out before it can be found again`];
    if (rule.kind !== 'threshold') return [];
    const wrong = rule.direction === 'above' ? rule.clear > rule.limit : rule.clear < rule.limit;
    return wrong ? [`rules "${rule.id}" clear: ${rule.clear} lies beyond the limit ${rule.limit}: it must be on the calm side (${rule.direction === 'above' ? 'at most' : 'at least'} the limit)`] : [];
  });
}

/** Datagrams would carry in the clear what rtsps:// hides. */
function transports(config: Config): string[] {
  return config.cameras
    .filter(({ transport, url, evidenceUrl }) => transport === 'udp' && [url, evidenceUrl].some((each) => each?.toLowerCase().startsWith('rtsps:')))
    .map(({ id }) => `cameras "${id}" transport: found "udp": an rtsps:// address sends its video within its connection only: write tcp`);
}

function timeZone(config: Config): string[] {
  try {
    new Intl.DateTimeFormat('en', { timeZone: config.site.timeZone });
    return [];
  } catch {
    return [`site.timeZone: "${config.site.timeZone}" is no time zone: use an IANA name such as Asia/Shanghai`];
  }
}

function names(ids: Iterable<string>): string {
  return [...ids].slice(0, 12).join(', ') || '(none is configured)';
}
