/** What the desk does with each job it consumes: file findings, raise SOS, follow patrols, keep what nobody could read. */
import type { AlertDesk, FaultOver } from '../alerts/file.ts';
import type { CaseDetail } from '../domain/case.ts';
import type { DeviceEvent, OrderStatusEvent, PositionEvent } from '../domain/device.ts';
import type { Finding } from '../domain/finding.ts';
import type { CaseDesk } from '../dispatch/case-desk.ts';
import type { PositionDesk } from '../dispatch/positions.ts';
import type { Patrol } from '../domain/patrol.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Change } from '../console/server/parts.ts';
import { type Handler, handler } from '../queue/consumer.ts';
import type { Store } from '../store/store.ts';
import type { SosStage } from '../workers/sos/process.ts';
import type { EvidenceDesk } from './evidence-jobs.ts';
import type { Environment } from './site.ts';

export interface DeskWork {
  readonly store: Store;
  readonly alertDesk: AlertDesk;
  readonly caseDesk: CaseDesk;
  readonly positions: PositionDesk;
  readonly sos: SosStage;
  readonly patrols: readonly Patrol[];
  /** Stills and clips. */
  readonly video: EvidenceDesk;
  /** Tells every console; losing it loses nothing but liveliness. */
  readonly announce: (change: Change) => Promise<void>;
  readonly env: Environment;
}

export function deskHandlers(work: DeskWork): readonly Handler[] {
  return [
    handler('finding.made', ({ finding }) => fileFinding(work, finding)),
    handler('sos.raised', async ({ event }) => {
      if (event.type !== 'sos') throw new GridwardenError('JOB_INVALID', { queue: 'sos', why: `the event is of type ${event.type}` });
      await fileFinding(work, await work.sos.finding(event));
    }),
    handler('patrol.batch', async ({ events }) => {
      // Fixes that follow one another are taken together: one look at the patrols serves them all.
      const fixes: PositionEvent[] = [];
      for (const event of events) {
        if (event.type === 'position') fixes.push(event);
        else {
          await takeFixes(work, fixes.splice(0));
          await patrolEvent(work, event);
        }
      }
      await takeFixes(work, fixes);
    }),
    handler('health.cleared', (over) => clearFault(work, over)),
    handler('message.quarantined', ({ message }) => work.store.quarantine.addQuarantined(message)),
    ...work.video.handlers,
  ];
}

export async function fileFinding({ store, alertDesk, video, announce, env }: DeskWork, finding: Finding): Promise<void> {
  const { alert, fresh, evidence } = await alertDesk.file(finding);
  const row = await store.reading.alertRow(alert.id);
  await announce({ kind: 'alert', alert: row });
  // Also for a finding that was filed before: this desk may have died before it asked.
  await video.ask(alert, finding);
  // A camera's fault that came again may have opened its case again.
  if (finding.source === 'health' && !fresh) await announceCase({ store, announce }, await store.cases.caseDetail(alert.caseId));
  if (fresh) {
    env.metrics.count('gridwarden_alerts_total', 'Alerts filed, by source.', { source: finding.source });
    env.metrics.observeMs('gridwarden_received_to_alert_ms', 'From frame or message received to alert filed.', alert.filedAtMs - alert.receivedAtMs, { source: finding.source });
  }
  if (evidence === 'failed') throw new GridwardenError('EVIDENCE_FAILED', { alert: alert.id });
}

/** A camera is well again: its alert says so, and a case that nobody began is closed with it. */
async function clearFault({ store, alertDesk, announce, env }: DeskWork, over: FaultOver): Promise<void> {
  for (const { alertId, caseId, closed } of await alertDesk.clear(over)) {
    await announce({ kind: 'alert', alert: await store.reading.alertRow(alertId) });
    if (closed) await announceCase({ store, announce }, await store.cases.caseDetail(caseId));
    env.metrics.count('gridwarden_health_cleared_total', 'Camera faults that were over by themselves, by fault.', { fault: over.fault });
  }
}

async function patrolEvent(work: DeskWork, event: Exclude<DeviceEvent, PositionEvent>): Promise<void> {
  switch (event.type) {
    case 'order-status':
      return answer(work, event);
    case 'duty': {
      const patrol = work.patrols.find((one) => one.deviceId === event.deviceId);
      if (!patrol) return;
      await work.positions.setOnDuty(patrol.id, event.onDuty);
      return announcePatrols(work, new Set([patrol.id]));
    }
    case 'measurement':
    case 'sos':
      throw new GridwardenError('JOB_INVALID', { queue: 'patrols', why: `an event of type ${event.type} does not belong here` });
  }
}

async function takeFixes(work: DeskWork, fixes: readonly PositionEvent[]): Promise<void> {
  if (fixes.length === 0) return;
  const outcomes = await work.positions.take(fixes);
  const moved = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'moved' ? [outcome.patrolId] : [])));
  if (moved.size > 0) await announcePatrols(work, moved);
}

async function answer(work: DeskWork, event: OrderStatusEvent): Promise<void> {
  const outcome = await work.caseDesk.orderAnswered(event);
  if (outcome.outcome === 'applied') await announceCase(work, outcome.case);
  else work.env.log.info({ order: event.orderId, device: event.deviceId, outcome: outcome.outcome }, "a patrol's answer changes nothing");
}

/** A changed case changes what the list shows of its alerts, so they go out again with it. */
export async function announceCase({ store, announce }: Pick<DeskWork, 'store' | 'announce'>, changed: CaseDetail): Promise<void> {
  await announce({ kind: 'case', case: changed });
  for (const alert of (await store.reading.caseWithAlerts(changed.id)).alerts) await announce({ kind: 'alert', alert });
}

async function announcePatrols({ store, announce }: DeskWork, patrolIds: ReadonlySet<string>): Promise<void> {
  for (const patrol of await store.positions.patrolStates()) if (patrolIds.has(patrol.patrolId)) await announce({ kind: 'patrol', patrol });
}
