/** What the console server is given: the site without secrets, the store, the moves, the status board, the live news, the metrics. */
import path from 'node:path';
import type { Change, ConsoleParts } from '../console/server/parts.ts';
import type { CaseDesk } from '../dispatch/case-desk.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { DeviceStatus } from '../domain/device.ts';
import { REDACTOR_STALE_MS, type RedactorStatus } from '../domain/redaction.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { createMetrics, metricsText, type MetricsSnapshot } from '../platform/metrics.ts';
import { ArmProfileShelf } from '../queue/arm-profile.ts';
import type { Board } from '../queue/board.ts';
import { FrameSlot } from '../queue/frame-slot.ts';
import { LiveListener } from '../queue/live-channel.ts';
import { LiveTicketShelf } from '../queue/live-tickets.ts';
import type { Producer } from '../queue/producer.ts';
import { type connectRedis, proveWritable } from '../queue/redis.ts';
import { TrackLog } from '../queue/track-log.ts';
import { announceCase, type DeskWork } from './desk-jobs.ts';
import { frameLimits } from './frame-limits.ts';
import { METRICS_STALE_MS, type PostedMetrics } from './metrics-post.ts';
import { ownSecrets } from './secrets.ts';
import type { Environment, Site } from './site.ts';
import { consoleTrials, trackLogLimits } from './trials.ts';

export interface DeskQueue {
  readonly redis: Awaited<ReturnType<typeof connectRedis>>;
  readonly producer: Producer;
  readonly board: Board;
  /** A connection that does nothing but listen to live video. */
  readonly live: Awaited<ReturnType<typeof connectRedis>>;
}

/** `listeners` are the open live streams: `tellAll` passes news on to them. */
export async function consoleParts(site: Site, environment: Environment, work: DeskWork, queue: DeskQueue, listeners: Set<(change: Change) => void>): Promise<ConsoleParts> {
  const { config, dataDir } = site;
  const { redis, producer, board } = queue;
  return {
    listen: config.http,
    site: {
      name: config.site.name,
      timeZone: config.site.timeZone,
      cameras: config.cameras.map(({ url: _, evidenceUrl: __, ...camera }) => camera),
      devices: config.devices.map(({ passwordHash: _, ...device }) => device),
      patrols: config.patrols,
      armProfiles: config.armProfiles,
    },
    store: work.store,
    desk: caseWork(work.caseDesk, work),
    armProfile: armProfileDesk(new ArmProfileShelf(redis, config.armProfiles, environment), work),
    trials: consoleTrials({ config, tracks: new TrackLog(redis, trackLogLimits(config), environment.log), clock: environment.clock }),
    live: {
      board: statusBoard(board, new FrameSlot(redis, frameLimits(config)), config.cameras, producer),
      changes: { subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)) },
    },
    video: liveVideo(queue, environment),
    faceViews: work.store.faceViews,
    clips: { redact: (clip) => work.video.redact(clip) },
    health: {
      probes: { store: () => work.store.proveWritable(), redis: () => proveWritable(redis, environment.ids.id()) },
      metricsText: () => allMetrics(board, producer, environment),
      metricsToken: (await ownSecrets(dataDir, environment.ids)).metricsToken,
    },
    webDir: path.resolve(import.meta.dirname, '../console/web/dist'),
    env: environment,
  };
}

/** Throws REDACTION_AWAY, REDACTION_NO_MODELS, REDACTION_FULL. Rarely, of two who ask at once for the last place, one waits for it before a dark screen. */
export async function admitRedacted(board: Board, nowMs: number, cameraId: string): Promise<void> {
  const posted = [...(await board.read('redactors')).values()] as RedactorStatus[];
  const now = posted.filter(({ atMs }) => nowMs - atMs < REDACTOR_STALE_MS);
  if (now.length === 0) throw new GridwardenError('REDACTION_AWAY');
  const able = now.filter(({ trouble }) => trouble === null);
  if (able.length === 0) throw new GridwardenError('REDACTION_NO_MODELS');
  if (able.some(({ cameraIds, mostCameras }) => cameraIds.includes(cameraId) || cameraIds.length < mostCameras)) return;
  throw new GridwardenError('REDACTION_FULL', { count: able.reduce((sum, { cameraIds }) => sum + cameraIds.length, 0) });
}

function liveVideo({ redis, live, board }: DeskQueue, environment: Environment): ConsoleParts['video'] {
  const listener = new LiveListener(redis, live, environment);
  const tickets = new LiveTicketShelf(redis);
  return {
    admit: async (cameraId, variant) => (variant === 'redacted' ? admitRedacted(board, environment.clock.nowMs(), cameraId) : undefined),
    watch: (cameraId, variant, viewer) => listener.watch(cameraId, variant, viewer),
    keepTicket: (hash, ticket, forMs) => tickets.keepTicket(hash, ticket, forMs),
    takeTicket: (hash) => tickets.takeTicket(hash),
  };
}

/** The console's moves, told to every console when they are made. */
function caseWork(desk: CaseDesk, work: DeskWork): ConsoleParts['desk'] {
  return {
    ...desk,
    move: async (caseId, asked) => {
      const changed = await desk.move(caseId, asked);
      await announceCase(work, changed);
      return changed;
    },
  };
}

function armProfileDesk(shelf: ArmProfileShelf, { announce }: DeskWork): ConsoleParts['armProfile'] {
  return {
    state: () => shelf.state(),
    change: async (to, by) => {
      if (!(await shelf.set(to, by))) throw new GridwardenError('NOT_FOUND', { what: 'arm profile', id: to });
      const profile = await shelf.state();
      await announce({ kind: 'arm-profile', profile });
      return profile;
    },
  };
}

function statusBoard(board: Board, slot: FrameSlot, cameras: readonly { readonly id: string }[], producer: Producer): ConsoleParts['live']['board'] {
  return {
    cameras: async () => {
      const statuses = await board.read('cameras');
      return new Map(await Promise.all(cameras.map(async ({ id }) => [id, { status: (statuses.get(id) as CameraStatus | undefined) ?? null, counts: await slot.counts(id) }] as const)));
    },
    devices: async () => (await board.read('devices')) as Map<string, DeviceStatus>,
    eventsIn: async () => (await board.tallies()).eventsIn,
    jobsGivenUp: async () => {
      // Not those that something else does over: frames give way to newer ones, unanswered orders are sent again; and of what could not be cut nothing is remembered any more.
      const { frames: _, orders: __, media: ___, ...facts } = await producer.depths();
      return Object.values(facts).reduce((sum, { failed }) => sum + failed, 0);
    },
  };
}

/** News of another version of this program may be of a kind that is not known here: that costs the news, not the desk. */
export function tellAll(listeners: ReadonlySet<(change: Change) => void>, change: Change, log: Log): void {
  for (const listener of listeners) {
    try {
      listener(change);
    } catch (error) {
      log.warn({ reason: sentenceOf(error) }, 'news could not be passed on');
    }
  }
}

async function allMetrics(board: Board, producer: Producer, { clock }: Environment): Promise<string> {
  const posted = [...(await board.read('metrics')).values()] as PostedMetrics[];
  const now = posted.filter(({ atMs }) => clock.nowMs() - atMs < METRICS_STALE_MS).map(({ snapshot }) => snapshot);
  return metricsText([...now, await queueMetrics(producer)]);
}

/** Read when they are asked for: posted by every desk, they would be added up. */
async function queueMetrics(producer: Producer): Promise<MetricsSnapshot> {
  const metrics = createMetrics(false);
  for (const [queue, counts] of Object.entries(await producer.depths())) {
    for (const [state, n] of Object.entries(counts)) metrics.set('gridwarden_jobs', 'Jobs by queue and state; failed ones were given up ("npm run jobs" lists them and gives them again).', n, { queue, state });
  }
  return metrics.snapshot();
}
