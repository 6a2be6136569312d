/** The desk's own trades put together: filing alerts, working cases, following patrols, raising SOS. */
import { createAlertDesk } from '../alerts/file.ts';
import { createCaseDesk } from '../dispatch/case-desk.ts';
import { createPositionDesk } from '../dispatch/positions.ts';
import type { CellLookup } from '../grid/cell-index.ts';
import { sentenceOf } from '../platform/errors.ts';
import { publishNews } from '../queue/board.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { EvidenceTray } from '../queue/shelf.ts';
import type { Store } from '../store/store.ts';
import { createSosStage, type LastKnown } from '../workers/sos/process.ts';
import type { SiteCells } from './cells.ts';
import type { DeskQueue } from './desk-console.ts';
import type { DeskWork } from './desk-jobs.ts';
import { EvidenceDesk } from './evidence-jobs.ts';
import { EVIDENCE_KEPT_MS, trayLimits } from './frame-limits.ts';
import type { Environment, Site } from './site.ts';

export interface DeskCells extends Pick<SiteCells, 'codec'> {
  readonly index: CellLookup;
}

export function deskWork({ config }: Site, environment: Environment, store: Store, { index, codec }: DeskCells, { redis, producer }: Pick<DeskQueue, 'redis' | 'producer'>): DeskWork {
  const { clock, ids, log } = environment;
  const announce: DeskWork['announce'] = (change) => publishNews(redis, change).catch((error: unknown) => log.warn({ reason: sentenceOf(error) }, 'news could not be told'));
  return {
    store,
    caseDesk: createCaseDesk({
      store: store.casework,
      orders: { sendOrder: (order) => producer.add({ name: 'order.send', payload: { order } }) },
      grid: { cells: index, codec },
      roster: { patrols: config.patrols, teams: config.teams },
      platform: environment,
    }),
    alertDesk: createAlertDesk({ store: store.filing, cells: index, evidence: new EvidenceTray(redis, EVIDENCE_KEPT_MS), clock, ids, log, windowMs: config.alerts.windowS * 1000, mostErrorM: config.alerts.mostPlaceErrorM }),
    positions: createPositionDesk({ store: store.casework, cells: index, patrols: config.patrols, log }),
    sos: createSosStage({ devices: config.devices, positions: { lastKnown: (deviceId) => lastKnown(store, config.patrols, deviceId) }, clock, log }),
    patrols: config.patrols,
    video: new EvidenceDesk({ store, tray: new MediaTray(redis, trayLimits(config)), producer, redis, video: config.video, announce, env: environment }),
    announce,
    env: environment,
  };
}

async function lastKnown(store: Store, patrols: Site['config']['patrols'], deviceId: string): ReturnType<LastKnown['lastKnown']> {
  const patrol = patrols.find((one) => one.deviceId === deviceId);
  const state = patrol && (await store.positions.patrolStates()).find((one) => one.patrolId === patrol.id);
  return state?.position && state.fixAtMs !== null ? { at: state.position, atMs: state.fixAtMs } : null;
}
