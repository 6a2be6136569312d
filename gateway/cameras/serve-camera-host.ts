/** The child's side of a camera host process: waits for its cameras, runs them, and never outlives its parent. */
import { type Clock, systemClock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import { withoutCredentials } from '../../platform/log.ts';
import type { StatusSink } from './camera-loop.ts';
import type { FromHost, HostAsk, HostStart, MediaMade, ToHost } from './host-messages.ts';

export interface RunningHost {
  /** A still or clip of one of its cameras. Rejects with a sentence when it cannot be had. */
  ask(cameraId: string, ask: HostAsk): Promise<MediaMade>;
  close(): Promise<void>;
}

/** A close that takes longer than this is given up: the parent would kill the process at about this time anyway. */
const CLOSE_WITHIN_MS = 2500;

/**
 * To be called once, first thing, by the entry file of a camera host. `makeHost` builds and starts the host from what the parent
 * sent; its `status` goes to the parent. The process exits when told to close, on SIGTERM, and when the parent's channel is gone.
 */
export function serveCameraHost(makeHost: (start: HostStart, status: StatusSink) => Promise<RunningHost>, clock: Clock = systemClock): void {
  let host: Promise<RunningHost> | null = null;
  let ending = false;
  const end = async (code: number, exit: () => void = () => process.exit(code)): Promise<void> => {
    if (ending) return;
    ending = true;
    const closed = host?.then((running) => running.close()).catch(() => undefined);
    await Promise.race([closed, clock.sleep(CLOSE_WITHIN_MS)]);
    // libav may still hold a thread in a name look-up that nothing can interrupt.
    exit();
  };
  const start = (message: HostStart): void => {
    host ??= makeHost(message, { cameraStatus: (status) => tell({ type: 'status', status }) });
    host.then(
      () => tell({ type: 'ready' }),
      (error: unknown) => {
        tell({ type: 'failed', reason: withoutCredentials(sentenceOf(error)) });
        void end(1);
      },
    );
  };
  process.on('message', (message) => {
    const told = message as ToHost;
    switch (told.type) {
      case 'start':
        return start(told);
      case 'ask':
        return void answer(host, told).then(tell);
      case 'close':
        return void end(0);
    }
  });
  // Nobody is left to end a process that hangs in its own teardown (seen once: process.exit() waiting for a thread of libav's), so it ends hard.
  process.on('disconnect', () => void end(0, () => process.kill(process.pid, 'SIGKILL')));
  process.on('SIGTERM', () => void end(0));
  // Ctrl-C goes to the whole process group; it is the parent that decides on the order of closing.
  process.on('SIGINT', () => undefined);
  if (!process.connected) {
    process.stderr.write('A camera host is started by the gateway, not by hand.\n');
    process.exit(2);
  }
}

async function answer(host: Promise<RunningHost> | null, { askId, cameraId, ask }: Extract<ToHost, { type: 'ask' }>): Promise<FromHost> {
  try {
    if (host === null) throw new Error('the camera host has not begun');
    return { type: 'answer', askId, made: await (await host).ask(cameraId, ask), why: null };
  } catch (error) {
    return { type: 'answer', askId, made: null, why: withoutCredentials(sentenceOf(error)) };
  }
}

function tell(message: FromHost): void {
  // A parent that is gone is noticed by 'disconnect'; until then there is nobody to complain to.
  if (process.connected) process.send?.(message, undefined, {}, () => undefined);
}
