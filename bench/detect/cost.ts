/** What a piece of work costs: wall time, and CPU time of all threads of this process. */
export interface Cost {
  readonly wallMs: number;
  readonly cpuMs: number;
}

export async function cost(work: () => Promise<unknown>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const from = performance.now();
  await work();
  const wallMs = performance.now() - from;
  const { user, system } = process.cpuUsage(cpu);
  return { wallMs, cpuMs: (user + system) / 1000 };
}

export const round = (value: number): number => Math.round(value * 1000) / 1000;

/** Median over the rounds. */
export function middle<R>(rounds: readonly R[], of: (one: R) => number): number {
  return round(rounds.map(of).sort((a, b) => a - b)[rounds.length >> 1]!);
}
