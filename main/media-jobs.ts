/** Stills and clips on the gateway's side: a job from the desk becomes a question to the camera's host, and its answer the next job. */
import type { HostAsk, MediaMade } from '../gateway/cameras/host-messages.ts';
import { GridwardenError } from '../platform/errors.ts';
import { type Handler, handler } from '../queue/consumer.ts';
import type { Producer } from '../queue/producer.ts';
import type { Environment } from './site.ts';

export interface AskedHosts {
  ask(cameraId: string, ask: HostAsk): Promise<MediaMade>;
}

/** A clip's job waits for its last second: so many cameras may have alerts at once without one waiting for the other. */
export const MEDIA_QUEUE = { queue: 'media', concurrency: 128, lockMs: 15_000 } as const;

/** Beyond the time that a clip is still to last; a host that takes longer hangs. */
const MOST_MS = 30_000;

export function mediaHandlers(hosts: AskedHosts, producer: Producer, { clock, metrics }: Environment): readonly Handler[] {
  const ask = async (cameraId: string, asked: HostAsk, mostMs: number): Promise<MediaMade> => {
    const over = new AbortController();
    const tooLong = clock.sleep(mostMs, over.signal).then((): never => {
      throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: `its camera host gave no answer within ${Math.round(mostMs / 1000)} s` });
    });
    // Once answered it is nobody's any more.
    tooLong.catch(() => undefined);
    const count = (outcome: string): void => metrics.count('gridwarden_media_asked_total', 'Stills and clips asked of camera hosts, each try counted.', { kind: asked.kind, outcome });
    try {
      const made = await Promise.race([hosts.ask(cameraId, asked), tooLong]);
      count('made');
      return made;
    } catch (error) {
      count('failed');
      throw error;
    } finally {
      over.abort();
    }
  };
  return [
    handler('still.cut', async ({ alertId, cameraId, atMs }) => {
      const { key, takenAtMs } = await ask(cameraId, { kind: 'still', alertId, atMs }, MOST_MS);
      await producer.add({ name: 'still.redact', payload: { alertId, cameraId, key, takenAtMs } });
    }),
    handler('clip.cut', async ({ alertId, cameraId, fromMs, toMs }) => {
      const { key, takenAtMs } = await ask(cameraId, { kind: 'clip', alertId, fromMs, toMs }, Math.max(0, toMs - clock.nowMs()) + MOST_MS);
      await producer.add({ name: 'evidence.made', payload: { alertId, kind: 'clip', mediaType: 'video/mp4', key, takenAtMs } });
    }),
  ];
}
