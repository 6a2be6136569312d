/** Watches over the cameras of a site: what their hosts say, and that they say it; tells a fault once, and that it is over once. */
import type { CameraStatus } from '../../domain/camera.ts';
import type { HealthFinding } from '../../domain/finding.ts';
import type { Severity } from '../../domain/gravity.ts';
import { HEALTH_FAULTS, HEALTH_NAMES, type HealthFault, healthRuleId } from '../../domain/health.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { StatusSink } from './camera-loop.ts';
import { type FaultNews, type FaultState, nextFault, UNKNOWN_FAULT } from './health-state.ts';

export interface WatchedCamera {
  readonly cameraId: string;
  readonly homeCell: string | null;
  /** Faults that are not told of this one: a rule of the site tells them already, or it is turned on purpose. */
  readonly unwatched: readonly HealthFault[];
}

export interface FaultRule {
  readonly watched: boolean;
  readonly forS: number;
  readonly severity: Severity;
}

/** A fault that is over: the payload of the job `health.cleared`. */
export interface Cleared {
  readonly cameraId: string;
  readonly fault: HealthFault;
  readonly atMs: number;
  readonly findingId: string | null;
  readonly traceparent: string;
}

/** Resolves when it is kept; what was refused is told again, in the same order. */
export interface HealthSink {
  findingMade(finding: HealthFinding): Promise<unknown>;
  healthCleared(cleared: Cleared): Promise<unknown>;
}

export interface HealthWatchParts {
  readonly cameras: readonly WatchedCamera[];
  readonly rules: Readonly<Record<HealthFault, FaultRule>>;
  readonly clearMs: number;
  readonly sink: HealthSink;
  /** Statuses go on to it, with the faults told so far in place of the host's signs. */
  readonly status: StatusSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log };
}

interface Patient {
  readonly camera: WatchedCamera;
  readonly states: Map<HealthFault, FaultState>;
  /** Ids of what was told and is not over. */
  readonly told: Map<HealthFault, string>;
  status: CameraStatus | null;
  /** By the clock of this process, so that a host whose clock or life has stopped is noticed. */
  heardAtMs: number;
}

const LOOK_EVERY_MS = 1000;
/** A streaming camera's host repeats its status with every fifth second's picture, and pictures come every few seconds at least. */
const STALE_MS = 20_000;
const TELL_AGAIN_MS = 2000;
/** A queue that does not answer must not hold up the gateway's end. */
const CLOSE_MS = 1000;

export class HealthWatch implements StatusSink {
  readonly #parts: HealthWatchParts;
  readonly #patients: Map<string, Patient>;
  readonly #stop = new AbortController();
  readonly #owed: (() => Promise<unknown>)[] = [];
  #telling: Promise<void> = Promise.resolve();
  #running: Promise<void> | null = null;

  constructor(parts: HealthWatchParts) {
    this.#parts = parts;
    this.#patients = new Map(parts.cameras.map((camera) => [camera.cameraId, { camera, states: new Map(), told: new Map(), status: null, heardAtMs: 0 }]));
  }

  /** From now on silence counts. */
  start(): void {
    this.#running ??= this.#run();
  }

  cameraStatus(status: CameraStatus): void {
    const patient = this.#patients.get(status.cameraId);
    if (!patient) return this.#parts.status.cameraStatus(status);
    patient.status = status;
    patient.heardAtMs = this.#parts.env.clock.nowMs();
    this.#look(patient);
    this.#passOn(patient);
  }

  /** What could not be told by now is told by the next gateway, which begins by not knowing. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const done = new AbortController();
    await Promise.race([this.#telling, this.#parts.env.clock.sleep(CLOSE_MS, done.signal)]);
    done.abort();
  }

  async #run(): Promise<void> {
    const { clock } = this.#parts.env;
    while (!this.#stop.signal.aborted) {
      for (const patient of this.#patients.values()) if (this.#look(patient)) this.#passOn(patient);
      await clock.sleep(LOOK_EVERY_MS, this.#stop.signal);
    }
  }

  /** True when something was told. */
  #look(patient: Patient): boolean {
    const { rules, clearMs, env } = this.#parts;
    const nowMs = env.clock.nowMs();
    let told = false;
    for (const fault of HEALTH_FAULTS) {
      if (!rules[fault].watched || patient.camera.unwatched.includes(fault)) continue;
      const { state, news } = nextFault(patient.states.get(fault) ?? UNKNOWN_FAULT, this.#isWrong(patient, fault, nowMs), nowMs, { forMs: rules[fault].forS * 1000, clearMs });
      patient.states.set(fault, state);
      if (news) this.#tell(patient, fault, news, nowMs);
      told ||= news !== null;
    }
    return told;
  }

  /** Null where nothing can be said: nobody asked it to stream, or no picture comes to judge by. */
  #isWrong({ status, heardAtMs }: Patient, fault: HealthFault, nowMs: number): boolean | null {
    if (status?.state === 'stopped') return null;
    const streams = status?.state === 'streaming' && nowMs - heardAtMs < STALE_MS;
    if (fault === 'no-packets') return !streams;
    return streams ? (status.signs?.find((sign) => sign.fault === fault)?.wrong ?? null) : null;
  }

  #tell({ camera, told }: Patient, fault: HealthFault, { what, sinceMs }: FaultNews, nowMs: number): void {
    const { sink, env } = this.#parts;
    const { cameraId } = camera;
    if (what === 'raised') {
      const finding = this.#finding(camera, fault, sinceMs, nowMs);
      told.set(fault, finding.id);
      env.log.warn({ camera: cameraId, fault }, 'a camera is not well');
      this.#owe(() => sink.findingMade(finding));
    } else {
      const cleared: Cleared = { cameraId, fault, atMs: sinceMs, findingId: told.get(fault) ?? null, traceparent: env.ids.traceparent() };
      if (told.delete(fault)) env.log.info({ camera: cameraId, fault }, 'a camera is well again');
      this.#owe(() => sink.healthCleared(cleared));
    }
  }

  #finding({ cameraId, homeCell }: WatchedCamera, fault: HealthFault, sinceMs: number, nowMs: number): HealthFinding {
    return {
      id: `health-${cameraId}-${fault}-${sinceMs}`,
      source: 'health',
      ruleId: healthRuleId(fault),
      ruleName: HEALTH_NAMES[fault],
      ruleVersion: 1,
      severity: this.#parts.rules[fault].severity,
      certainty: 'Observed',
      place: { basis: 'home-cell', at: null, homeCell },
      occurredAtMs: sinceMs,
      receivedAtMs: nowMs,
      traceparent: this.#parts.env.ids.traceparent(),
      cameraId,
      fault,
      sinceMs,
    };
  }

  /** One after another: that a fault is over must not be heard before the fault. */
  #owe(telling: () => Promise<unknown>): void {
    this.#owed.push(telling);
    if (this.#owed.length === 1) this.#telling = this.#pay();
  }

  async #pay(): Promise<void> {
    const { clock, log } = this.#parts.env;
    for (let tries = 0; this.#owed[0]; ) {
      try {
        await this.#owed[0]();
        this.#owed.shift();
        tries = 0;
      } catch (error) {
        if (tries++ === 0) log.error({ reason: sentenceOf(error), waiting: this.#owed.length }, "cameras' health cannot be told; it is tried again");
        if (this.#stop.signal.aborted) return;
        await clock.sleep(TELL_AGAIN_MS, this.#stop.signal);
      }
    }
  }

  #passOn({ status, told }: Patient): void {
    if (!status) return;
    const { signs: _, ...rest } = status;
    this.#parts.status.cameraStatus({ ...rest, faults: [...told.keys()] });
  }
}
