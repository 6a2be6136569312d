/** A console as in production (real server, embedded store, case desk, built pages) over the test district, played by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import type { Change, LiveVideo } from '../../console/server/parts.ts';
import { type ConsoleServer, createConsoleServer } from '../../console/server/server.ts';
import { type CaseDesk, createCaseDesk } from '../../dispatch/case-desk.ts';
import type { AlertRow, Evidence } from '../../domain/alert.ts';
import type { CaseDetail, OrderStatus } from '../../domain/case.ts';
import type { OrderStatusEvent } from '../../domain/device.ts';
import { createCellIndex } from '../../grid/cell-index.ts';
import { systemClock as clock } from '../../platform/clock.ts';
import { systemIds as ids } from '../../platform/ids.ts';
import { keptLog } from '../../platform/log.ts';
import { openStore, type Store } from '../../store/store.ts';
import { HandLive } from '../live-video.ts';
import { ruleTrials, streetFrames } from '../rule-trials.ts';
import { alertCandidate, type WantedAlert } from './alerts.ts';
import { cameraBoard, type Cast, deviceBoard, makeCast, patrolStates, PEOPLE, type Person } from './cast.ts';

export interface Scene {
  /** http://127.0.0.1:PORT */
  readonly address: string;
  readonly cast: Cast;
  readonly store: Store;
  /** Announces every change, like the program does. */
  readonly desk: CaseDesk;
  /** The address with a fresh one-time code of this person. */
  entryFor(person: Person): Promise<string>;
  /** Files it, with a picture if there is one, and announces it. */
  happen(wanted: WantedAlert, jpeg?: Uint8Array, box?: { x: number; y: number; w: number; h: number }): Promise<AlertRow>;
  /** The patrol of the case's newest order answers. */
  orderAnswers(caseId: string, status: OrderStatusEvent['status']): Promise<void>;
  orderStatuses(caseId: string): Promise<readonly OrderStatus[]>;
  announce(change: Change): void;
  /** Cuts every open line and listens no more, as a crash does … */
  goDown(): Promise<void>;
  /** … and comes back on the same port, over the same store. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/** `video` is what live views show; nothing without it. */
export async function startScene(webDir: string, video: LiveVideo = new HandLive()): Promise<Scene> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'gw-scene-'));
  const nowMs = clock.nowMs();
  const cast = makeCast(nowMs);
  const store = await openStore({ kind: 'embedded', dir: path.join(dir, 'db') }, { filesDir: dir, clock, ids });
  await store.cells.replaceCells([...cast.cells], nowMs - 86_400_000);
  for (const person of Object.values(PEOPLE)) await store.operators.saveOperator(person, nowMs);
  for (const state of patrolStates(cast, nowMs)) {
    await store.positions.savePosition({ patrolId: state.patrolId, at: state.position!, fixAtMs: state.fixAtMs!, receivedAtMs: nowMs, accuracyM: state.accuracyM, cellCode: state.cellCode });
    await store.positions.setOnDuty(state.patrolId, state.onDuty);
  }

  const listeners = new Set<(change: Change) => void>();
  const announce = (change: Change): void => {
    for (const listener of listeners) listener(change);
  };
  const told = async (work: Promise<CaseDetail>): Promise<CaseDetail> => {
    const changed = await work;
    announce({ kind: 'case', case: changed });
    return changed;
  };
  const inner = createCaseDesk({
    store: store.casework,
    orders: { sendOrder: async () => undefined },
    grid: { cells: createCellIndex(cast.cells) },
    roster: { patrols: cast.site.patrols, teams: [{ id: 't1', name: '一队', codePrefixes: [cast.cell(0).street.code] }] },
    platform: { clock, ids, log: keptLog() },
  });
  const desk: CaseDesk = { ...inner, move: (caseId, asked) => told(inner.move(caseId, asked)) };

  // Faces stay as they are: what is tried here is the waiting, the news and the player.
  const rendered = async (clip: Evidence): Promise<void> => {
    const bytes = await buffer(await store.evidence.stream(clip));
    await store.filing.addEvidence({ id: `${clip.id}-redacted`, alertId: clip.alertId, kind: 'redacted-clip', takenAtMs: clip.takenAtMs, mediaType: 'video/mp4' }, bytes);
    announce({ kind: 'alert', alert: await store.reading.alertRow(clip.alertId) });
  };
  const trials = ruleTrials(cast.site, new Map([['c1', streetFrames(nowMs)]]), clock, announce);
  const makeServer = (port: number): Promise<ConsoleServer> =>
    createConsoleServer({
      listen: { host: '127.0.0.1', port },
      site: cast.site,
      store,
      desk,
      ...trials,
      live: {
        board: { cameras: async () => cameraBoard(clock.nowMs()), devices: async () => deviceBoard(cast.site, clock.nowMs()), eventsIn: async () => 184_220, jobsGivenUp: async () => 0 },
        changes: { subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)) },
      },
      video,
      faceViews: store.faceViews,
      clips: { redact: (clip) => rendered(clip) },
      health: { probes: {}, metricsText: async () => '', metricsToken: null },
      webDir,
      env: { clock, ids, log: keptLog() },
    });
  let server = await makeServer(0);
  const { port } = await server.start();
  const address = `http://127.0.0.1:${port}`;
  const newestOrder = async (caseId: string) => (await store.casework.caseDetail(caseId)).orders.toSorted((a, b) => b.sentAtMs - a.sentAtMs)[0];

  return {
    address,
    cast,
    store,
    desk,
    announce,
    entryFor: async (person) => `${address}/#code=${await server.signIn.issueCode(PEOPLE[person].name)}`,
    happen: async (wanted, jpeg, box) => {
      const { alert } = await store.filing.fileAlert(alertCandidate(wanted, cast, box));
      if (jpeg) await store.filing.addEvidence({ id: `picture-${wanted.id}`, alertId: alert.id, takenAtMs: wanted.atMs, kind: 'picture', mediaType: 'image/jpeg' }, jpeg);
      const row = await store.reading.alertRow(alert.id);
      announce({ kind: 'alert', alert: row });
      return row;
    },
    orderAnswers: async (caseId, status) => {
      const order = await newestOrder(caseId);
      if (!order) throw new Error(`case ${caseId} has no order`);
      const nowMs = clock.nowMs();
      const answer = await inner.orderAnswered({
        id: ids.id(), source: `/devices/${order.patrolId}`, deviceId: cast.site.patrols.find((patrol) => patrol.id === order.patrolId)?.deviceId ?? '', occurredAtMs: nowMs, receivedAtMs: nowMs, traceparent: '', type: 'order-status', orderId: order.id, status, note: null,
      });
      if (answer.outcome !== 'applied') throw new Error(`the answer ${status} was not applied: ${answer.outcome}`);
      announce({ kind: 'case', case: answer.case });
    },
    orderStatuses: async (caseId) => (await store.casework.caseDetail(caseId)).orders.map((order) => order.status),
    goDown: async () => {
      server.app.server.closeAllConnections();
      await server.close();
    },
    comeBack: async () => {
      server = await makeServer(port);
      await server.start();
    },
    close: async () => {
      server.app.server.closeAllConnections();
      await server.close();
      await store.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
