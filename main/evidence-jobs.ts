/** Stills and clips on the desk's side: asked for when an alert is new, kept when they are made, and redacted when somebody wants to see them. */
import { buffer } from 'node:stream/consumers';
import type { Alert, AlertRow, Evidence } from '../domain/alert.ts';
import type { Finding } from '../domain/finding.ts';
import type { Change } from '../console/server/parts.ts';
import { GridwardenError } from '../platform/errors.ts';
import { type Handler, handler } from '../queue/consumer.ts';
import type { JobPayload } from '../queue/jobs.ts';
import type { MediaTray } from '../queue/media-tray.ts';
import type { Producer } from '../queue/producer.ts';
import { type connectRedis, KEY_PREFIX } from '../queue/redis.ts';
import type { EvidenceFiles } from '../store/evidence-files.ts';
import type { Environment } from './site.ts';

export interface EvidenceDeskParts {
  readonly store: { readonly evidence: Pick<EvidenceFiles, 'addEvidence' | 'stream'>; readonly reading: { alertRow(alertId: string): Promise<AlertRow> } };
  readonly tray: Pick<MediaTray, 'item' | 'put' | 'drop'>;
  readonly producer: Pick<Producer, 'add'>;
  readonly redis: Pick<Awaited<ReturnType<typeof connectRedis>>, 'set' | 'del'>;
  readonly video: { readonly preRollS: number; readonly postRollS: number };
  readonly announce: (change: Change) => Promise<void>;
  readonly env: Environment;
}

/** Two clips are put together of a few hundred pieces each; more at once would hold up what alerts need. */
export const EVIDENCE_QUEUE = { queue: 'evidence', concurrency: 2, lockMs: 30_000 } as const;

/** Somebody who asks again after this has asked in vain before. */
const RENDERING_MS = 5 * 60_000;

export class EvidenceDesk {
  readonly #parts: EvidenceDeskParts;

  constructor(parts: EvidenceDeskParts) {
    this.#parts = parts;
  }

  get handlers(): readonly Handler[] {
    return [handler('evidence.made', (made) => this.#keep(made))];
  }

  /**
   * Asks the gateway for still and clip of an alert's first finding; nothing happens for any other, or when it was asked for a moment ago. The clip is
   * asked for at once and not when its last second is over: by then its first ones may be forgotten.
   */
  async ask(alert: Alert, finding: Finding): Promise<void> {
    if (finding.source !== 'camera' || alert.finding.id !== finding.id) return;
    const { producer, video } = this.#parts;
    const [alertId, cameraId, atMs] = [alert.id, finding.cameraId, Math.round(finding.occurredAtMs)];
    await producer.add({ name: 'still.cut', payload: { alertId, cameraId, atMs } }, { jobId: `still-${alertId}` });
    await producer.add({ name: 'clip.cut', payload: { alertId, cameraId, fromMs: atMs - Math.round(video.preRollS * 1000), toMs: atMs + Math.round(video.postRollS * 1000) } }, { jobId: `clip-${alertId}` });
  }

  /** Has the clip rendered with faces unreadable, once for all who ask meanwhile. Throws NOT_FOUND where the clip is gone. */
  async redact(clip: Evidence): Promise<void> {
    const { redis, tray, producer, store } = this.#parts;
    const marker = `${KEY_PREFIX}:rendering:${clip.alertId}`;
    if ((await redis.set(marker, '1', 'PX', RENDERING_MS, 'NX')) === null) return;
    try {
      const key = `${clip.alertId}-clip-to-redact`;
      await tray.put(key, await buffer(await store.evidence.stream(clip)));
      await producer.add({ name: 'clip.redact', payload: { alertId: clip.alertId, key, takenAtMs: clip.takenAtMs } });
    } catch (error) {
      await redis.del(marker);
      throw error;
    }
  }

  async #keep({ alertId, kind, mediaType, key, takenAtMs }: JobPayload<'evidence.made'>): Promise<void> {
    const { store, tray, announce, env } = this.#parts;
    const item = await tray.item(key);
    const count = (outcome: string): void => env.metrics.count('gridwarden_evidence_made_total', 'Stills and clips that came to the desk.', { kind, outcome });
    if (!item) {
      count('missing');
      return env.log.warn({ alert: alertId, kind, key }, 'what was made for the alert is no longer in the media tray; the alert stands without it');
    }
    try {
      await store.evidence.addEvidence({ id: `${alertId}-${kind}`, alertId, kind, takenAtMs, mediaType }, item);
    } catch (error) {
      // The alert was taken away meanwhile: nobody will ever look at it.
      if (!(error instanceof GridwardenError) || error.code !== 'NOT_FOUND') throw error;
      count('no-alert');
      return tray.drop(key);
    }
    count('kept');
    await announce({ kind: 'alert', alert: await store.reading.alertRow(alertId) });
    await tray.drop(key);
  }
}
