/** A publish that the door let in: read in its device's language, handed to its lane, and done only when everything of it is durable. */
import type { ReadResult } from '../../devices/language.ts';
import { LANGUAGES } from '../../devices/languages.ts';
import type { DeviceEvent, DutyEvent, MeasurementEvent, OrderStatusEvent, PositionEvent, QuarantinedMessage, SosEvent } from '../../domain/device.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { type BatchLimits, Batcher } from './batcher.ts';
import { HEAD_BYTES } from './packet-limit.ts';
import { Pacer } from './pacer.ts';
import type { Refusals } from './refusals.ts';
import { type Member, languageOn } from './roster.ts';
import { SosLane } from './sos-lane.ts';

export type PatrolEvent = PositionEvent | OrderStatusEvent | DutyEvent;

/** Where events go. Each promise resolves when what was given is durable. An SOS should travel on a connection of its own. */
export interface EventSink {
  keepMeasurements(events: readonly MeasurementEvent[]): Promise<void>;
  keepSos(event: SosEvent): Promise<void>;
  keepPatrol(events: readonly PatrolEvent[]): Promise<void>;
  quarantine(message: QuarantinedMessage): Promise<void>;
}

export interface AdmissionLimits {
  readonly batch: BatchLimits;
  /** Per device, in the long run; a burst of five seconds' worth is let through at once. */
  readonly messagesPerSecond: number;
}

export interface Publish {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** A will was written when the device connected and is sent when it is gone. */
  readonly isWill: boolean;
}

/** A flood of messages that nobody can read must not fill Redis with them: per device 200 at once, then one a second. */
const QUARANTINE_PACE = { perSecond: 1, burst: 200 };
const QUARANTINE_BATCH = { maxItems: 16, maxWaiting: 512 };

export class Admission {
  readonly #env: { sink: EventSink; clock: Clock; ids: Ids; log: Log; metrics: Metrics; refusals: Refusals };
  readonly #waitAtMostMs: number;
  readonly #measurements: Batcher<MeasurementEvent>;
  readonly #patrol: Batcher<PatrolEvent>;
  readonly #quarantine: Batcher<QuarantinedMessage>;
  readonly #sos: SosLane;
  readonly #pacer: Pacer;
  readonly #quarantinePacer: Pacer;

  constructor(env: { sink: EventSink; clock: Clock; ids: Ids; log: Log; metrics: Metrics; refusals: Refusals }, limits: AdmissionLimits) {
    const { sink, clock } = env;
    this.#env = env;
    this.#waitAtMostMs = limits.batch.waitAtMostMs;
    this.#measurements = new Batcher('The measurement', (events) => sink.keepMeasurements(events), limits.batch, clock);
    this.#patrol = new Batcher('The message of the patrol', (events) => sink.keepPatrol(events), limits.batch, clock);
    this.#quarantine = new Batcher('The unreadable message', (messages) => Promise.all(messages.map((m) => sink.quarantine(m))).then(() => undefined), { ...limits.batch, ...QUARANTINE_BATCH }, clock);
    this.#sos = new SosLane({ keepSos: (event) => sink.keepSos(event), clock, ids: env.ids, log: env.log });
    this.#pacer = new Pacer(clock, limits.messagesPerSecond, limits.messagesPerSecond * 5);
    this.#quarantinePacer = new Pacer(clock, QUARANTINE_PACE.perSecond, QUARANTINE_PACE.burst);
  }

  /** Resolves when all of it is durable: events, or the copy in quarantine. Rejects with TOPIC_NOT_ALLOWED or QUEUE_BUSY: then no PUBACK may leave. */
  async admit(member: Member, publish: Publish): Promise<void> {
    const { clock, metrics } = this.#env;
    metrics.count('gridwarden_mqtt_messages_total', 'Publishes that reached the MQTT door');
    const language = languageOn(member, publish.topic);
    if (language === null) throw new GridwardenError('TOPIC_NOT_ALLOWED', { device: member.device.id, topic: JSON.stringify(publish.topic.slice(0, 200)) });
    // A button's will says that its connection broke, not that somebody pressed it.
    if (publish.isWill && language === 'sos-button') return;
    const waitMs = this.#pacer.waitMs(member.device.id);
    if (waitMs > 0) {
      metrics.count('gridwarden_mqtt_held_back_total', 'Publishes held back because their device sends too fast');
      await clock.sleep(waitMs);
    }
    const receivedAtMs = clock.nowMs();
    const result = await this.#read(member, language, publish, receivedAtMs);
    if (!result) return;
    await this.#keep(result.events);
    metrics.observeMs('gridwarden_mqtt_durable_ms', 'From the message at the door until its events are durable', clock.nowMs() - receivedAtMs);
    if (result.unread !== null) this.#noteUnread(member, publish, result.unread);
  }

  /** Puts a message aside for a person, with the reason. Rejects with QUEUE_BUSY where that cannot be done, or not for so many. */
  async quarantine(deviceId: string | null, topic: string, reason: string, head: Uint8Array, payloadBytes: number): Promise<void> {
    const { clock, ids, metrics, refusals } = this.#env;
    if (this.#quarantinePacer.waitMs(deviceId ?? '') > 0) {
      refusals.note('quarantine-full', deviceId, 'the device sends more unreadable messages than are kept; correct the device or its mapping', { topic, reason });
      throw new GridwardenError('QUEUE_BUSY', { what: 'The unreadable message', why: `device ${deviceId ?? '?'} has sent too many` });
    }
    await this.#quarantine.add({
      id: ids.id(),
      deviceId,
      topic: topic.slice(0, 512),
      reason: reason.slice(0, 1000),
      payloadBase64: Buffer.from(head.subarray(0, HEAD_BYTES)).toString('base64'),
      payloadBytes,
      receivedAtMs: clock.nowMs(),
    });
    metrics.count('gridwarden_mqtt_quarantined_total', 'Messages nobody could read, kept for a person to look at');
  }

  /** Takes nothing more and resolves when what was taken is durable or, after `withinMs`, refused. */
  async close(withinMs: number): Promise<void> {
    await Promise.all([this.#measurements, this.#patrol, this.#quarantine, this.#sos].map((lane) => lane.close(withinMs)));
  }

  /** Events and messages held in memory now. */
  get waiting(): number {
    return this.#measurements.waiting + this.#patrol.waiting + this.#quarantine.waiting + this.#sos.held;
  }

  async #read(member: Member, language: keyof typeof LANGUAGES, publish: Publish, receivedAtMs: number): Promise<ReadResult | null> {
    const { ids, metrics } = this.#env;
    const { topic, payload } = publish;
    try {
      const result = LANGUAGES[language].read({ device: member.device, topic, payload, receivedAtMs, traceparent: ids.traceparent() });
      if (result.stripped > 0) metrics.count('gridwarden_mqtt_stripped_total', 'Fields that identify or follow a person, dropped on arrival', {}, result.stripped);
      if (result.clockOff) metrics.count('gridwarden_mqtt_clock_off_total', 'Messages whose device clock was not believable', { device: member.device.id });
      return result;
    } catch (error) {
      if (!(error instanceof GridwardenError) || error.code !== 'PAYLOAD_INVALID') throw error;
      await this.quarantine(member.device.id, topic, error.message, payload, payload.length);
      return null;
    }
  }

  async #keep(events: readonly DeviceEvent[]): Promise<void> {
    await Promise.all(events.map((event) => this.#lane(event)));
    for (const event of events) this.#env.metrics.count('gridwarden_mqtt_events_total', 'Events of devices made durable', { type: event.type });
  }

  #lane(event: DeviceEvent): Promise<void> {
    switch (event.type) {
      case 'measurement':
        return this.#measurements.add(event);
      case 'sos':
        return this.#sos.raise(event, this.#waitAtMostMs);
      case 'position':
      case 'order-status':
      case 'duty':
        return this.#patrol.add(event);
    }
  }

  /** The SOS itself is safe by now; its PUBACK does not wait for the note about what was odd in it. */
  #noteUnread(member: Member, publish: Publish, reason: string): void {
    const { log } = this.#env;
    log.warn({ device: member.device.id, topic: publish.topic, reason }, 'an SOS was taken although part of its message could not be read');
    this.quarantine(member.device.id, publish.topic, reason, publish.payload, publish.payload.length).catch((error: unknown) => {
      log.warn({ device: member.device.id, error }, 'the odd message itself could not be kept');
    });
  }
}
