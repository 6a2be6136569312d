/** A believable morning in the test district: 30 cells, 6 cameras, 4 patrols, sensors, and twenty alerts at all stages. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { CameraStatus } from '../../domain/camera.ts';
import type { CaseDetail, Stage } from '../../domain/case.ts';
import { STAGES } from '../../domain/case.ts';
import type { Finding } from '../../domain/finding.ts';
import type { Severity } from '../../domain/gravity.ts';
import type { LonLat } from '../../domain/geo.ts';
import type { AlertRow, CameraRow, CellFeature, DeviceRow, PatrolRow } from '../../console/web/api/contract.ts';
import { centreOf } from '../../console/web/map/mercator.ts';

interface RawCell {
  type: 'Feature';
  properties: { code: string; name: string; community: string; street: string; district: string };
  geometry: CellFeature['geometry'];
}

export function readCells(): CellFeature[] {
  const file = path.join(import.meta.dirname, '../grid/district.geojson');
  const raw = JSON.parse(readFileSync(file, 'utf8')) as { features: RawCell[] };
  return raw.features.map(({ geometry, properties: p }) => ({
    type: 'Feature',
    geometry,
    properties: {
      code: p.code,
      name: p.name,
      community: { code: p.code.slice(0, 12), name: p.community },
      street: { code: p.code.slice(0, 9), name: p.street },
      district: { code: p.code.slice(0, 6), name: p.district },
      teamId: null,
    },
  }));
}

const near = (at: LonLat, dLon: number, dLat: number): LonLat => ({ lon: at.lon + dLon, lat: at.lat + dLat });

export function makeScene(nowMs: number) {
  const cells = readCells();
  const centre = (i: number): LonLat => centreOf((cells[i % cells.length] as CellFeature).geometry);
  const code = (i: number): string => (cells[i % cells.length] as CellFeature).properties.code;
  const name = (i: number): string => (cells[i % cells.length] as CellFeature).properties.name;

  const cameraNames = ['河沿路口北', '菜市场东门', '第三小学围墙', '配电站院内', '地铁 B 口', '停车场南侧'];
  const cameras: CameraRow[] = cameraNames.map((cameraName, i) => {
    const status: CameraStatus =
      i === 5
        ? { cameraId: 'c6', state: 'backing-off', reason: 'no answer from 10.0.6.16:554', atMs: nowMs - 40_000, lastFrameAtMs: nowMs - 300_000, codec: 'h264', widthPx: 1920, heightPx: 1080 }
        : { cameraId: `c${i + 1}`, state: 'streaming', reason: null, atMs: nowMs - 7_200_000, lastFrameAtMs: nowMs - 80, codec: 'h264', widthPx: 1920, heightPx: 1080 };
    return { id: `c${i + 1}`, name: cameraName, location: near(centre(i * 5 + 1), 0.0004, 0.0003), homeCell: code(i * 5 + 1), zones: [], groundPlane: null, status, counts: { framesIn: 36_120 + i * 977, framesInferred: 35_870 + i * 970, framesShed: 249 + i * 7 } };
  });

  const patrols: PatrolRow[] = ['巡一组', '巡二组', '巡三组', '巡四组'].map((patrolName, i) => ({
    id: `p${i + 1}`, name: patrolName, teamId: `t${i}`, deviceId: `ot${i}`, skills: [], maxOrders: 2,
    state: { patrolId: `p${i + 1}`, onDuty: i !== 3, position: near(centre(i * 8 + 2), -0.0006, 0.0005), fixAtMs: nowMs - (i === 2 ? 400_000 : 9_000 * (i + 1)), accuracyM: 8, cellCode: code(i * 8 + 2), openOrders: i === 0 ? 1 : 0 },
  }));

  const devices: DeviceRow[] = Array.from({ length: 42 }, (_, i) => ({
    id: i < 40 ? `s${i}` : `sos${i}`,
    name: i < 40 ? `${['温度', '烟感', '水位', '门磁'][i % 4]}-${String(i + 1).padStart(2, '0')}` : `${name(i * 3)}求助按钮`,
    kind: i < 40 ? 'sensor' : 'sos',
    location: near(centre(i), ((i % 5) - 2) * 0.0003, ((i % 3) - 1) * 0.0003),
    homeCell: code(i),
    status: i % 13 === 7 ? { deviceId: `s${i}`, connected: false, lastSeenAtMs: nowMs - 900_000 } : { deviceId: `s${i}`, connected: true, lastSeenAtMs: nowMs - 4000 },
  }));

  const alerts = new Map<string, AlertRow>();
  const cases = new Map<string, CaseDetail>();

  function addAlert(i: number, atMs: number, severity: Severity, stage: Stage, kind: 'camera' | 'sensor' | 'sos', assignee: string | null): AlertRow {
    const id = `a${i}`;
    const cell = i * 7 + 3;
    const at = kind === 'sos' ? null : near(centre(cell), ((i % 4) - 1.5) * 0.0004, ((i % 3) - 1) * 0.0004);
    const trace = `00-${(0x1a2b3c4d5e6fn * BigInt(i + 3)).toString(16).padStart(32, '7')}-00f067aa0ba902b7-01`;
    const ruleName = kind === 'camera' ? ['配电站院内夜间闯入', '学校围墙翻越', '停车场禁停区'][i % 3] : kind === 'sensor' ? ['配电房高温', '地下通道水位过高', '烟雾浓度超限'][i % 3] : '求助按钮';
    const basics = { id: `f${i}`, ruleId: `r${i % 7}`, ruleName: ruleName ?? '', ruleVersion: 3, severity, certainty: kind === 'camera' ? ('Likely' as const) : ('Observed' as const), place: { basis: kind === 'camera' ? ('ground-plane' as const) : kind === 'sensor' ? ('device-location' as const) : ('last-known' as const), at, homeCell: code(cell) }, occurredAtMs: atMs, receivedAtMs: atMs + 210, traceparent: trace };
    const finding: Finding =
      kind === 'camera'
        ? { ...basics, source: 'camera', cameraId: `c${(i % 6) + 1}`, zoneId: 'z1', zoneName: ['变压器围栏', '围墙内侧', '消防通道'][i % 3] ?? '', trackId: 40 + i, label: i % 3 === 2 ? 'car' : 'person', score: 0.83, box: { x: 396, y: 150, w: 92, h: 246 }, evidenceKey: null }
        : kind === 'sensor'
          ? { ...basics, source: 'sensor', deviceId: `s${i}`, measurement: ['temperatureC', 'waterLevelCm', 'smokePpm'][i % 3] ?? '', value: 61.4 + i, limit: 55, direction: 'above' }
          : { ...basics, source: 'sos', deviceId: 'sos40' };
    const reached = STAGES.indexOf(stage);
    const history: CaseDetail['history'] = [
      { id: `${id}h0`, caseId: `k${i}`, atMs: atMs + 300, actor: 'system', what: 'opened' as const, fromStage: null, toStage: 'reported' as const, why: null },
      ...(assignee ? [{ id: `${id}h1`, caseId: `k${i}`, atMs: atMs + 20_000, actor: `operator/${assignee}`, what: 'claim' as const, fromStage: 'reported' as const, toStage: 'reported' as const, why: null }] : []),
      ...(reached >= 1 ? [{ id: `${id}h2`, caseId: `k${i}`, atMs: atMs + 45_000, actor: `operator/${assignee ?? '周敏'}`, what: 'classify' as const, fromStage: 'reported' as const, toStage: 'classified' as const, why: null }] : []),
      ...(reached >= 2 ? [{ id: `${id}h3`, caseId: `k${i}`, atMs: atMs + 80_000, actor: `operator/${assignee ?? '周敏'}`, what: 'dispatch' as const, fromStage: 'classified' as const, toStage: 'handling' as const, why: null }, { id: `${id}h4`, caseId: `k${i}`, atMs: atMs + 95_000, actor: 'patrol/p1', what: 'order' as const, fromStage: 'handling' as const, toStage: 'handling' as const, why: 'acknowledged' }] : []),
    ];
    const orders: CaseDetail['orders'] = reached >= 2 ? [{ id: `o${i}`, caseId: `k${i}`, patrolId: 'p1', status: reached > 2 ? 'done' : 'en_route', sentAtMs: atMs + 80_000, statusAtMs: atMs + 140_000, note: null, reason: 'rank=1/3 code=nearest distance_m=240 position_age_s=12 open_orders=0 responsible=yes stale=no' }] : [];
    cases.set(`k${i}`, { id: `k${i}`, version: 1 + reached, stage, severity, cellCode: code(cell), at, assignee, category: reached >= 1 ? 'intrusion' : null, closeCode: stage === 'closed' ? 'true' : null, openedAtMs: atMs + 300, stageSinceMs: atMs + 80_000, closedAtMs: null, traceparent: trace, history, orders });
    const row: AlertRow = {
      id, caseId: `k${i}`, source: kind, ruleId: `r${i % 7}`, ruleName: ruleName ?? '', ruleVersion: 3, subject: kind, place: { basis: basics.place.basis, at, cellCode: code(cell) },
      severity, urgency: severity === 'Extreme' ? 'Immediate' : 'Expected', certainty: basics.certainty, occurredAtMs: atMs, receivedAtMs: atMs + 210, filedAtMs: atMs + 300, lastFindingAtMs: atMs + (i % 3) * 4000, findings: 1 + (i % 4) * (i % 3), finding,
      evidence: kind === 'camera' ? [{ id: `e${i}`, alertId: id, takenAtMs: atMs, mediaType: 'image/jpeg', bytes: 51_200, sha256: '0' }] : [], traceparent: trace, caseStage: stage, caseVersion: 1 + reached, assignee, cellName: name(cell),
    };
    alerts.set(id, row);
    return row;
  }

  const severities: readonly Severity[] = ['Moderate', 'Minor', 'Severe', 'Moderate', 'Minor', 'Moderate', 'Minor'];
  const kinds = ['camera', 'sensor', 'camera', 'sensor'] as const;
  for (let i = 0; i < 20; i++) {
    const stage: Stage = i < 7 ? 'reported' : i < 10 ? 'classified' : i < 13 ? 'handling' : i < 15 ? 'following_up' : 'closed';
    const severity = i === 4 ? 'Extreme' : (severities[i % 7] ?? 'Minor');
    addAlert(i, nowMs - 25_000 - i * i * 95_000, severity, stage, i === 4 ? 'sos' : (kinds[i % 4] ?? 'camera'), i < 7 ? (i === 2 ? '林岚' : null) : i % 2 ? '林岚' : '周敏');
  }
  return { cells, cameras, patrols, devices, alerts, cases, addAlert };
}
export type Scene = ReturnType<typeof makeScene>;
