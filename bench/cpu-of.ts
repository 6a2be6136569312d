/** CPU time and memory of a process and everything below it, by the name of the program each runs (proc(5), Linux only). */
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
  const seconds = new Map<string, number>();
  for (const { name, cpuS } of below(rootPid, branchPid)) seconds.set(name, (seconds.get(name) ?? 0) + cpuS);
  return seconds;
}

/** MiB of memory below `rootPid`, what is shared counted in shares (PSS), added up per program. */
export function memoryByProgram(rootPid: number): Map<string, number> {
  const mib = new Map<string, number>();
  for (const { pid, name } of below(rootPid, rootPid)) mib.set(name, (mib.get(name) ?? 0) + memoryMiB(pid));
  return mib;
}

function below(rootPid: number, branchPid: number): Found[] {
  const all = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => look(Number(pid)) ?? []);
  const pids = new Set([branchPid]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all) {
      if (pids.has(parent) && !pids.has(pid)) grown = Boolean(pids.add(pid));
    }
  }
  return all.filter(({ pid }) => pids.has(pid) && pid !== rootPid);
}

function memoryMiB(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
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
