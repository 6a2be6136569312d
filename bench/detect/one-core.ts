/** Puts processes, with all their threads and those to come, on one core (taskset of util-linux). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The core, or null where there is no taskset: figures then are of more than one. Children of this process started before are not moved unless named. */
export function moveToOneCore(others: readonly number[]): number | null {
  try {
    const allowed = /Cpus_allowed_list:\s*(.+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
    const core = Number(allowed.split(/[,-]/).at(-1));
    for (const pid of [process.pid, ...others]) execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], { stdio: 'ignore' });
    return core;
  } catch {
    return null;
  }
}
