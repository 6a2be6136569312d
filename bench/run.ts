/** `npm run bench -- NAME`: runs one bench and prints one JSON object as its last line; exits 0 whether its goals are met or not. */
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Measure } from './measured.ts';

const name = process.argv[2] ?? '';
const file = path.join(import.meta.dirname, `${name}.ts`);
const NOT_BENCHES = ['run.ts', 'measured.ts', 'cpu-of.ts'];
const benches = readdirSync(import.meta.dirname).filter((entry) => entry.endsWith('.ts') && !NOT_BENCHES.includes(entry)).map((entry) => entry.slice(0, -3));
if (!/^[a-z-]+$/.test(name) || !existsSync(file)) {
  process.stderr.write(`There is no bench "${name}": name one of ${benches.join(', ')}.\n`);
  process.exit(2);
}
const { measure } = (await import(file)) as { measure: Measure };
const { figures, goals } = await measure();
const [cpu] = os.cpus();
process.stdout.write(
  `${JSON.stringify({
    bench: name,
    machine: { cpu: cpu?.model ?? 'unknown', cores: os.availableParallelism(), memoryGiB: Math.round(os.totalmem() / 2 ** 30), node: process.version },
    figures,
    goals: goals.map((goal) => ({ ...goal, ok: goal.value !== null && (goal.op === '<=' ? goal.value <= goal.goal : goal.value >= goal.goal) })),
  })}\n`,
);
process.exit(0);
