/** The demo: the product as it is, fed by a simulated district, told line by line; with --once it ends by itself with a report. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import type { CameraStatus } from '../domain/camera.ts';
import type { AlertRow } from '../domain/alert.ts';
import type { CaseDetail } from '../domain/case.ts';
import type { FindingSource } from '../domain/finding.ts';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import { onFirstSignal } from '../platform/closing.ts';
import { type FolderLock, lockFolder } from '../store/folder-lock.ts';
import { Child } from './children.ts';
import { ConsoleClient } from './console-client.ts';
import { alertLine, caseLine } from './demo-lines.ts';
import { countsSince, type DemoCounts, type DemoReport, demoReport, missingLink, type ReportedAlert } from './demo-report.ts';
import { exitWith, type Running } from './process.ts';
import { type Environment, openSite, systemEnvironment } from './site.ts';
import { startUp } from './up.ts';

const ONCE_WITHIN_MS = 120_000;
const SOURCES: readonly FindingSource[] = ['camera', 'sensor', 'sos'];

/** What `up` says of itself that the demo tells on. */
type DemoSays = {
  readonly console: string;
  readonly mqtt: string;
  readonly invites: Record<string, string>;
  readonly withoutModels?: string;
  readonly builtInWeights?: string | null;
};

interface DemoOptions {
  readonly data: string;
  readonly once: boolean;
  readonly httpPort: number | null;
}

function demoOptions(): DemoOptions {
  const { values } = parseArgs({ options: { data: { type: 'string', default: 'data' }, once: { type: 'boolean', default: false }, 'http-port': { type: 'string' } } });
  const port = values['http-port'];
  if (port !== undefined && !/^\d{1,5}$/.test(port)) throw new GridwardenError('BAD_REQUEST', { why: `--http-port is "${port}"; give a number, 0 for any free port` });
  return { data: path.resolve(values.data), once: values.once, httpPort: port === undefined ? null : Number(port) };
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

class Demo {
  readonly #options: DemoOptions;
  readonly #environment: Environment;
  readonly #startedAtMs: number;
  readonly #stop = new AbortController();
  #lock: FolderLock | null = null;
  #district: Child | null = null;
  #product: Promise<Running> | null = null;
  #narrator: ConsoleClient | null = null;
  /** Of earlier runs on the same data. */
  #countsBefore: DemoCounts = { framesIn: 0, framesInferred: 0, framesShed: 0, eventsIn: 0 };
  #withoutModels: string | null = null;
  #closed: Promise<void> | null = null;

  constructor(options: DemoOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    this.#startedAtMs = environment.clock.nowMs();
  }

  async start(): Promise<void> {
    const { data, once, httpPort } = this.#options;
    const firstTime = !existsSync(path.join(data, 'database'));
    say(firstTime ? `Starting the simulated district for the first time, data in ${data} …` : `Starting again on the data in ${data} …`);
    // Before the district writes its site file there: another demo may be running on it.
    await mkdir(path.join(data, 'district'), { recursive: true, mode: 0o700 });
    this.#lock = await lockFolder(path.join(data, 'district'));
    const district = new Child({ name: 'district', file: path.resolve(import.meta.dirname, '../test-fixtures/district/run.ts'), args: ['--data', data, ...(httpPort === null ? [] : ['--http-port', String(httpPort)])] }, this.#environment);
    this.#district = district;
    const { configFile } = (await district.start()) as { configFile: string };
    this.#stop.signal.throwIfAborted();
    const site = await openSite({ config: configFile, data });
    const invites = ['--invite', 'operator:admin', '--invite', 'narrator:viewer', ...(once ? ['--invite', 'simulated-operator:dispatcher'] : [])];
    this.#product = startUp(site, this.#environment, invites, this.#stop.signal);
    const { console: origin, mqtt, invites: codes, withoutModels, builtInWeights } = (await this.#product).says as DemoSays;

    this.#narrator = new ConsoleClient(origin);
    await this.#narrator.signIn(codes['narrator'] ?? '');
    this.#countsBefore = await this.#counts();
    this.#withoutModels = withoutModels ?? null;
    district.tell({ type: 'go', mqttUrl: mqtt, hurried: once, operator: once ? { origin, code: codes['simulated-operator'] } : null });
    say(`Console:  ${origin}/#code=${codes['operator'] ?? ''}`);
    say('          (the code signs you in once, as "operator"; set a password there to come back)');
    say(`MQTT:     ${mqtt}`);
    if (withoutModels) say(`Cameras are shown but not watched. ${withoutModels}`);
    if (builtInWeights) say(builtInWeights);
    say(once ? 'Waiting until a camera alert, a sensor alert and an SOS have each become a closed case …' : 'Ctrl-C ends everything in order.');
  }

  /** A line per alert, stage and order, until the demo is closed. */
  async narrate(): Promise<void> {
    const stages = new Map<string, string>();
    const told = new Set<string>();
    try {
      for await (const { event, data } of this.#narrator?.stream('/api/stream', this.#stop.signal) ?? []) {
        const line = event === 'alert' ? alertLine(data as AlertRow, told) : event === 'case' ? caseLine(data as CaseDetail, stages) : null;
        if (line !== null) say(line);
      }
    } catch (error) {
      if (!this.#stop.signal.aborted) throw error;
    }
  }

  /** Alerts of what came in since this start, with their cases. */
  async alerts(): Promise<ReportedAlert[]> {
    const { alerts } = (await this.#narrator?.get<{ alerts: ReportedAlert[] }>('/api/alerts?limit=500')) ?? { alerts: [] };
    return alerts.filter((alert) => alert.receivedAtMs >= this.#startedAtMs);
  }

  async report(): Promise<{ report: DemoReport; camerasStreaming: number }> {
    const counts = countsSince(this.#countsBefore, await this.#counts());
    const { cameras } = await (this.#narrator as ConsoleClient).get<{ cameras: { status: CameraStatus | null }[] }>('/api/cameras');
    return { report: demoReport(await this.alerts(), counts, this.#startedAtMs), camerasStreaming: cameras.filter(({ status }) => status?.state === 'streaming').length };
  }

  /** The sentence that says why no camera can be watched, or null. */
  get withoutModels(): string | null {
    return this.#withoutModels;
  }

  async #counts(): Promise<DemoCounts> {
    return (this.#narrator as ConsoleClient).get<DemoCounts>('/api/summary');
  }

  /** True when every source has a case that went all the way. */
  async complete(): Promise<boolean> {
    const closed = new Set((await this.alerts()).filter((alert) => alert.caseStage === 'closed').map((alert) => alert.source));
    return SOURCES.every((source) => closed.has(source));
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#stop.abort();
      await Promise.all([this.#district?.close(2500), this.#product?.then((product) => product.close(), () => undefined)]);
      await this.#lock?.release();
    })();
    return this.#closed;
  }
}

/** Exit code 0 when the whole road was gone, 1 with the missing link when it was not. */
async function once(demo: Demo, environment: Environment): Promise<number> {
  if (demo.withoutModels) {
    await demo.close();
    say(`A camera alert cannot come. The missing link: model weights. ${demo.withoutModels}`);
    return 1;
  }
  const deadline = new AbortController();
  const late = environment.clock.sleep(ONCE_WITHIN_MS, deadline.signal);
  let done = false;
  const finished = (async () => {
    while (!done && !deadline.signal.aborted) {
      done = await demo.complete();
      if (!done) await environment.clock.sleep(500, deadline.signal);
    }
  })();
  await Promise.race([finished, late]);
  deadline.abort();
  const { report, camerasStreaming } = await demo.report();
  if (!done) say(`Not complete after ${ONCE_WITHIN_MS / 1000} s. The missing link: ${missingLink(report, camerasStreaming)}.`);
  await demo.close();
  say(JSON.stringify(report));
  return done ? 0 : 1;
}

try {
  const options = demoOptions();
  process.env['GRIDWARDEN_LOG'] ??= 'error'; // the demo tells its own story
  const environment = systemEnvironment('demo');
  const demo = new Demo(options, environment);
  let ended = false;
  onFirstSignal(() => {
    ended = true;
    say('Closing in order …');
    void demo.close().finally(() => process.exit(0));
  });
  try {
    await demo.start();
    const narration = demo.narrate();
    narration.catch((error: unknown) => environment.log.error({ reason: sentenceOf(error) }, 'the narrator lost the live stream'));
    if (options.once) process.exit(await once(demo, environment));
  } catch (error) {
    await demo.close();
    if (!ended) throw error;
  }
} catch (error) {
  exitWith(error);
}
