/** The redactor: makes faces unreadable in clips and in live video. One per machine, behind everything else that the machine does. */
import os from 'node:os';
import type { RedactorStatus } from '../domain/redaction.ts';
import { REDACTOR_STALE_MS } from '../domain/redaction.ts';
import { Closing } from '../platform/closing.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { Board } from '../queue/board.ts';
import { Consumer, type Handler, handler } from '../queue/consumer.ts';
import { LiveListener, LivePublisher, LiveWants } from '../queue/live-channel.ts';
import { LiveClaims } from '../queue/live-claim.ts';
import { MediaTray } from '../queue/media-tray.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import type { RedactionEyes } from '../workers/evidence/redact-stream.ts';
import { type OpenEyes, openEyes } from './eyes.ts';
import { trayLimits } from './frame-limits.ts';
import { postMetrics } from './metrics-post.ts';
import { runProcess, type Running } from './process.ts';
import { redactClip } from './redacted-clip.ts';
import { RedactedViews } from './redacted-views.ts';
import { cores, type Environment, openSite, type Site, siteArguments, systemEnvironment } from './site.ts';

/** Cameras and workers go first: whoever watches then sees fewer pictures a second. */
const BEHIND_OTHERS = 10;
/** Looking for faces is one thread's work: more cores only take decoding and encoding off it. */
const MOST_CAMERAS = 4;

export async function startRedactor(site: Site, environment: Environment): Promise<Running> {
  const { config, redis: place } = site;
  const { ids, log } = environment;
  const closing = new Closing(log);
  const stop = new AbortController();
  try {
    const redis = await connectRedis(place, log);
    closing.first('redis', () => redis.disconnect());
    const [video, hears] = await Promise.all([connectRedis(place, log), connectRedis(place, log)]);
    closing.first('live video', () => (video.disconnect(), hears.disconnect()));
    const producer = createProducer(redis);
    closing.first('producer', () => producer.close());
    const board = new Board(redis);
    const name = `redactor/${os.hostname()}/${process.pid}`;
    const posting = postMetrics(name, board, environment, stop.signal);
    closing.first('metrics', () => (stop.abort(), posting));

    const eyes = await eyesOrWhyNot(site, environment);
    if (typeof eyes !== 'string') closing.first('models', () => eyes.close());
    const listener = new LiveListener(video, hears, environment);
    closing.first('listener', () => listener.close());
    const views = new RedactedViews({
      cameraIds: config.cameras.map(({ id }) => id),
      mostCameras: Math.min(MOST_CAMERAS, cores()),
      eyes,
      wants: new LiveWants(video, hears, 'redacted', environment),
      claims: new LiveClaims(redis, ids.id()),
      watchPlain: (cameraId, viewer) => listener.watch(cameraId, 'plain', viewer),
      outOf: (cameraId) => new LivePublisher(video, cameraId, 'redacted', environment),
      post: (status) => postStatus(board, name, status),
      env: environment,
    });
    closing.first('views', () => views.close());
    await views.start();

    const consumer = new Consumer({ ...environment, process: 'redactor', redis: place, queues: [{ queue: 'redaction', concurrency: 1, lockMs: 60_000 }], handlers: [clipHandler(eyes, new MediaTray(redis, trayLimits(config)), producer, environment, stop.signal)] });
    closing.first('consumer', () => (stop.abort(), consumer.close()));
    await consumer.start();
    return { says: typeof eyes === 'string' ? { redaction: eyes } : {}, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** Without weights nothing is redacted, and nothing of it is shown bare: the sentence says what to do. */
async function eyesOrWhyNot({ config }: Site, { log }: Environment): Promise<OpenEyes | string> {
  try {
    return await openEyes(config.models, log);
  } catch (error) {
    if (!(error instanceof GridwardenError) || error.code !== 'MODELS_MISSING') throw error;
    log.warn({ reason: error.message }, 'faces cannot be made unreadable in video; whoever may not see faces sees no video');
    return error.message;
  }
}

/** Those that are gone do not take themselves off the board. */
async function postStatus(board: Board, name: string, status: RedactorStatus): Promise<void> {
  await board.forget('redactors', (other) => status.atMs - (other as RedactorStatus).atMs > REDACTOR_STALE_MS);
  await board.post('redactors', name, status);
}

function clipHandler(eyes: RedactionEyes | string, tray: MediaTray, producer: Producer, { clock, metrics, log }: Environment, signal: AbortSignal): Handler {
  return handler('clip.redact', async ({ alertId, key, takenAtMs }) => {
    if (typeof eyes === 'string') throw new GridwardenError('REDACTION_NO_MODELS');
    const clip = await tray.take(key);
    if (!clip) return log.warn({ alert: alertId, key }, 'a clip to be redacted is no longer in the media tray; it can be asked for again');
    const startedAtMs = clock.nowMs();
    const redacted = await redactClip(clip, eyes, signal).catch((error: unknown) => {
      log.warn({ alert: alertId, reason: sentenceOf(error) }, 'a clip could not be redacted');
      throw error;
    });
    metrics.observeMs('gridwarden_redacted_clip_ms', 'Time to make faces unreadable in a clip.', clock.nowMs() - startedAtMs);
    const madeKey = `${alertId}-redacted-clip`;
    await tray.put(madeKey, redacted);
    await producer.add({ name: 'evidence.made', payload: { alertId, kind: 'redacted-clip', mediaType: 'video/mp4', key: madeKey, takenAtMs } });
    await tray.drop(key);
  });
}

if (import.meta.main) {
  const environment = systemEnvironment('redactor');
  os.setPriority(BEHIND_OTHERS);
  await runProcess(async () => startRedactor(await openSite(siteArguments(process.argv.slice(2))), environment));
}
