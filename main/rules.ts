/** `npm run rules`: lists the camera rules with what was recorded to try them on, and tries one (`dry-run`) without alerting anybody. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readTrial } from '../config/trial.ts';
import type { SubjectInView } from '../domain/finding.ts';
import { type CameraRule, isCameraRule } from '../domain/rule.ts';
import type { TimeSpan, TrialFinding } from '../domain/trial.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { connectRedis } from '../queue/redis.ts';
import { TrackLog } from '../queue/track-log.ts';
import { exitWith } from './process.ts';
import { openSite, type Site, systemEnvironment } from './site.ts';
import { recordedPaths, trackLogLimits, tryRule } from './trials.ts';

const USAGE = 'the command is "npm run rules -- list [--config FILE] [--data DIR]" or "npm run rules -- dry-run --rule RULE.yaml [--config FILE] [--data DIR] [--from TIME] [--to TIME]", with times as 2026-11-23T08:00:00+08:00';
const environment = systemEnvironment('rules');

/** Calls the work with the recorded tracks, and lets Redis go. */
async function withTracks<T>({ config, redis: place }: Site, work: (tracks: TrackLog) => Promise<T>): Promise<T> {
  const redis = await connectRedis(place, environment.log);
  try {
    return await work(new TrackLog(redis, trackLogLimits(config), environment.log));
  } finally {
    redis.disconnect();
  }
}

async function list(site: Site): Promise<string> {
  const { config } = site;
  const rules = config.rules.filter(isCameraRule);
  const recorded = await withTracks(site, async (tracks) => {
    const lines = new Map<string, string>();
    for (const { id } of config.cameras) {
      const { frames, fromMs, toMs, objects } = await recordedPaths(id, { fromMs: null, toMs: null }, tracks);
      lines.set(id, fromMs === null || toMs === null ? 'nothing recorded' : `recorded: ${frames} frames with ${objects} objects, ${at(fromMs, site)} to ${at(toMs, site)}`);
    }
    return lines;
  });
  return config.cameras.map(({ id, name }) => `${id}  ${name}: ${recorded.get(id)}\n${rules.filter((rule) => rule.cameraId === id).map(ruleLine).join('')}`).join('');
}

function ruleLine(rule: CameraRule): string {
  const where = 'zoneId' in rule ? `zone ${rule.zoneId}` : 'lineId' in rule ? `line ${rule.lineId}` : 'whole picture';
  const when = [...(rule.profiles.length > 0 ? [`armed in ${rule.profiles.join(', ')}`] : []), ...rule.schedules.map(({ days, from, to }) => `days ${days.join(',')} ${from}–${to}`)].join('; ') || 'always';
  return `  ${rule.id}  ${rule.kind}, ${where}, ${rule.severity}, ${when}: ${rule.name}\n`;
}

async function dryRun(site: Site, file: string, span: TimeSpan): Promise<string> {
  const wanted = readTrial(await readText(file), file);
  const trial = await withTracks(site, (tracks) => tryRule(wanted, span, { config: site.config, tracks, clock: environment.clock }));
  if (trial.fromMs === null || trial.toMs === null) return 'no frame was recorded in that time: nothing was judged\n';
  const judged = `${trial.frames} frames from ${at(trial.fromMs, site)} to ${at(trial.toMs, site)}${trial.cutShort ? ' (cut short: give --from and --to)' : ''}${trial.profile === null ? '' : `, as if armed in ${trial.profile}`}`;
  const lines = trial.findings.map((finding) => `  ${findingLine(finding, site)}\n`);
  const more = trial.found > trial.findings.length ? `  … and ${trial.found - trial.findings.length} more\n` : '';
  return `${judged}\n${trial.found} finding${trial.found === 1 ? '' : 's'}\n${lines.join('')}${more}`;
}

function findingLine({ atMs, sinceMs, about, where }: TrialFinding, site: Site): string {
  const since = sinceMs < atMs ? `, since ${at(sinceMs, site)}` : '';
  return `${at(atMs, site)}  ${inWords(about)}${where ? ` in ${where.id}` : ''}${since}`;
}

function inWords(about: SubjectInView): string {
  switch (about.kind) {
    case 'track':
      return `${about.label} ${about.trackId} (${about.score.toFixed(2)})${about.crossing === null ? '' : ` ${about.crossing}`} at ${inBrackets(about.box)}`;
    case 'count':
      return `${about.perM2 === null ? about.count : `${about.count}, ${about.perM2.toFixed(2)} per m²`} (${about.direction} ${about.limit})`;
    case 'region':
      return `something ${about.change} at ${inBrackets(about.box)}`;
    case 'camera':
      return about.fault;
  }
}

const inBrackets = ({ x, y, w, h }: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }): string => `[${[x, y, w, h].map(Math.round).join(', ')}]`;

const at = (ms: number, { config }: Site): string => new Date(ms).toLocaleString('sv-SE', { timeZone: config.site.timeZone, hour12: false });

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new GridwardenError('CONFIG_UNREADABLE', { file, why: (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : sentenceOf(error) }, error);
  }
}

function timeOf(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new GridwardenError('BAD_REQUEST', { why: `--${name} "${text}" is no time; ${USAGE}` });
  return ms;
}

function argumentsOf(argv: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    const { positionals, values } = parseArgs({ args: [...argv], allowPositionals: true, options: { config: { ...text, default: 'gridwarden.yaml' }, data: { ...text, default: 'data' }, rule: text, from: text, to: text } });
    const command = positionals.length === 0 ? 'list' : positionals.join(' ');
    if (command === 'list') return { ...values, rule: null };
    if (command === 'dry-run' && values.rule !== undefined) return { ...values, rule: values.rule };
  } catch (error) {
    throw new GridwardenError('BAD_REQUEST', { why: `${(error as Error).message}; ${USAGE}` }, error);
  }
  throw new GridwardenError('BAD_REQUEST', { why: USAGE });
}

try {
  const { rule, from, to, ...where } = argumentsOf(process.argv.slice(2));
  const span = { fromMs: timeOf('from', from), toMs: timeOf('to', to) };
  const site = await openSite(where);
  process.stdout.write(rule === null ? await list(site) : await dryRun(site, rule, span));
} catch (error) {
  exitWith(error);
}
