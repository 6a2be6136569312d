/** The MQTT door: an embedded broker that lets each device in by its own credential, and acknowledges only what is durably kept. */
import net from 'node:net';
import { Aedes, type AuthenticateError, type Client, type ConnectPacket, type PublishPacket, type Subscription } from 'aedes';
import type { OrderMessage, Patrol } from '../../domain/patrol.ts';
import { ordersTopic } from '../../domain/topics.ts';
import type { Clock } from '../../platform/clock.ts';
import { GridwardenError, sentenceOf } from '../../platform/errors.ts';
import type { Ids } from '../../platform/ids.ts';
import type { Log } from '../../platform/log.ts';
import type { Metrics } from '../../platform/metrics.ts';
import { Admission, type EventSink } from './admission.ts';
import { OrdersWaiting } from './orders-waiting.ts';
import { type TooLargePacket, limitPackets } from './packet-limit.ts';
import { Presence, type PresenceSink } from './presence.ts';
import { type RefusalReason, Refusals } from './refusals.ts';
import { type DeviceWithCredential, type Member, type Roster, createRoster, languageOn, maySubscribe } from './roster.ts';
import { SignIn } from './sign-in.ts';

export interface DoorSettings {
  readonly host: string;
  /** 0 lets the system choose; `start` returns the one it chose. */
  readonly port: number;
  readonly maxPayloadBytes: number;
  /** How long a publish may wait for the queue before its client is sent away unacknowledged. */
  readonly waitAtMostMs: number;
  /** How many events may wait for the queue; beyond, publishes are refused. */
  readonly maxWaiting: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerDevice: number;
  readonly messagesPerSecondPerDevice: number;
}

export const DOOR_DEFAULTS: DoorSettings = {
  host: '127.0.0.1',
  port: 1883,
  maxPayloadBytes: 256 * 1024,
  waitAtMostMs: 10_000,
  maxWaiting: 20_000,
  maxConnections: 10_000,
  maxConnectionsPerDevice: 4,
  messagesPerSecondPerDevice: 500,
};

export interface DoorParts {
  readonly devices: readonly DeviceWithCredential[];
  readonly patrols: readonly Patrol[];
  readonly sink: EventSink;
  readonly presence: PresenceSink;
  readonly env: { readonly clock: Clock; readonly ids: Ids; readonly log: Log; readonly metrics: Metrics };
}

export interface MqttDoor {
  /** Opens the door. Throws PORT_IN_USE or LISTEN_FAILED. */
  start(): Promise<{ readonly host: string; readonly port: number }>;
  /** Hands an order to the patrol's phone at QoS 1. Throws PATROL_AWAY where none is connected and no session waits for one. */
  sendOrder(order: OrderMessage): Promise<void>;
  /** Admits nothing more, waits (at most two seconds) until what was admitted is durable and acknowledged, then ends every connection. Idempotent. */
  close(): Promise<void>;
}

export function createMqttDoor(settings: Partial<DoorSettings>, parts: DoorParts): MqttDoor {
  return new Door({ ...DOOR_DEFAULTS, ...settings }, parts);
}

/** What is known of one connection. */
interface Session {
  member: Member | null;
  will: ConnectPacket['will'] | null;
  remote: string;
}

/** CONNECT: client id, will, user name, password. */
const FIRST_PACKET_BYTES = 16 * 1024;
/** Beside the payload a PUBLISH has its topic; longer topics are refused anyway. */
const TOPIC_BYTES = 2048;
const CONNECT_WITHIN_MS = 10_000;
/** A patrol's phone that takes no bytes for so long is taken for gone. */
const DRAIN_WITHIN_MS = 20_000;
/** The whole program closes within five seconds, also while Redis is away. */
const CLOSE_WITHIN_MS = 2000;
const SEEN_EVERY_MS = 15_000;
const BATCH = { maxItems: 256, gatherMs: 5, maxInFlight: 4 };
const NOTHING = Buffer.alloc(0);

/**
 * A refused sign-in is answered at the next full step after it began: an unknown name costs nothing and a wrong password 50 ms of
 * scrypt, and who may measure the difference learns which devices there are. Waiting costs no core, as a sham check would.
 */
const REFUSE_STEP_MS = 250;

/** CONNACK return codes [MQTT-3.2.2-4]. */
const BAD_CREDENTIAL = 4;
const UNAVAILABLE = 3;

class Door implements MqttDoor {
  readonly #settings: DoorSettings;
  readonly #parts: DoorParts;
  readonly #roster: Roster;
  readonly #signIn = new SignIn();
  readonly #refusals: Refusals;
  readonly #admission: Admission;
  readonly #presence: Presence;
  readonly #sessions = new WeakMap<Client, Session>();
  readonly #sockets = new Set<net.Socket>();
  readonly #connections = new Map<string, Client[]>();
  /** Which MQTT sessions take a patrol's orders; a kept session stays here while its phone is away. */
  readonly #takers = new Map<string, Set<string>>();
  readonly #ordersWaiting = new OrdersWaiting();
  #broker: Aedes | null = null;
  #server: net.Server | null = null;
  #closing = false;
  #closed: Promise<void> | null = null;

  constructor(settings: DoorSettings, parts: DoorParts) {
    const { clock, ids, log, metrics } = parts.env;
    this.#settings = settings;
    this.#parts = parts;
    this.#roster = createRoster(parts.devices, parts.patrols);
    this.#refusals = new Refusals(metrics, log, clock);
    this.#presence = new Presence(parts.presence, clock, log, SEEN_EVERY_MS);
    this.#admission = new Admission(
      { sink: parts.sink, clock, ids, log, metrics, refusals: this.#refusals },
      { batch: { ...BATCH, maxWaiting: settings.maxWaiting, waitAtMostMs: settings.waitAtMostMs }, messagesPerSecond: settings.messagesPerSecondPerDevice },
    );
  }

  async start(): Promise<{ host: string; port: number }> {
    const broker = await Aedes.createBroker({
      connectTimeout: CONNECT_WITHIN_MS,
      drainTimeout: DRAIN_WITHIN_MS,
      maxInflightInbound: 64,
      // The first packet's length limits it already. A limit here would tell known names, which preConnect puts before it, from others.
      maxClientsIdLength: 2 * FIRST_PACKET_BYTES,
      preConnect: (client, packet, done) => done(null, this.#preConnect(client, packet)),
      authenticate: (client, username, password, done) => {
        void this.#authenticate(client, username, password).then((error) => done(error, error === null));
      },
      authorizePublish: (client, packet, done) => {
        void this.#authorizePublish(client, packet).then(done);
      },
      authorizeSubscribe: (client, subscription, done) => done(null, this.#authorizeSubscribe(client, subscription) ? subscription : null),
      // Belt and braces: nothing but a patrol's own orders ever goes out to a device.
      authorizeForward: (client, packet) => (this.#takesOrdersOn(client, packet.topic) ? packet : null),
    });
    this.#broker = broker;
    broker.on('client', (client) => this.#onClient(client));
    broker.on('clientDisconnect', (client) => this.#onDisconnect(client));
    broker.on('clientError', (client, error) => this.#onError(client, error));
    broker.on('connectionError', (client, error) => this.#onError(client, error));
    (broker as NodeJS.EventEmitter).on('error', (error: unknown) => this.#parts.env.log.error({ error }, 'the MQTT broker had an error'));
    const server = net.createServer((socket) => this.#onConnection(broker, socket));
    server.maxConnections = this.#settings.maxConnections;
    server.on('drop', () => this.#refusals.note('too-many-connections', null, `more than ${this.#settings.maxConnections} connections; one was dropped`));
    this.#server = server;
    try {
      const port = await listen(server, this.#settings.host, this.#settings.port);
      this.#presence.start(this.#roster.keys());
      return { host: this.#settings.host, port };
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async sendOrder(order: OrderMessage): Promise<void> {
    const broker = this.#broker;
    if (!broker || this.#closing || !this.#takers.get(order.patrolId)?.size) throw new GridwardenError('PATROL_AWAY', { patrol: order.patrolId });
    const isThere = this.#parts.patrols.some((patrol) => patrol.id === order.patrolId && this.#connections.has(patrol.deviceId));
    if (!isThere && !this.#ordersWaiting.isNew(order)) return;
    const packet: PublishPacket = { cmd: 'publish', topic: ordersTopic(order.patrolId), payload: Buffer.from(JSON.stringify(order)), qos: 1, retain: false, dup: false };
    await new Promise<void>((resolve, reject) => broker.publish(packet, (error) => (error ? reject(error) : resolve())));
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing = true;
    const server = this.#server;
    const serverClosed = server?.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
    await this.#admission.close(CLOSE_WITHIN_MS);
    // The PUBACKs of what has just become durable are written in the turns that follow.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    const broker = this.#broker;
    if (broker) await new Promise<void>((resolve) => broker.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await serverClosed;
  }

  #onConnection(broker: Aedes, socket: net.Socket): void {
    if (this.#closing) return void socket.destroy();
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setNoDelay(true);
    // Keep-alive 0 is allowed in MQTT: TCP itself has to find out that such a device is gone.
    socket.setKeepAlive(true, 60_000);
    const limits = { firstPacketBytes: FIRST_PACKET_BYTES, packetBytes: this.#settings.maxPayloadBytes + TOPIC_BYTES };
    const session: Session = { member: null, will: null, remote: socket.remoteAddress ?? '?' };
    limitPackets(socket, limits, (packet) => this.#onTooLarge(session, packet));
    this.#sessions.set(broker.handle(socket), session);
  }

  #sessionOf(client: Client): Session {
    let session = this.#sessions.get(client);
    if (!session) this.#sessions.set(client, (session = { member: null, will: null, remote: '?' }));
    return session;
  }

  /**
   * Binds the MQTT session to the device before aedes looks at the client id: taking another's client id would otherwise close that
   * device's connection [MQTT-3.1.4-2] and, with a kept session, hand over the orders that wait in it.
   */
  #preConnect(client: Client, packet: ConnectPacket): boolean {
    if (this.#closing) return false;
    const session = this.#sessionOf(client);
    if (packet.protocolVersion === 5) {
      this.#refusals.note('mqtt-5', packet.username ?? null, 'a device asked for MQTT 5, which this broker does not speak: set the device to MQTT 3.1.1', { remote: session.remote });
      return true; // aedes answers with CONNACK 1, "unacceptable protocol version"
    }
    const member = this.#roster.get(packet.username ?? '');
    if (!member) return true; // authenticate() refuses it with the fitting code
    const mayKeepSession = member.patrolIds.length > 0;
    packet.clean = packet.clean || !mayKeepSession;
    // One kept session per phone, whatever it calls itself: kept sessions cost memory while nobody is there.
    packet.clientId = packet.clean ? `${member.device.id}/${packet.clientId || this.#parts.env.ids.id()}` : member.device.id;
    if (packet.will && languageOn(member, packet.will.topic) === null) {
      this.#refusals.note('will', member.device.id, new GridwardenError('TOPIC_NOT_ALLOWED', { device: member.device.id, topic: JSON.stringify(packet.will.topic.slice(0, 200)) }).message, { remote: session.remote });
      delete packet.will;
    }
    session.will = packet.will ?? null;
    return true;
  }

  async #authenticate(client: Client, username: string | undefined, password: Uint8Array | undefined): Promise<AuthenticateError | null> {
    const session = this.#sessionOf(client);
    const member = this.#roster.get(username ?? '');
    const { clock } = this.#parts.env;
    const beganAtMs = clock.nowMs();
    const refuse = async (reason: RefusalReason, sentence: string, returnCode: number): Promise<AuthenticateError> => {
      this.#refusals.note(reason, username?.slice(0, 64) ?? null, sentence, { remote: session.remote });
      await clock.sleep(REFUSE_STEP_MS - (Math.max(0, clock.nowMs() - beganAtMs) % REFUSE_STEP_MS));
      return Object.assign(new Error(sentence), { returnCode });
    };
    if (!member) return refuse('unknown-device', 'a client named no known device as its user name: add the device to the configuration, or correct its user name', BAD_CREDENTIAL);
    try {
      switch (await this.#signIn.check(member, password ?? NOTHING)) {
        case 'ok':
          session.member = member;
          return null;
        case 'wrong-password':
          return refuse('wrong-password', 'a device gave the wrong password: set it anew with "npm run devices -- credential"', BAD_CREDENTIAL);
        case 'busy':
          return refuse('sign-in-busy', 'too many devices sign in at once; this one has to try again', UNAVAILABLE);
      }
    } catch (error) {
      return refuse('sign-in-busy', sentenceOf(error), UNAVAILABLE);
    }
  }

  /** Null lets aedes acknowledge; an error makes it end the connection, which is all that MQTT 3.1.1 has for a refused PUBLISH. */
  async #authorizePublish(client: Client | null, packet: PublishPacket): Promise<Error | null> {
    const session = client && this.#sessions.get(client);
    const member = session?.member;
    if (!member) return new Error('nobody publishes without signing in');
    if (this.#closing) return new GridwardenError('QUEUE_BUSY', { what: 'The message', why: 'the gateway is closing' });
    const isWill = (packet as unknown) === session.will;
    const payload = typeof packet.payload === 'string' ? Buffer.from(packet.payload) : packet.payload;
    // Nobody may subscribe to what devices send, so aedes needs neither the bytes nor a retained copy of them.
    packet.retain = false;
    packet.payload = NOTHING;
    this.#presence.seen(member.device.id);
    try {
      if (payload.length > this.#settings.maxPayloadBytes) return this.#tooLarge(member, packet.topic, payload, payload.length);
      await this.#admission.admit(member, { topic: packet.topic, payload, isWill });
      return null;
    } catch (error) {
      if (isWill) this.#parts.env.log.warn({ device: member.device.id, reason: sentenceOf(error) }, 'the will of a device was not kept');
      return this.#refused(session, error);
    }
  }

  #refused(session: Session, error: unknown): Error {
    const device = session.member?.device.id ?? null;
    const code = error instanceof GridwardenError ? error.code : null;
    if (code === 'TOPIC_NOT_ALLOWED') this.#refusals.note('topic', device, sentenceOf(error), { remote: session.remote });
    else if (code === 'QUEUE_BUSY') this.#refusals.note('queue-busy', device, sentenceOf(error), { waiting: this.#admission.waiting });
    else this.#parts.env.log.error({ device, error }, 'a publish failed in the gateway');
    return error instanceof Error ? error : new Error(String(error));
  }

  #tooLarge(member: Member | null, topic: string | null, head: Uint8Array, bytes: number): Error {
    const device = member?.device.id ?? null;
    const error = new GridwardenError('PAYLOAD_TOO_LARGE', { topic: topic === null ? '(unknown)' : JSON.stringify(topic.slice(0, 200)), bytes, maxBytes: this.#settings.maxPayloadBytes });
    this.#refusals.note('too-large', device, error.message);
    if (member && topic !== null) {
      this.#admission.quarantine(device, topic, error.message, head, bytes).catch((why: unknown) => {
        this.#parts.env.log.debug({ device, reason: sentenceOf(why) }, 'the head of a payload that was too large was not kept');
      });
    }
    return error;
  }

  #onTooLarge(session: Session, packet: TooLargePacket): void {
    this.#tooLarge(session.member, packet.topic, packet.head, packet.bytes);
  }

  #authorizeSubscribe(client: Client, subscription: Subscription): boolean {
    const session = this.#sessionOf(client);
    const member = session.member;
    if (member && maySubscribe(member, subscription.topic)) {
      const patrolId = member.patrolIds.find((id) => ordersTopic(id) === subscription.topic) as string;
      const takers = this.#takers.get(patrolId) ?? new Set();
      this.#takers.set(patrolId, takers.add(client.id));
      return true;
    }
    this.#refusals.note('subscription', member?.device.id ?? null, 'a device asked for a topic that is not its own: a patrol may subscribe to patrol/<patrol>/orders, nobody to anything else', { filter: subscription.topic.slice(0, 200) });
    return false;
  }

  #takesOrdersOn(client: Client, topic: string): boolean {
    const member = this.#sessions.get(client)?.member;
    return member !== null && member !== undefined && maySubscribe(member, topic);
  }

  #onClient(client: Client): void {
    const member = this.#sessionOf(client).member;
    if (!member) return;
    const deviceId = member.device.id;
    const connections = [...(this.#connections.get(deviceId) ?? []), client];
    this.#connections.set(deviceId, connections);
    for (const patrolId of member.patrolIds) this.#ordersWaiting.delivered(patrolId);
    this.#presence.connected(deviceId);
    this.#countConnections();
    // The oldest goes: it is most likely one whose end the network did not tell us of.
    if (connections.length > this.#settings.maxConnectionsPerDevice) {
      this.#refusals.note('too-many-connections', deviceId, 'the device opened more connections than it may hold; its oldest was closed');
      connections[0]?.close();
    }
  }

  #onDisconnect(client: Client): void {
    const member = this.#sessionOf(client).member;
    if (!member) return;
    const deviceId = member.device.id;
    const left = (this.#connections.get(deviceId) ?? []).filter((other) => other !== client);
    if (left.length > 0) this.#connections.set(deviceId, left);
    else this.#connections.delete(deviceId);
    if (client.clean) for (const takers of this.#takers.values()) takers.delete(client.id);
    this.#presence.disconnected(deviceId);
    this.#countConnections();
  }

  #countConnections(): void {
    this.#parts.env.metrics.set('gridwarden_mqtt_connections', 'Devices connected at the MQTT door', this.#connections.size);
  }

  /** Refusals of ours are counted where they are made; what is left is bytes that are no MQTT, and networks that break. */
  #onError(client: Client, error: Error): void {
    const session = this.#sessionOf(client);
    if (error instanceof GridwardenError || 'returnCode' in error || 'errorCode' in error) return;
    const device = session.member?.device.id ?? null;
    if ('code' in error || session.member) this.#parts.env.log.debug({ device, remote: session.remote, reason: error.message }, 'an MQTT connection ended with an error');
    else this.#refusals.note('protocol', null, `a client that is not signed in was sent away: ${error.message}`, { remote: session.remote });
  }
}

/** Throws PORT_IN_USE or LISTEN_FAILED. */
async function listen(server: net.Server, host: string, port: number): Promise<number> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host, port }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    const inUse = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new GridwardenError(inUse ? 'PORT_IN_USE' : 'LISTEN_FAILED', { what: 'The MQTT door', host, port, why: sentenceOf(error) }, error);
  }
  return (server.address() as net.AddressInfo).port;
}
