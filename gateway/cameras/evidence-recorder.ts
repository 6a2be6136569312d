/** Keeps the last seconds of a camera's main stream, undecoded, for stills and clips; on its own, whatever becomes of the stream that is watched. */
import { isShape, type PacketSource, type PacketSourceOptions } from '../../devices/camera/packet-source.ts';
import type { PacketRing } from '../../devices/camera/packet-ring.ts';
import type { CameraStatus, CameraTrouble } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type Backoff, supervise } from '../../platform/supervise.ts';
import type { CameraSource } from './camera-source.ts';
import { troubleOf } from './camera-trouble.ts';

export type OpenPackets = (url: string, options: PacketSourceOptions) => Promise<PacketSource>;

const RECORDER_BACKOFF: Backoff = { firstMs: 1000, maxMs: 60_000 };
const HEALTHY_AFTER_MS = 5000;

export class EvidenceRecorder {
  readonly #source: CameraSource;
  readonly #url: string;
  readonly #ring: PacketRing;
  readonly #open: OpenPackets;
  readonly #env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
  #state: NonNullable<CameraStatus['evidence']> = { state: 'connecting', reason: null, trouble: null };
  #trouble: CameraTrouble | null = null;

  /** `url`: the main stream's; all else is the camera's. */
  constructor(source: CameraSource, url: string, ring: PacketRing, open: OpenPackets, env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log }) {
    this.#source = source;
    this.#url = url;
    this.#ring = ring;
    this.#open = open;
    this.#env = env;
  }

  get state(): NonNullable<CameraStatus['evidence']> {
    return this.#state;
  }

  /** Runs until `signal` aborts. Never rejects. */
  run(signal: AbortSignal, backoff: Backoff = RECORDER_BACKOFF): Promise<void> {
    const work = {
      name: `main stream of camera ${this.#source.cameraId}`,
      runOnce: (stop: AbortSignal, healthy: () => void) =>
        this.#record(stop, healthy).catch((error: unknown) => {
          this.#trouble = troubleOf(error);
          throw error;
        }),
      onFailure: (reason: string) => void (this.#state = { state: 'backing-off', reason, trouble: this.#trouble }),
    };
    return supervise(work, backoff, signal, this.#env);
  }

  async #record(signal: AbortSignal, healthy: () => void): Promise<void> {
    const { cameraId, transport, caFile, timeoutMs, noPictureMs: noPacketMs } = this.#source;
    const { clock } = this.#env;
    this.#state = { state: 'connecting', reason: null, trouble: null };
    const packets = await this.#open(this.#url, { cameraId, transport, caFile, timeoutMs, noPacketMs, signal, clock });
    const onAbort = (): void => void packets.stop();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const openedAtMs = clock.nowMs();
      this.#ring.begin(packets.shape);
      while (!signal.aborted) {
        const came = await packets.next();
        if (isShape(came)) this.#ring.begin(came);
        else this.#ring.keep(came);
        this.#state = { state: 'streaming', reason: null, trouble: null };
        if (clock.nowMs() - openedAtMs >= HEALTHY_AFTER_MS) healthy();
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#ring.ended();
      await packets.close();
    }
  }
}
