/** The console's HTTP contract served from memory, to look at pages without the rest of the program. `node test-fixtures/console-api/server.ts [port]` */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import path from 'node:path';
import { choosePatrol } from '../../dispatch/choose.ts';
import { judgeMove } from '../../dispatch/moves.ts';
import { SEVERITIES } from '../../domain/gravity.ts';
import { STAGES, type CaseDetail } from '../../domain/case.ts';
import type { MoveRequest, Summary } from '../../console/web/api/contract.ts';
import type { Operator } from '../../domain/operator.ts';
import { makeScene } from './scene.ts';

const DIST = path.join(import.meta.dirname, '../../console/web/dist');
const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const CSP = "default-src 'self'; worker-src 'self' blob:; img-src 'self' data: blob:; frame-ancestors 'none'";

export function startConsoleApi(port: number, evidence: Buffer, operator: Operator = { name: '林岚', role: 'dispatcher', cellScope: [] }) {
  const scene = makeScene(Date.now());
  const streams = new Set<ServerResponse>();
  let signedIn = false;
  const send = (event: string, data: unknown): void => {
    for (const stream of streams) stream.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const summary = (): Summary => {
    const rows = [...scene.alerts.values()];
    const sum = (name: 'framesIn' | 'framesInferred' | 'framesShed'): number => scene.cameras.reduce((n, camera) => n + camera.counts[name], 0);
    return {
      byStage: Object.fromEntries(STAGES.map((stage) => [stage, rows.filter((row) => row.caseStage === stage).length])) as Summary['byStage'],
      bySource: { camera: 1, sensor: 1, sos: 1 },
      openBySeverity: Object.fromEntries(SEVERITIES.map((severity) => [severity, rows.filter((row) => row.severity === severity && row.caseStage !== 'closed').length])) as Summary['openBySeverity'],
      framesIn: sum('framesIn'), framesInferred: sum('framesInferred'), framesShed: sum('framesShed'), eventsIn: 184_220, quarantined: 2, perOperatorPer10Min: 3.5,
    };
  };
  const keep = (work: CaseDetail): void => {
    scene.cases.set(work.id, work);
    for (const row of scene.alerts.values()) {
      if (row.caseId === work.id) scene.alerts.set(row.id, { ...row, caseStage: work.stage, caseVersion: work.version, assignee: work.assignee });
    }
    send('case', work);
  };
  function move(caseId: string, asked: MoveRequest, actor: Operator): { status: number; body: unknown } {
    const work = scene.cases.get(caseId) as CaseDetail;
    if (work.version !== asked.seenVersion) return { status: 409, body: { code: 'CASE_CHANGED', message: 'changed', kind: 'conflict', retry: false } };
    const judged = judgeMove(work, { ...asked, actor });
    if (!('to' in judged)) return { status: 409, body: { code: 'MOVE_NOT_ALLOWED', message: judged.why, kind: 'conflict', retry: false } };
    const atMs = Date.now();
    const next: CaseDetail = {
      ...work, version: work.version + 1, stage: judged.to, stageSinceMs: judged.to === work.stage ? work.stageSinceMs : atMs,
      assignee: asked.move === 'claim' ? actor.name : asked.move === 'release' ? null : work.assignee,
      category: asked.category ?? work.category, closeCode: asked.closeCode ?? null,
      history: [...work.history, { id: `${caseId}m${work.version}`, caseId, atMs, actor: `operator/${actor.name}`, what: asked.move, fromStage: work.stage, toStage: judged.to, why: asked.why ?? null }],
      orders: asked.patrolId ? [...work.orders, { id: `${caseId}o${work.version}`, caseId, patrolId: asked.patrolId, status: 'sent', sentAtMs: atMs, statusAtMs: atMs, note: null, reason: 'rank=1/2 code=nearest distance_m=310 position_age_s=9' }] : work.orders,
    };
    keep(next);
    return { status: 200, body: { case: next } };
  }
  const server = createServer((request, response) => void answer(request, response));
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://x');
    const parts = url.pathname.split('/').slice(2);
    const json = (body: unknown, status = 200): void => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const body = request.method === 'GET' ? {} : (JSON.parse((await request.toArray()).join('') || '{}') as Record<string, unknown>);
    if (!url.pathname.startsWith('/api/')) {
      const file = url.pathname === '/' ? 'index.html' : url.pathname.slice(1);
      try {
        response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'text/plain', 'content-security-policy': CSP }).end(readFileSync(path.join(DIST, file)));
      } catch {
        response.writeHead(404).end();
      }
      return;
    }
    if (parts[0] === 'session') {
      if (request.method === 'POST' && body['code'] !== 'good' && body['password'] !== 'good') return json({ code: 'SIGN_IN_REFUSED', message: 'no' }, 401);
      signedIn = request.method === 'POST';
      return signedIn ? json({ operator, mustSetPassword: body['code'] === 'good' }) : void response.writeHead(204).end();
    }
    if (!signedIn) return json({ code: 'SIGN_IN_REQUIRED', message: 'Sign in first.' }, 401);
    if (parts[0] === 'me') return request.method === 'PUT' ? void response.writeHead(204).end() : json({ operator, mustSetPassword: true, site: { name: '东华门网格指挥室', timeZone: 'Asia/Shanghai' } });
    if (parts[0] === 'cells') return json({ type: 'FeatureCollection', features: scene.cells });
    if (parts[0] === 'cameras') return json({ cameras: scene.cameras });
    if (parts[0] === 'patrols') return json({ patrols: scene.patrols });
    if (parts[0] === 'sensors') return json({ devices: scene.devices });
    if (parts[0] === 'summary') return json(summary());
    if (parts[0] === 'evidence') return void response.writeHead(200, { 'content-type': 'image/jpeg' }).end(evidence);
    if (parts[0] === 'alerts' && parts[1]) {
      const alert = scene.alerts.get(parts[1]);
      const cell = scene.cells.find((each) => each.properties.code === alert?.place.cellCode);
      return alert ? json({ alert, case: scene.cases.get(alert.caseId), cell: cell && { ...cell.properties, area: cell.geometry, validFromMs: 0, validToMs: null }, rule: { id: alert.ruleId, name: alert.ruleName, version: 3 } }) : json({ code: 'NOT_FOUND', message: 'gone' }, 404);
    }
    if (parts[0] === 'alerts') return json({ alerts: [...scene.alerts.values()].sort((a, b) => b.filedAtMs - a.filedAtMs) });
    if (parts[2] === 'candidates') {
      return json(choosePatrol({ patrols: scene.patrols, states: scene.patrols.map((patrol) => patrol.state), at: scene.cases.get(parts[1] ?? '')?.at ?? null, measuredFrom: 'place', responsibleTeamId: 't1', severity: 'Severe', tried: [], skill: null, nowMs: Date.now() }));
    }
    if (parts[2] === 'moves') {
      const { status, body: answered } = move(parts[1] ?? '', body as unknown as MoveRequest, operator);
      return json(answered, status);
    }
    if (parts[0] === 'stream') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': hello\n\n');
      streams.add(response);
      response.on('close', () => streams.delete(response));
      return;
    }
    json({ code: 'NOT_FOUND', message: url.pathname }, 404);
  }
  server.listen(port, '127.0.0.1');
  return { server, scene, send, move, keep };
}
