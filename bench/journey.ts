/**
 * Frame → alert and event → alert latencies of the whole product under a steady load, with the CPU each process and each stage took.
 * Six cameras over real RTSP, 200 sensors over real MQTT of which each raises once; latencies run from "frame decoded" or "message at the
 * door" to "alert committed". The floor of a camera alert is the work itself: the mean of its stages, measured in the same run.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import mqtt, { type MqttClient } from 'mqtt';
import type { AlertRow } from '../domain/alert.ts';
import { hashPassword } from '../devices/credential.ts';
import { Child } from '../main/children.ts';
import { ConsoleClient } from '../main/console-client.ts';
import { percentile } from '../main/demo-report.ts';
import { systemEnvironment } from '../main/site.ts';
import { systemIds } from '../platform/ids.ts';
import { districtCells, GRID_FILE } from '../test-fixtures/district/layout.ts';
import { startFakeCameras } from '../test-fixtures/fake-camera/server.ts';
import { sharedFile } from '../test-fixtures/shared-data.ts';
import { cpuByProgram } from './cpu-of.ts';
import type { Measure } from './measured.ts';

const SENSORS = 200;
const WARM_UP_S = 15;
const MEASURED_S = 90;
const REPORT_EVERY_MS = 4000;
const PASSWORD = 'bench-only';
const CLIPS = [
  { clip: 'one-by-one-person-detection.mp4', startAtS: 0 },
  { clip: 'one-by-one-person-detection.mp4', startAtS: 45 },
  { clip: 'one-by-one-person-detection.mp4', startAtS: 90 },
  { clip: 'worker-zone-detection-preview.mp4', startAtS: 0 },
  { clip: 'face-demographics-walking-preview.mp4', startAtS: 0 },
  { clip: 'bottle-detection.mp4', startAtS: 0 },
];

const say = (line: string): void => void process.stderr.write(`journey: ${line}\n`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const measure: Measure = async () => {
  const clips = CLIPS.map(({ clip, ...rest }) => ({ ...rest, file: sharedFile(`clips/${clip}`) }));
  if (clips.some(({ file }) => file === null)) return { figures: { skipped: 'the clips of ../shared are not there' }, goals: [] };
  const cameras = await startFakeCameras({ cameras: clips.map(({ file, startAtS }, n) => ({ path: `cam-${n}`, play: { clip: file as string }, startAtS, timeline: 'shared' })) });
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-bench-'));
  const configFile = path.join(dir, 'site.yaml');
  await writeFile(configFile, JSON.stringify(await benchSite(cameras.url)));
  const up = new Child({ name: 'up', file: path.resolve(import.meta.dirname, '../main/up.ts'), args: ['--config', configFile, '--data', path.join(dir, 'data')], env: { GRIDWARDEN_LOG: 'error' } }, systemEnvironment('bench'));
  const says = (await up.start()) as { console: string; mqtt: string; invites: Record<string, string> };
  const client = new ConsoleClient(says.console);
  await client.signIn(says.invites['admin'] ?? '');
  const stop = new AbortController();
  const sensors = await Promise.all(Array.from({ length: SENSORS }, (_, n) => mqtt.connectAsync(says.mqtt, { clientId: `s-${n}`, username: `s-${n}`, password: PASSWORD, protocolVersion: 4 })));
  say(`${clips.length} cameras and ${SENSORS} sensors run; warming up for ${WARM_UP_S} s`);
  await sleep(WARM_UP_S * 1000);

  const fromMs = Date.now();
  const cpuBefore = cpuByProgram(up.pid ?? 0);
  say(`measuring for ${MEASURED_S} s`);
  const load = sensors.map((sensor, n) => runSensor(sensor, n, fromMs, stop.signal));
  await sleep(MEASURED_S * 1000);
  const cpu = cpuByProgram(up.pid ?? 0);
  stop.abort();
  await Promise.all(load);
  await sleep(2000);
  const { alerts } = await client.get<{ alerts: AlertRow[] }>('/api/alerts?limit=500');
  const summary = await client.get<Record<string, number>>('/api/summary');
  const metrics = await client.text('/metrics');
  await up.close(8000);
  await cameras.close();
  await rm(dir, { recursive: true, force: true });

  const measured = alerts.filter((alert) => alert.receivedAtMs >= fromMs);
  const latencies = (source: AlertRow['source']): number[] => measured.filter((alert) => alert.source === source).map((alert) => alert.filedAtMs - alert.receivedAtMs);
  const stages = stageMeans(metrics);
  const floorMs = ['decode', 'detect', 'track', 'judge', 'redact', 'evidence'].reduce((sum, step) => sum + (stages[step] ?? 0), 0);
  const p50FrameToAlertMs = percentile(latencies('camera'), 0.5);
  const figures = {
    cameraAlerts: latencies('camera').length,
    sensorAlerts: latencies('sensor').length,
    p50FrameToAlertMs,
    p99FrameToAlertMs: percentile(latencies('camera'), 0.99),
    p50EventToAlertMs: percentile(latencies('sensor'), 0.5),
    p99EventToAlertMs: percentile(latencies('sensor'), 0.99),
    stageMeanMs: stages,
    cameraAlertFloorMs: Math.round(floorMs * 10) / 10,
    frameToAlertOverFloor: p50FrameToAlertMs === null ? null : Math.round((p50FrameToAlertMs / floorMs) * 100) / 100,
    cpuSharesOfACore: Object.fromEntries([...cpu].map(([name, s]) => [name, Math.round(((s - (cpuBefore.get(name) ?? 0)) / MEASURED_S) * 1000) / 1000])),
    framesIn: summary['framesIn'],
    framesInferred: summary['framesInferred'],
    framesShed: summary['framesShed'],
    eventsIn: summary['eventsIn'],
  };
  return {
    figures,
    goals: [
      { name: 'every sensor that raised has its alert', value: figures.sensorAlerts, op: '>=', goal: SENSORS },
      { name: 'p99 event to alert, ms', value: figures.p99EventToAlertMs, op: '<=', goal: 100 },
      { name: 'p99 frame to alert, ms', value: figures.p99FrameToAlertMs, op: '<=', goal: 300 },
      { name: 'median frame to alert over the work itself', value: figures.frameToAlertOverFloor, op: '<=', goal: 2 },
    ],
  };
};

/** Reports calmly, and once, at its own moment of the measured time, something that breaks its rule. */
async function runSensor(client: MqttClient, n: number, fromMs: number, signal: AbortSignal): Promise<void> {
  const raiseAtMs = fromMs + ((n + 0.5) / SENSORS) * (MEASURED_S - 5) * 1000;
  let raised = false;
  await sleep((n / SENSORS) * REPORT_EVERY_MS);
  while (!signal.aborted) {
    const untilRaiseMs = raiseAtMs - Date.now();
    if (!raised && untilRaiseMs < REPORT_EVERY_MS) {
      await sleep(Math.max(0, untilRaiseMs));
      raised = true;
      await client.publishAsync(`sensor/s-${n}`, '{"smoke":95}', { qos: 1 });
    } else {
      await client.publishAsync(`sensor/s-${n}`, '{"smoke":10}', { qos: 1 });
      await sleep(REPORT_EVERY_MS);
    }
  }
  await client.endAsync(true);
}

async function benchSite(cameraUrl: (path: string) => string): Promise<object> {
  const cells = districtCells();
  const passwordHash = await hashPassword(PASSWORD, systemIds);
  const cellOf = (n: number): (typeof cells)[number] => cells[n % cells.length] as (typeof cells)[number];
  return {
    mqtt: { port: 0 },
    http: { port: 0 },
    grid: { file: GRID_FILE },
    cameras: CLIPS.map((_, n) => ({ id: `cam-${n}`, name: `cam-${n}`, url: cameraUrl(`cam-${n}`), location: cellOf(n).centre, homeCell: cellOf(n).code, zones: [{ id: 'all', name: 'all', polygon: [[0, 0], [1, 0], [1, 1], [0, 1]] }] })),
    devices: Array.from({ length: SENSORS }, (_, n) => ({ id: `s-${n}`, name: `s-${n}`, kind: 'sensor', language: 'generic-json', topics: [`sensor/s-${n}`], passwordHash, location: cellOf(n).centre, homeCell: cellOf(n).code, mapping: { measurements: { smoke: '/smoke' } } })),
    rules: [
      ...CLIPS.map((_, n) => ({ id: `r-${n}`, name: `r-${n}`, severity: 'Moderate', kind: 'intrusion', cameraId: `cam-${n}`, zoneId: 'all', classes: ['person'], inertiaFrames: 2 })),
      { id: 'smoke', name: 'smoke', severity: 'Severe', kind: 'threshold', deviceIds: Array.from({ length: SENSORS }, (_, n) => `s-${n}`), measurement: 'smoke', direction: 'above', limit: 60, clear: 40 },
    ],
  };
}

/** Mean milliseconds of each camera stage, from the product's own histograms. */
function stageMeans(metrics: string): Record<string, number> {
  const read = (suffix: string): Map<string, number> =>
    new Map([...metrics.matchAll(new RegExp(`^gridwarden_camera_stage_ms_${suffix}\\{step="(\\w+)"\\} ([\\d.e+]+)$`, 'gm'))].map(([, step = '', value]) => [step, Number(value)]));
  const counts = read('count');
  return Object.fromEntries([...read('sum')].map(([step, sum]) => [step, Math.round((sum / Math.max(1, counts.get(step) ?? 1)) * 100) / 100]));
}
