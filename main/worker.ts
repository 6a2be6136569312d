/** A worker: sees what cameras saw, judges what sensors measured. One per core, on as many machines as there are. */
import type { Finding } from '../domain/finding.ts';
import { isCameraRule } from '../domain/rule.ts';
import { Closing } from '../platform/closing.ts';
import { GridwardenError } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { ArmProfileShelf } from '../queue/arm-profile.ts';
import { Board } from '../queue/board.ts';
import { type ConsumedQueue, Consumer, type Handler, handler } from '../queue/consumer.ts';
import { FrameSlot } from '../queue/frame-slot.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { EvidenceTray, StateShelf } from '../queue/shelf.ts';
import { TrackLog } from '../queue/track-log.ts';
import { createCameraStage } from '../workers/camera/process.ts';
import { createStillStage } from '../workers/evidence/full-still.ts';
import { createSensorStage } from '../workers/sensor/process.ts';
import { type OpenEyes, openEyes } from './eyes.ts';
import { EVIDENCE_KEPT_MS, frameLimits, trayLimits } from './frame-limits.ts';
import { postMetrics } from './metrics-post.ts';
import { runProcess, type Running } from './process.ts';
import { type Environment, openSite, type Site, siteArguments, systemEnvironment } from './site.ts';
import { trackLogLimits } from './trials.ts';

const STATE_KEPT_MS = 7 * 86_400_000;
const FRAMES_AT_ONCE = 2;
/** Of a camera's burst so many are worked on before other cameras get their turn. */
const FRAMES_IN_TURN = 4;
type OurRedis = Awaited<ReturnType<typeof connectRedis>>;

interface Stage {
  readonly queue: ConsumedQueue;
  readonly handlers: readonly Handler[];
}

export async function startWorker(site: Site, environment: Environment): Promise<Running> {
  const { log } = environment;
  const closing = new Closing(log);
  const stop = new AbortController();
  try {
    const redis = await connectRedis(site.redis, log);
    closing.first('redis', () => redis.disconnect());
    const producer = createProducer(redis);
    closing.first('producer', () => producer.close());
    const posting = postMetrics(`worker/${process.pid}`, new Board(redis), environment, stop.signal);
    closing.first('metrics', () => (stop.abort(), posting));

    const eyes = await eyesOrWhyNot(site, log);
    if (typeof eyes !== 'string') closing.first('models', () => eyes.close());
    const stages = [sensorStage(site, environment, redis, producer), ...(typeof eyes === 'string' ? [] : [cameraStage(site, environment, redis, producer, eyes), stillStage(site, environment, redis, producer, eyes)])];
    const consumer = new Consumer({ ...environment, process: 'worker', redis: site.redis, queues: stages.map(({ queue }) => queue), handlers: stages.flatMap(({ handlers }) => handlers) });
    closing.first('consumer', () => consumer.close());
    await consumer.start();
    return { says: typeof eyes === 'string' ? { models: null, withoutModels: eyes } : { models: eyes.models.join(', '), builtInWeights: eyes.builtIn }, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** Without weights the worker still judges sensors; the answer is then the sentence that says what is missing and what to do. */
async function eyesOrWhyNot({ config }: Site, log: Log): Promise<OpenEyes | string> {
  try {
    return await openEyes(config.models, log);
  } catch (error) {
    if (!(error instanceof GridwardenError) || error.code !== 'MODELS_MISSING') throw error;
    log.warn({ reason: error.message }, 'cameras are not watched by this worker');
    return error.message;
  }
}

function sensorStage({ config }: Site, environment: Environment, redis: OurRedis, producer: Producer): Stage {
  const stage = createSensorStage({
    shelf: new StateShelf(redis, 'rule', STATE_KEPT_MS),
    findings: findingSink(producer),
    alarm: { wakeAt: (ruleId, deviceId, dueAtMs) => producer.add({ name: 'rule.due', payload: { ruleId, deviceId, dueAtMs } }, { delayMs: Math.max(0, dueAtMs - environment.clock.nowMs()) }) },
    site: { devices: config.devices, rules: config.rules.filter((rule) => rule.kind === 'threshold'), timeZone: config.site.timeZone },
    log: environment.log,
  });
  return {
    // One batch at a time over all workers: a device's values must not overtake each other.
    queue: { queue: 'measurements', concurrency: 1, globalConcurrency: 1, lockMs: 15_000 },
    handlers: [
      handler('measurements.batch', ({ events }) => stage.batch(events)),
      handler('rule.due', ({ ruleId, deviceId, dueAtMs }) => stage.due(ruleId, deviceId, dueAtMs)),
    ],
  };
}

function cameraStage({ config }: Site, environment: Environment, redis: OurRedis, producer: Producer, eyes: OpenEyes): Stage {
  const stage = createCameraStage({
    frames: new FrameSlot(redis, frameLimits(config)),
    evidence: new EvidenceTray(redis, EVIDENCE_KEPT_MS),
    findings: findingSink(producer),
    profile: new ArmProfileShelf(redis, config.armProfiles, environment),
    recorder: new TrackLog(redis, trackLogLimits(config), environment.log),
    eyes,
    site: { cameras: config.cameras.map(({ url: _, evidenceUrl: __, ...camera }) => camera), rules: config.rules.filter(isCameraRule), timeZone: config.site.timeZone, closerLooks: config.frames.roi },
    ...environment,
  });
  return {
    // One is fetched while another is inferred; never two of one camera, the queue sees to that (jobs.ts, deduplication).
    queue: { queue: 'frames', concurrency: FRAMES_AT_ONCE, lockMs: 5000 },
    handlers: [
      handler('frame.ready', async ({ cameraId }) => {
        if (await stage.processWaiting(cameraId, FRAMES_IN_TURN)) await producer.add({ name: 'frame.ready', payload: { cameraId } });
      }),
    ],
  };
}

/** Frames are looked at first, but a still waits no longer than this for a moment without any. */
const STILL_WAITS = { everyMs: 250, times: 40 };

function stillStage({ config }: Site, environment: Environment, redis: OurRedis, producer: Producer, eyes: OpenEyes): Stage {
  const stage = createStillStage({
    tray: new MediaTray(redis, trayLimits(config)),
    eyes,
    made: { stillMade: (still) => producer.add({ name: 'evidence.made', payload: { ...still, kind: 'still', mediaType: 'image/jpeg' } }) },
    quiet: async () => {
      for (let i = 0; i < STILL_WAITS.times && (await producer.depths()).frames.waiting > 0; i++) await environment.clock.sleep(STILL_WAITS.everyMs);
    },
    ...environment,
  });
  return {
    queue: { queue: 'stills', concurrency: 1, lockMs: 30_000 },
    handlers: [handler('still.redact', (job) => stage.redact(job))],
  };
}

const findingSink = (producer: Producer): { findingMade(finding: Finding): Promise<void> } => ({
  findingMade: (finding) => producer.add({ name: 'finding.made', payload: { finding } }),
});

if (import.meta.main) {
  const environment = systemEnvironment('worker');
  await runProcess(async () => startWorker(await openSite(siteArguments(process.argv.slice(2))), environment));
}
