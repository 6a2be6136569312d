/** An RTSP server of our own for tests and the demo: cameras that play a clip in a loop with time stamps that never jump back. */
import net from 'node:net';
import tls from 'node:tls';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { GridwardenError } from '../../platform/errors.ts';
import { type Ids, systemIds } from '../../platform/ids.ts';
import type { TestCertificate } from './certificates.ts';
import { type CameraOptions, type CameraStats, FakeCamera } from './camera.ts';
import { streetClip } from '../street-scene/clip.ts';
import type { SceneOptions } from '../street-scene/scene.ts';
import { type Clip, readClip } from './clip.ts';
import { serveConnection } from './connection.ts';
import type { Fault } from './fault.ts';
import { UdpPorts } from './outlet.ts';
import type { Reports } from './viewer.ts';

/** A video file, or a street scene that is drawn for it. */
export type Play = { readonly clip: string } | { readonly scene: SceneOptions };

export interface FakeCameraOptions extends CameraOptions {
  readonly play: Play;
}

export interface FakeCamerasOptions {
  readonly host?: string;
  /** 0 (default) takes a free port. */
  readonly port?: number;
  readonly cameras: readonly FakeCameraOptions[];
  /** With it all cameras speak RTSP over TLS (rtsps://) and show this certificate. */
  readonly tls?: TestCertificate;
  /** Where drawn scenes are kept for the next start; without it they are drawn each time. */
  readonly cacheDir?: string;
  readonly clock?: Clock;
  readonly ids?: Ids;
}

export interface FakeCameras {
  readonly port: number;
  /** Address of the camera; with its user and password in it unless `withAuth` is false. */
  url(path: string, withAuth?: boolean): string;
  stats(path: string): CameraStats;
  /** Changes what is wrong with a camera for those who connect from now on; null makes it healthy. */
  setFault(path: string, fault: Fault | null): void;
  /** Changes what its sender reports say, with one at once: `clockAheadMs` lets its clock jump. */
  setReports(path: string, change: Partial<Reports>): void;
  /** Plays something else from now on: in mid-stream to those who watch, unless its codec is another, which ends their connections. */
  switchTo(path: string, play: Play): Promise<void>;
  /** Cuts the connection of all who watch this camera now. */
  drop(path: string): void;
  close(): Promise<void>;
}

/** Reads the clips, listens and resolves when viewers may come. Throws `PORT_IN_USE`, or an Error that names the clip that cannot be played. */
export async function startFakeCameras(options: FakeCamerasOptions): Promise<FakeCameras> {
  const host = options.host ?? '127.0.0.1';
  const ids = options.ids ?? systemIds;
  const clips = new Map<string, Clip>();
  const cameras = new Map<string, FakeCamera>();
  const sockets = new Set<net.Socket>();
  const clock = options.clock ?? systemClock;
  const udp = options.cameras.some((camera) => camera.transports?.includes('udp')) ? await UdpPorts.open(host) : null;
  const serve = (socket: net.Socket): void => serveConnection(socket, { cameraAt: (path) => cameras.get(path), ids, clock, udp });
  const server = options.tls ? tls.createServer({ key: options.tls.key, cert: options.tls.cert }, serve) : net.createServer(serve);
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  // Whoever does not trust the certificate goes away in the middle of the handshake: ordinary here.
  server.on('tlsClientError', () => undefined);
  let closing: Promise<void> | null = null;
  const closeAll = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => (server.listening ? server.close(() => resolve()) : resolve()));
    await Promise.all([...cameras.values()].map((camera) => camera.close()));
    for (const socket of sockets) socket.destroy();
    await closed;
    udp?.close();
    for (const clip of clips.values()) clip.close();
  };
  const clipOf = async (play: Play): Promise<Clip> => {
    const key = JSON.stringify(play);
    const clip = clips.get(key) ?? ('clip' in play ? await readClip(play.clip) : await streetClip(play.scene, options.cacheDir));
    clips.set(key, clip);
    return clip;
  };
  const close = (): Promise<void> => (closing ??= closeAll());
  try {
    for (const camera of options.cameras) {
      if (cameras.has(camera.path)) throw new Error(`Two fake cameras are called ${camera.path}.`);
      cameras.set(camera.path, new FakeCamera(camera, await clipOf(camera.play), clock, ids));
    }
    await listen(server, host, options.port ?? 0);
  } catch (error) {
    await close();
    throw error;
  }
  for (const camera of cameras.values()) camera.start();
  const port = (server.address() as net.AddressInfo).port;
  const find = (path: string): FakeCamera => {
    const camera = cameras.get(path);
    if (!camera) throw new Error(`There is no fake camera ${path}; there are ${[...cameras.keys()].join(', ')}.`);
    return camera;
  };
  return {
    port,
    url: (path, withAuth = true) => {
      const { auth } = find(path).options;
      const login = withAuth && auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : '';
      return `${options.tls ? 'rtsps' : 'rtsp'}://${login}${host.includes(':') ? `[${host}]` : host}:${port}/${path}`;
    },
    stats: (path) => find(path).stats,
    setFault: (path, fault) => void (find(path).fault = fault),
    setReports: (path, change) => find(path).setReports(change),
    switchTo: async (path, play) => find(path).switchTo(await clipOf(play)),
    drop: (path) => find(path).drop(),
    close,
  };
}

function listen(server: net.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new GridwardenError('PORT_IN_USE', { what: 'The fake camera', host, port }, error) : error);
    });
    server.listen(port, host, () => resolve());
  });
}
