/** Starts and kills the gateway process, and reads how much memory it has had. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';

export interface GatewayChild {
  readonly port: number;
  /** kill -9. */
  kill(): Promise<void>;
  /** Most resident memory it ever had, from /proc. */
  peakBytes(): Promise<number>;
}

export async function startGatewayChild(redisSocket: string, port = 0): Promise<GatewayChild> {
  const child: ChildProcess = spawn(process.execPath, [path.join(import.meta.dirname, 'gateway-process.ts'), redisSocket, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  if (!child.stdout) throw new Error('the gateway process has no standard output');
  const first = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const [line] = await Promise.race([first, exited.then(() => Promise.reject(new Error('the gateway process ended at its start')))]);
  return {
    port: (JSON.parse(line) as { port: number }).port,
    kill: async () => {
      child.kill('SIGKILL');
      await exited;
    },
    peakBytes: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
  };
}
