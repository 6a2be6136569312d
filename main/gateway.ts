/** The gateway: the MQTT door for devices and the supervision of camera hosts. It starts last and stops first. */
import path from 'node:path';
import type { Config } from '../config/schema.ts';
import type { CameraStatus } from '../domain/camera.ts';
import type { CameraFault } from '../domain/rule.ts';
import { CAMERA_SOURCE_DEFAULTS, type CameraSource } from '../gateway/cameras/camera-source.ts';
import { HealthWatch } from '../gateway/cameras/health-watch.ts';
import { HostSupervisor } from '../gateway/cameras/host-supervisor.ts';
import type { EventSink } from '../gateway/mqtt/admission.ts';
import { createMqttDoor } from '../gateway/mqtt/door.ts';
import { Closing } from '../platform/closing.ts';
import { sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';
import { Board, publishNews, type Tally } from '../queue/board.ts';
import { Consumer, handler } from '../queue/consumer.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import type { HostSettings } from './camera-host.ts';
import { frameLimits, mostClipBytes, trayLimits } from './frame-limits.ts';
import { MEDIA_QUEUE, mediaHandlers } from './media-jobs.ts';
import { postMetrics } from './metrics-post.ts';
import { authority, runProcess, type Running } from './process.ts';
import { smallSizeFor } from './small-size.ts';
import { cores, type Environment, openSite, type Site, siteArguments, systemEnvironment } from './site.ts';

/** Beyond the pre-roll: what an alert takes from the picture to the cut. */
const RING_SPARE_S = 10;

export async function startGateway(site: Site, environment: Environment): Promise<Running> {
  const { config, redis: place } = site;
  const { log } = environment;
  const closing = new Closing(log);
  const stop = new AbortController();
  try {
    const redis = await connectRedis(place, log);
    closing.first('redis', () => redis.disconnect());
    const producer = createProducer(redis);
    closing.first('producer', () => producer.close());
    // SOS has a connection of its own: on a shared one its command would wait behind a batch of measurements.
    const sosRedis = await connectRedis(place, log);
    closing.first('SOS redis', () => sosRedis.disconnect());
    const sosProducer = createProducer(sosRedis);
    closing.first('SOS producer', () => sosProducer.close());
    const board = new Board(redis);
    const posting = postMetrics(`gateway/${process.pid}`, board, environment, stop.signal);
    closing.first('metrics', () => (stop.abort(), posting));

    const tellCamera = async (status: CameraStatus): Promise<void> => {
      await board.post('cameras', status.cameraId, status);
      await publishNews(redis, { kind: 'camera', camera: status });
    };
    const health = new HealthWatch({
      ...healthOf(config),
      sink: { findingMade: (finding) => producer.add({ name: 'finding.made', payload: { finding } }), healthCleared: (cleared) => producer.add({ name: 'health.cleared', payload: cleared }) },
      status: { cameraStatus: (status) => void tellCamera(status).catch((error: unknown) => log.warn({ camera: status.cameraId, reason: sentenceOf(error) }, 'a camera status could not be posted')) },
      env: environment,
    });
    closing.first('camera health', () => health.close());
    const small = await smallSizeFor(config.models.objects);
    const hosts = new HostSupervisor({
      entryFile: path.join(import.meta.dirname, 'camera-host.ts'),
      cameras: config.cameras.map((camera) => sourceOf(camera, config, small)),
      hosts: config.cameraHosts || cores(),
      settings: { redis: place, limits: frameLimits(config), media: trayLimits(config), mostClipBytes: mostClipBytes(config) } satisfies HostSettings,
      status: health,
      env: environment,
    });
    closing.first('camera hosts', () => hosts.close());
    health.start();
    await hosts.start();

    const door = createMqttDoor(
      { host: config.mqtt.host, port: config.mqtt.port, maxPayloadBytes: config.mqtt.maxPayloadKb * 1024 },
      {
        devices: config.devices,
        patrols: config.patrols,
        sink: eventSink(producer, sosProducer, board, log),
        presence: { deviceStatus: (status) => board.post('devices', status.deviceId, status) },
        env: environment,
      },
    );
    closing.first('MQTT door', () => door.close());
    const address = await door.start();

    const orders = new Consumer({
      ...environment,
      process: 'gateway',
      redis: place,
      queues: [{ queue: 'orders', concurrency: 4, lockMs: 15_000 }],
      handlers: [handler('order.send', ({ order }) => door.sendOrder(order))],
    });
    closing.first('orders', () => orders.close());
    await orders.start();

    const media = new Consumer({ ...environment, process: 'gateway', redis: place, queues: [MEDIA_QUEUE], handlers: mediaHandlers(hosts, producer, environment) });
    closing.first('stills and clips', () => media.close());
    await media.start();
    return { says: { mqtt: `mqtt://${authority(address)}` }, close: () => closing.close() };
  } catch (error) {
    await closing.close();
    throw error;
  }
}

/** Which faults are watched, of which cameras: not those that the site does not want, nor what a tamper rule of the camera tells. */
function healthOf({ cameras, rules, video }: Site['config']): Pick<ConstructorParameters<typeof HealthWatch>[0], 'cameras' | 'rules' | 'clearMs'> {
  const { clearS, ...faults } = video.health;
  const toldElsewhere = (cameraId: string): CameraFault[] => rules.flatMap((rule) => (rule.kind === 'tamper' && rule.cameraId === cameraId ? rule.faults : []));
  return {
    cameras: cameras.map(({ id, homeCell, unwatchedFaults }) => ({ cameraId: id, homeCell, unwatched: [...unwatchedFaults, ...toldElsewhere(id)] })),
    rules: faults,
    clearMs: clearS * 1000,
  };
}

function sourceOf(camera: Config['cameras'][number], { frames, video }: Config, small: CameraSource['small']): CameraSource {
  const { id: cameraId, url, evidenceUrl, transport, ingest, motionGate, masks } = camera;
  const { detectFps, maxWidthPx } = frames;
  const { maxBlindMs, ffmpeg, caFile, preRollS, ringMb } = video;
  const ring = { seconds: preRollS + RING_SPARE_S, bytes: ringMb * 1024 * 1024 };
  return { ...CAMERA_SOURCE_DEFAULTS, cameraId, url, evidenceUrl, transport, ingest, motionGate, masks, detectFps, maxWidthPx, small, maxBlindMs, ffmpeg, caFile, ring };
}

/** Each promise resolves when Redis has the job: that is when the door may acknowledge. */
function eventSink(producer: Producer, sosProducer: Producer, board: Board, log: Log): EventSink {
  // Not waited for: a count that fails must not make a kept event look lost.
  const count = (tally: Tally, by: number): void => void board.count(tally, by).catch((error: unknown) => log.warn({ tally, by, reason: sentenceOf(error) }, 'could not be counted'));
  return {
    keepMeasurements: async (events) => {
      await producer.add({ name: 'measurements.batch', payload: { events: [...events] } });
      count('eventsIn', events.length);
    },
    keepSos: async (event) => {
      await sosProducer.add({ name: 'sos.raised', payload: { event } });
      count('eventsIn', 1);
    },
    keepPatrol: async (events) => {
      await producer.add({ name: 'patrol.batch', payload: { events: [...events] } });
      count('eventsIn', events.length);
    },
    quarantine: async (message) => {
      await producer.add({ name: 'message.quarantined', payload: { message } });
      count('quarantined', 1);
    },
  };
}

if (import.meta.main) {
  const environment = systemEnvironment('gateway');
  await runProcess(async () => startGateway(await openSite(siteArguments(process.argv.slice(2))), environment));
}
