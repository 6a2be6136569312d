/** Starts a child that watches cameras, and takes its CPU time while it does: its own and that of the programs it runs. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { systemClock } from '../../platform/clock.ts';
import { cpuByProgram } from '../cpu-of.ts';
import type { ToWatch, Watched, Way } from './watch-entry.ts';

const ENTRY = path.join(import.meta.dirname, 'watch-entry.ts');
const POLL_MS = 100;
const START_WITHIN_MS = 60_000;
/** Of a child that demuxes by libav: a blocked read holds a thread. */
const SPARE_THREADS = 4;

export interface Stretch {
  readonly seconds: number;
  /** CPU seconds by program. */
  readonly cpuS: ReadonlyMap<string, number>;
  /** What the child counted in this stretch; `streaming` is of its end. */
  readonly counted: Watched;
}

export class Watcher {
  readonly #child: ChildProcess;
  #told: Watched = { streaming: 0, reconnects: 0, frames: 0, shed: 0 };

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (told: Watched) => (this.#told = told));
  }

  /** Resolves when every camera has given a picture or packet, and `settleMs` after it. Throws an Error where they do not within a minute. */
  static async start(way: Way, urls: readonly string[], settleMs: number): Promise<Watcher> {
    const child = fork(ENTRY, [way], { env: { ...process.env, ...(way === 'demux' ? { UV_THREADPOOL_SIZE: String(urls.length + SPARE_THREADS) } : {}) }, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const watcher = new Watcher(child);
    child.send({ urls } satisfies ToWatch);
    const giveUpAtMs = systemClock.nowMs() + START_WITHIN_MS;
    while (watcher.#told.streaming < urls.length) {
      if (systemClock.nowMs() > giveUpAtMs || child.exitCode !== null) {
        await watcher.close();
        throw new Error(`${way}: ${watcher.#told.streaming} of ${urls.length} cameras could be watched`);
      }
      await systemClock.sleep(POLL_MS);
    }
    await systemClock.sleep(settleMs);
    return watcher;
  }

  /** Watches for so long. */
  async stretch(ms: number): Promise<Stretch> {
    const [before, countedBefore, fromMs] = [this.#cpu(), this.#told, systemClock.nowMs()];
    await systemClock.sleep(ms);
    const after = this.#cpu();
    const { streaming, reconnects, frames, shed } = this.#told;
    return {
      seconds: (systemClock.nowMs() - fromMs) / 1000,
      cpuS: new Map([...after].map(([program, cpuS]) => [program, cpuS - (before.get(program) ?? 0)])),
      counted: { streaming, reconnects: reconnects - countedBefore.reconnects, frames: frames - countedBefore.frames, shed: shed - countedBefore.shed },
    };
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  #cpu(): Map<string, number> {
    return cpuByProgram(process.pid, this.#child.pid ?? 0);
  }
}

/** CPU seconds that one camera takes for each second that it is watched. */
export function perCameraSecond({ seconds, cpuS }: Stretch, cameras: number): number {
  return [...cpuS.values()].reduce((sum, one) => sum + one, 0) / (seconds * cameras);
}
