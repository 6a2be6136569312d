/** Child processes of `up`: started in order, started again when they die, ended in the opposite order. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { backoffMs } from '../platform/supervise.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Environment } from './site.ts';
import type { Ready } from './process.ts';

export interface ChildPlan {
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const RESTART = { firstMs: 500, maxMs: 10_000 };
/** A life that lasted this long was a good one: the next death waits short again. */
const HEALTHY_AFTER_MS = 30_000;

export class Child {
  readonly #plan: ChildPlan;
  readonly #environment: Environment;
  #process: ChildProcess | null = null;
  #closing = false;
  #restarts = 0;

  constructor(plan: ChildPlan, environment: Environment) {
    this.#plan = plan;
    this.#environment = environment;
  }

  get name(): string {
    return this.#plan.name;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Resolves with what the child says once it serves. Throws CHILD_DIED, or the child's own sentence, when it does not come up. */
  async start(): Promise<Ready['says']> {
    const child = fork(this.#plan.file, [...this.#plan.args], {
      env: { ...process.env, ...this.#plan.env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      // Its own group: Ctrl-C in a terminal reaches only `up`, which then closes its children in order.
      detached: true,
    });
    this.#process = child;
    // A signal or message that could not be delivered is told here; without a listener it would end this process and all its children.
    child.on('error', (error) => this.#environment.log.warn({ process: this.#plan.name, reason: sentenceOf(error) }, 'a process could not be reached'));
    const says = await firstWord(child, this.#plan.name);
    const aliveSinceMs = this.#environment.clock.nowMs();
    child.once('exit', (code, signal) => {
      if (this.#environment.clock.nowMs() - aliveSinceMs > HEALTHY_AFTER_MS) this.#restarts = 0;
      void this.#died(code, signal);
    });
    return says;
  }

  /** Sends it a message over IPC. */
  tell(message: object): void {
    this.#process?.send(message);
  }

  /** Asks it to close and waits; after `graceMs` it is killed. */
  async close(graceMs = 4000): Promise<void> {
    this.#closing = true;
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), graceMs);
    await gone;
    clearTimeout(late);
  }

  async #died(code: number | null, signal: NodeJS.Signals | null): Promise<void> {
    if (this.#closing) return;
    const { clock, ids, log } = this.#environment;
    const waitMs = Math.round(backoffMs(this.#restarts++, RESTART, ids.random()));
    log.error({ process: this.#plan.name, code, signal, restartInMs: waitMs }, 'a process ended unexpectedly; starting it again');
    await clock.sleep(waitMs);
    if (this.#closing) return;
    try {
      await this.start();
      log.info({ process: this.#plan.name }, 'started again');
    } catch (error) {
      log.error({ process: this.#plan.name, error }, 'it did not come up');
      await this.#died(null, null);
    }
  }
}

function firstWord(child: ChildProcess, name: string): Promise<Ready['says']> {
  return new Promise((resolve, reject) => {
    let sentence: string | null = null;
    child.on('message', (message: Ready | { type: 'failed'; sentence: string }) => {
      if (message.type === 'failed') sentence = message.sentence;
      else resolve(message.says);
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => reject(new GridwardenError('CHILD_DIED', { process: name, how: sentence ?? `exit code ${code ?? signal}` })));
  });
}
