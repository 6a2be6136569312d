/** One life of one camera host process: started with its cameras, asked for media, closed in order. */
import { type ChildProcess, fork } from 'node:child_process';
import type { CameraStatus } from '../../domain/camera.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import type { CameraSource } from './camera-source.ts';
import type { FromHost, HostAsk, MediaMade, ToHost } from './host-messages.ts';

export interface HostProcessParts {
  /** The program of a camera host: a file that calls serveCameraHost(). */
  readonly entryFile: string;
  readonly cameras: readonly CameraSource[];
  /** Handed over as it is (JSON). */
  readonly settings: unknown;
  readonly onStatus: (status: CameraStatus) => void;
  readonly clock: Clock;
}

const CLOSE_MS = { asked: 2000, terminated: 500 };

export class HostProcess {
  readonly #child: ChildProcess;
  readonly #clock: Clock;
  readonly #ready = Promise.withResolvers<void>();
  readonly #gone = new AbortController();
  readonly #asked = new Map<number, PromiseWithResolvers<MediaMade>>();
  #asks = 0;
  #wasReady = false;
  #failure: string | null = null;
  /** How it ended, in words; it never rejects. */
  readonly ended: Promise<string>;

  /** Starts it at once. */
  constructor({ entryFile, cameras, settings, onStatus, clock }: HostProcessParts) {
    this.#clock = clock;
    this.#child = fork(entryFile, [], {
      env: { ...process.env, SKIP_FFMPEG: 'true' },
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.#child.on('message', (message) => this.#heard(message as FromHost, onStatus));
    this.ended = exitOf(this.#child).then((how) => {
      this.#gone.abort();
      this.#ready.resolve();
      for (const askId of this.#asked.keys()) this.#answered({ type: 'answer', askId, made: null, why: 'its camera host ended' });
      return this.#failure ?? how;
    });
    send(this.#child, { type: 'start', cameras, settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** True once its cameras were started: what ends it after that may be a camera's doing. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Resolves when its cameras are started, or it ended before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Aborted when it has ended. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** A still or clip. Throws MEDIA_GONE when it cannot be had, and when the process ends over it. */
  async ask(cameraId: string, ask: HostAsk): Promise<MediaMade> {
    if (this.gone.aborted) throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: 'its camera host ended' });
    const askId = ++this.#asks;
    const answer = Promise.withResolvers<MediaMade>();
    this.#asked.set(askId, answer);
    send(this.#child, { type: 'ask', askId, cameraId, ask });
    return answer.promise.catch((error: unknown) => {
      throw new GridwardenError('MEDIA_GONE', { camera: cameraId, why: sentenceOf(error) });
    });
  }

  /** Asks it to close, then SIGTERM, then SIGKILL: at most 3 s. */
  async close(): Promise<void> {
    send(this.#child, { type: 'close' });
    await this.#clock.sleep(CLOSE_MS.asked, this.gone);
    if (!this.gone.aborted) this.#child.kill('SIGTERM');
    await this.#clock.sleep(CLOSE_MS.terminated, this.gone);
    if (!this.gone.aborted) this.#child.kill('SIGKILL');
  }

  #heard(told: FromHost, onStatus: (status: CameraStatus) => void): void {
    switch (told.type) {
      case 'ready':
        this.#wasReady = true;
        return this.#ready.resolve();
      case 'failed':
        return void (this.#failure = told.reason);
      case 'status':
        return onStatus(told.status);
      case 'answer':
        return this.#answered(told);
    }
  }

  #answered({ askId, made, why }: Extract<FromHost, { type: 'answer' }>): void {
    const asked = this.#asked.get(askId);
    this.#asked.delete(askId);
    if (made) asked?.resolve(made);
    else asked?.reject(new Error(why ?? 'the camera host gave no reason'));
  }
}

/** Resolves with how it ended, also when it could not be started at all. */
function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => child.pid === undefined && resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  });
}

function send(child: ChildProcess, message: ToHost): void {
  // It may die at any moment; 'exit' tells.
  if (child.connected) child.send(message, () => undefined);
}
