/**
 * Keeps camera host processes running: spreads the cameras over them, replaces one that dies, closes them in order. A host that dies
 * again and again is taken for the victim of one of its cameras: its cameras are parted by halves until that one is alone.
 */
import type { CameraStatus } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type Backoff, supervise } from '../../platform/supervise.ts';
import type { StatusSink } from './camera-loop.ts';
import type { CameraSource } from './camera-source.ts';
import { HOST_DIED } from './camera-trouble.ts';
import type { HostAsk, MediaMade } from './host-messages.ts';
import { HostProcess } from './host-process.ts';

export interface HostSupervisorParts {
  /** The program of a camera host: a file that calls serveCameraHost(). */
  readonly entryFile: string;
  readonly cameras: readonly CameraSource[];
  /** How many processes at first; no more than there are cameras are started. One per core is right. */
  readonly hosts: number;
  /** Handed to every host as it is (JSON). */
  readonly settings: unknown;
  readonly status: StatusSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
  readonly backoff?: Backoff;
}

/** Cameras that share a process, and the process they share now. */
interface Group {
  /** "1"; the halves of it "1a" and "1b". */
  readonly name: string;
  readonly cameras: readonly CameraSource[];
  /** Ends this group's loop: at the end of all, and when it is parted. */
  readonly stop: AbortController;
  host: HostProcess | null;
  /** When its process last died with its cameras running; of a half, when it was parted. */
  diedAtMs: number | null;
  /** It died twice within a minute, and is to be parted. */
  isSuspect: boolean;
}

const HEALTHY_AFTER_MS = 10_000;
/** The first try comes within half a second, and a host is up within one more: a crash costs its cameras less than three. */
const HOST_BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };
/** Dying twice within this time is no accident. */
const AGAIN_WITHIN_MS = 60_000;

/** Cameras of each host: dealt out in turn, so that a site's list of big and small cameras is mixed, and always in the same way. */
export function dealOut(cameras: readonly CameraSource[], hosts: number): CameraSource[][] {
  const count = Math.max(0, Math.min(hosts, cameras.length));
  return Array.from({ length: count }, (_, host) => cameras.filter((_camera, i) => i % count === host));
}

export class HostSupervisor {
  readonly #parts: HostSupervisorParts;
  readonly #lastSaid = new Map<string, CameraStatus>();
  readonly #loops = new Set<Promise<void>>();
  #groups: Group[] = [];
  #closed = false;

  constructor(parts: HostSupervisorParts) {
    this.#parts = parts;
  }

  /** Starts the hosts and resolves when each is ready or has failed once; those that failed are tried again for ever. */
  async start(): Promise<void> {
    if (this.#closed) return;
    this.#groups = dealOut(this.#parts.cameras, this.#parts.hosts).map((cameras, i) => groupOf(String(i + 1), cameras, null));
    await Promise.all(this.#groups.map((group) => this.#begin(group)));
  }

  /** Process ids of the running hosts, in the order of their cameras: for tests and for a person who looks for them. */
  get pids(): readonly number[] {
    return this.#groups.flatMap(({ host }) => host?.pid ?? []);
  }

  /** A still or clip from the host of this camera. Throws MEDIA_GONE when it cannot be had, and when the host is away or dies over it. */
  async ask(cameraId: string, ask: HostAsk): Promise<MediaMade> {
    const host = this.#groups.find(({ cameras }) => cameras.some((camera) => camera.cameraId === cameraId))?.host;
    if (!host) throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: 'its camera host does not run' });
    return host.ask(cameraId, ask);
  }

  /** Asks every host to close, then SIGTERM, then SIGKILL: at most 3 s. May be called twice. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const { stop } of this.#groups) stop.abort();
    await Promise.all(this.#loops);
  }

  /** Runs the group until it is stopped; resolves when its first host is ready or has failed. */
  #begin(group: Group): Promise<void> {
    const first = Promise.withResolvers<void>();
    const loop = this.#run(group, first.resolve).finally(() => {
      first.resolve();
      this.#loops.delete(loop);
    });
    this.#loops.add(loop);
    return first.promise;
  }

  #run(group: Group, began: () => void): Promise<void> {
    const { backoff = HOST_BACKOFF, env } = this.#parts;
    const work = {
      name: `camera host ${group.name}`,
      runOnce: (signal: AbortSignal, healthy: () => void) => this.#runOnce(group, signal, healthy, began).finally(began),
      onFailure: (sentence: string) => {
        this.#sayAllDown(group.cameras, sentence);
        if (group.isSuspect) this.#part(group);
      },
    };
    return supervise(work, backoff, group.stop.signal, env);
  }

  /** One life of one host process. Rejects with CHILD_DIED when it ends and was not told to. */
  async #runOnce(group: Group, signal: AbortSignal, healthy: () => void, began: () => void): Promise<void> {
    const { entryFile, settings, status, env } = this.#parts;
    const onStatus = (told: CameraStatus): void => {
      this.#lastSaid.set(told.cameraId, told);
      status.cameraStatus(told);
    };
    const host = new HostProcess({ entryFile, cameras: group.cameras, settings, onStatus, clock: env.clock });
    group.host = host;
    void host.ready.then(began);
    void env.clock.sleep(HEALTHY_AFTER_MS, host.gone).then(() => !host.gone.aborted && healthy());
    const onAbort = (): void => void host.close();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const how = await host.ended.finally(() => signal.removeEventListener('abort', onAbort));
    group.host = null;
    if (signal.aborted) return;
    // One that never came as far as its cameras died of something else: Redis away, its program not there.
    if (host.wasReady) this.#noteDeath(group, env.clock.nowMs());
    throw new GridwardenError('CHILD_DIED', { process: `camera host ${group.name}`, how });
  }

  #noteDeath(group: Group, nowMs: number): void {
    group.isSuspect = group.cameras.length > 1 && group.diedAtMs !== null && nowMs - group.diedAtMs <= AGAIN_WITHIN_MS;
    group.diedAtMs = nowMs;
  }

  /**
   * Two hosts in place of one. Halves, and not a host for each: thirty processes at once would cost more memory than the site may have, and
   * the one that is free of the guilty camera has its peace at once. They stay parted, for joining them would cost them their streams again.
   */
  #part(group: Group): void {
    const { cameras, name, diedAtMs } = group;
    const middle = Math.ceil(cameras.length / 2);
    const halves = [groupOf(`${name}a`, cameras.slice(0, middle), diedAtMs), groupOf(`${name}b`, cameras.slice(middle), diedAtMs)];
    const ids = halves.map((half) => half.cameras.map(({ cameraId }) => cameraId));
    this.#parts.env.log.warn({ host: name, parted: ids }, 'a camera host died twice within a minute; its cameras are parted to find out whose doing it is');
    group.stop.abort();
    this.#groups = this.#groups.flatMap((each) => (each === group ? halves : [each]));
    for (const half of halves) void this.#begin(half);
  }

  /** A dead host cannot say so of its cameras. */
  #sayAllDown(cameras: readonly CameraSource[], reason: string): void {
    const atMs = this.#parts.env.clock.nowMs();
    for (const { cameraId } of cameras) {
      const before = this.#lastSaid.get(cameraId) ?? { cameraId, lastFrameAtMs: null, codec: null, widthPx: null, heightPx: null };
      this.#parts.status.cameraStatus({ ...before, state: 'backing-off', reason, trouble: HOST_DIED, atMs });
    }
  }
}

function groupOf(name: string, cameras: readonly CameraSource[], diedAtMs: number | null): Group {
  return { name, cameras, stop: new AbortController(), host: null, diedAtMs, isSuspect: false };
}
