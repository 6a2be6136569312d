/** Keeps camera host processes running: spreads the cameras over them, replaces one that dies, closes them in order. */
import { type ChildProcess, fork } from 'node:child_process';
import type { CameraStatus } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import { type Backoff, supervise } from '../../platform/supervise.ts';
import type { StatusSink } from './camera-loop.ts';
import type { CameraSource } from './camera-source.ts';
import { HOST_DIED } from './camera-trouble.ts';
import type { FromHost, HostAsk, MediaMade, ToHost } from './host-messages.ts';

export interface HostSupervisorParts {
  /** The program of a camera host: a file that calls serveCameraHost(). */
  readonly entryFile: string;
  readonly cameras: readonly CameraSource[];
  /** How many processes at most; no more than there are cameras are started. One per core is right. */
  readonly hosts: number;
  /** Handed to every host as it is (JSON). */
  readonly settings: unknown;
  readonly status: StatusSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
  readonly backoff?: Backoff;
}

/** Beside a thread per camera (a blocked read holds one): decoding, encoding and look-ups of all of them. */
const SPARE_THREADS = 8;
const HEALTHY_AFTER_MS = 10_000;
const CLOSE_MS = { asked: 2000, terminated: 500 };
const HOST_BACKOFF: Backoff = { firstMs: 500, maxMs: 30_000 };

/** Cameras of each host: dealt out in turn, so that a site's list of big and small cameras is mixed, and always in the same way. */
export function dealOut(cameras: readonly CameraSource[], hosts: number): CameraSource[][] {
  const count = Math.max(0, Math.min(hosts, cameras.length));
  return Array.from({ length: count }, (_, host) => cameras.filter((_camera, i) => i % count === host));
}

export class HostSupervisor {
  readonly #parts: HostSupervisorParts;
  readonly #stop = new AbortController();
  readonly #children = new Map<number, ChildProcess>();
  readonly #lastSaid = new Map<string, CameraStatus>();
  readonly #asked = new Map<number, { readonly child: ChildProcess; readonly answer: PromiseWithResolvers<MediaMade> }>();
  #asks = 0;
  #running: Promise<unknown> | null = null;

  constructor(parts: HostSupervisorParts) {
    this.#parts = parts;
  }

  /** Starts the hosts and resolves when each is ready or has failed once; those that failed are tried again for ever. */
  async start(): Promise<void> {
    const { cameras, hosts, backoff = HOST_BACKOFF, env } = this.#parts;
    const firsts: Promise<void>[] = [];
    const loops = dealOut(cameras, hosts).map((own, number) => {
      const first = Promise.withResolvers<void>();
      firsts.push(first.promise);
      const work = {
        name: `camera host ${number + 1}`,
        runOnce: (signal: AbortSignal, healthy: () => void) => this.#life(number, own, signal, healthy, first.resolve).finally(first.resolve),
        onFailure: (sentence: string) => this.#sayAllDown(own, sentence),
      };
      return supervise(work, backoff, this.#stop.signal, env).finally(first.resolve);
    });
    this.#running = Promise.all(loops);
    await Promise.all(firsts);
  }

  /** Process ids of the running hosts, by host number: for tests and for a person who looks for them. */
  get pids(): readonly number[] {
    return [...this.#children.entries()].sort(([a], [b]) => a - b).flatMap(([, child]) => child.pid ?? []);
  }

  /** A still or clip from the host of this camera. Throws MEDIA_GONE when it cannot be had, and when the host is away or dies over it. */
  async ask(cameraId: string, ask: HostAsk): Promise<MediaMade> {
    const { cameras, hosts } = this.#parts;
    const child = this.#children.get(dealOut(cameras, hosts).findIndex((own) => own.some((camera) => camera.cameraId === cameraId)));
    if (!child) throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: 'its camera host does not run' });
    const askId = ++this.#asks;
    const answer = Promise.withResolvers<MediaMade>();
    this.#asked.set(askId, { child, answer });
    send(child, { type: 'ask', askId, cameraId, ask });
    return answer.promise.catch((error: unknown) => {
      throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: sentenceOf(error) });
    });
  }

  #answered({ askId, made, why }: Extract<FromHost, { type: 'answer' }>): void {
    const asked = this.#asked.get(askId);
    this.#asked.delete(askId);
    if (made) asked?.answer.resolve(made);
    else asked?.answer.reject(new Error(why ?? 'the camera host gave no reason'));
  }

  /** A dead host answers nothing more. */
  #forgetAsks(child: ChildProcess): void {
    for (const [askId, asked] of this.#asked) if (asked.child === child) this.#answered({ type: 'answer', askId, made: null, why: 'its camera host ended' });
  }

  /** Asks every host to close, then SIGTERM, then SIGKILL: at most 3 s. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** One life of one host process. Rejects with CHILD_DIED when it ends and was not told to. */
  async #life(number: number, cameras: CameraSource[], signal: AbortSignal, healthy: () => void, ready: () => void): Promise<void> {
    const { entryFile, settings, env } = this.#parts;
    const child = fork(entryFile, [], {
      env: { ...process.env, UV_THREADPOOL_SIZE: String(cameras.length + SPARE_THREADS), SKIP_FFMPEG: 'true' },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#children.set(number, child);
    let failure: string | null = null;
    child.on('message', (message) => {
      const told = message as FromHost;
      switch (told.type) {
        case 'ready':
          return ready();
        case 'failed':
          return void (failure = told.reason);
        case 'status':
          this.#lastSaid.set(told.status.cameraId, told.status);
          return this.#parts.status.cameraStatus(told.status);
        case 'answer':
          return this.#answered(told);
      }
    });
    const gone = new AbortController();
    const ended = exitOf(child).finally(() => {
      this.#children.delete(number);
      this.#forgetAsks(child);
      gone.abort();
    });
    send(child, { type: 'start', cameras, settings });
    void env.clock.sleep(HEALTHY_AFTER_MS, gone.signal).then(() => !gone.signal.aborted && healthy());
    const onAbort = (): void => void closeInOrder(child, gone.signal, env.clock);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const how = await ended.finally(() => signal.removeEventListener('abort', onAbort));
    if (!signal.aborted) throw new GridwardenError('CHILD_DIED', { process: `camera host ${number + 1}`, how: failure ?? how });
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

/** Resolves with how it ended, also when it could not be started at all. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => child.pid === undefined && resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

async function closeInOrder(child: ChildProcess, gone: AbortSignal, clock: Clock): Promise<void> {
  send(child, { type: 'close' });
  await clock.sleep(CLOSE_MS.asked, gone);
  if (!gone.aborted) child.kill('SIGTERM');
  await clock.sleep(CLOSE_MS.terminated, gone);
  if (!gone.aborted) child.kill('SIGKILL');
}

function send(child: ChildProcess, message: ToHost): void {
  // It may die at any moment; 'exit' tells.
  if (child.connected) child.send(message, () => undefined);
}
