/** CPU time of a process and everything below it, by the name of the program each runs (proc(5), Linux only). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const TICKS_PER_S = 100;

interface Found {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly cpuS: number;
}

/** Seconds of CPU used so far below `rootPid` (or by `branchPid`, a child of it, and below), added up per program: main/desk.ts → "desk", redis-server → "redis-server". */
export function cpuByProgram(rootPid: number, branchPid: number = rootPid): Map<string, number> {
  const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => look(Number(pid)) ?? []);
  const below = new Set([branchPid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (below.has(parent) && !below.has(pid)) grown = Boolean(below.add(pid));
    }
  }
  const seconds = new Map<string, number>();
  for (const { pid, name, cpuS } of all) if (below.has(pid) && pid !== rootPid) seconds.set(name, (seconds.get(name) ?? 0) + cpuS);
  return seconds;
}

/** Null for a process that ended while we looked. */
function look(pid: number): Found | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [program = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    const script = args.find((arg) => arg.endsWith('.ts'));
    return { pid, parent: Number(fields[1]), name: path.basename(script ?? program.split(' ')[0] ?? '').replace(/\.ts$/, ''), cpuS: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S };
  } catch {
    return null;
  }
}
