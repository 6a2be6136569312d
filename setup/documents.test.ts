/** Documents rot when nothing checks them: every file they point to exists, and every word they repeat is the code's. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CLOSE_CODES, STAGES } from '../domain/case.ts';
import { JOB_POLICIES } from '../queue/jobs.ts';

const ROOT = path.resolve(import.meta.dirname, '..');
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(path.join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md')).map((name) => path.join('docs', name)),
];

test.each(documents)('%s points only to files that are there', (name) => {
  const text = readFileSync(path.join(ROOT, name), 'utf8');
  const targets = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map(([, target = '']) => target).filter((target) => !/^[a-z]+:/.test(target));
  expect(targets.filter((target) => !existsSync(path.resolve(ROOT, path.dirname(name), target)))).toEqual([]);
});

test('README runs only scripts that package.json has', () => {
  const { scripts } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
  for (const name of ['README.md', 'README.zh-CN.md', 'docs/architecture.md']) {
    const named = [...readFileSync(path.join(ROOT, name), 'utf8').matchAll(/npm run ([a-z]+)/g)].map(([, script = '']) => script);
    expect(named.filter((script) => !(script in scripts))).toEqual([]);
  }
});

test('architecture.md lists every queue and job, and the glossary every stage and close code', () => {
  const architecture = readFileSync(path.join(ROOT, 'docs/architecture.md'), 'utf8');
  for (const [job, { queue }] of Object.entries(JOB_POLICIES)) expect(architecture).toMatch(new RegExp(`\\| \`${queue}\` \\|.*\`${job.replace('.', '\\.')}\``));
  const glossary = readFileSync(path.join(ROOT, 'docs/glossary.md'), 'utf8');
  for (const word of [...STAGES, ...CLOSE_CODES]) expect(glossary).toContain(word);
});
