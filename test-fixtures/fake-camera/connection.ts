/** The RTSP conversation of one connection (RFC 2326): every request gets its answer, or the reason why not. */
import type { Socket } from 'node:net';
import type { Clock } from '../../platform/clock.ts';
import type { Ids } from '../../platform/ids.ts';
import { challenges, isAuthorised } from './authentication.ts';
import type { FakeCamera } from './camera.ts';
import { RubbishSource } from './fault.ts';
import { answerBadly, isHostile } from './hostile-answer.ts';
import { type Outlet, TcpOutlet, UdpOutlet, type UdpPorts } from './outlet.ts';
import { modulo32 } from './rtp.ts';
import { RequestReader, type RtspRequest, type RtspResponse, formatResponse } from './rtsp-message.ts';
import { TRACK, describe } from './sdp.ts';
import type { Viewer } from './viewer.ts';

const METHODS = ['OPTIONS', 'DESCRIBE', 'SETUP', 'PLAY', 'GET_PARAMETER', 'TEARDOWN'] as const;
type Method = (typeof METHODS)[number];
/** Methods of the RFC that this server does not offer: 405 says so; anything else is 501. */
const OTHER_METHODS = ['PAUSE', 'RECORD', 'ANNOUNCE', 'SET_PARAMETER', 'REDIRECT'];
const PUBLIC = { Public: METHODS.join(', ') };
const SESSION_TIMEOUT_S = 60;

interface Session {
  readonly id: string;
  readonly camera: FakeCamera;
  readonly viewer: Viewer;
  playing: boolean;
}

export interface ConnectionParts {
  /** Finds a camera by its path without slashes around it. */
  readonly cameraAt: (path: string) => FakeCamera | undefined;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Null where no camera sends datagrams. */
  readonly udp: UdpPorts | null;
}

/** Serves `socket` until it closes. */
export function serveConnection(socket: Socket, parts: ConnectionParts): void {
  const reader = new RequestReader();
  const conversation = new Conversation(socket, parts);
  socket.setNoDelay(true);
  socket.on('data', (bytes) => {
    for (const request of reader.push(bytes)) {
      if (request) conversation.answer(request);
      else socket.end(formatResponse({ status: 400 }, undefined));
    }
  });
  // A viewer that goes away in the middle of a write is ordinary.
  socket.on('error', () => socket.destroy());
  socket.on('close', () => conversation.end());
}

class Conversation {
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #nonce: string;
  #session: Session | null = null;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#nonce = parts.ids.secret();
  }

  answer(request: RtspRequest): void {
    const camera = this.#parts.cameraAt(pathOf(request.url));
    if (camera?.fault?.kind === 'hangs' || this.#session?.viewer.stalled) return;
    const cseq = request.headers.get('cseq');
    const say = (response: RtspResponse): void => void this.#socket.write(formatResponse(response, cseq));
    const refusal = refusalOf(request, camera, this.#nonce);
    if (refusal) return say(refusal);
    switch (request.method as Method) {
      case 'OPTIONS':
        return say({ status: 200, headers: PUBLIC });
      case 'DESCRIBE':
        if (camera && isHostile(camera.fault)) return answerBadly(camera.fault, camera.clip, cseq ?? '', this.#socket, this.#parts.clock, (bytes) => (camera.hostileBytes += bytes));
        return say(this.#describe(request, camera));
      case 'SETUP':
        return say(this.#setup(request, camera));
      case 'PLAY':
        return this.#play(request, say);
      case 'GET_PARAMETER':
        return say(this.#sessionRefusal(request, false) ?? { status: 200, headers: this.#sessionHeader() });
      case 'TEARDOWN':
        return say(this.#teardown(request));
    }
  }

  end(): void {
    if (this.#session) this.#session.camera.leave(this.#session.viewer);
    this.#session = null;
  }

  #describe(request: RtspRequest, camera: FakeCamera | undefined): RtspResponse {
    if (!camera) return { status: 404 };
    const accept = request.headers.get('accept');
    if (accept !== undefined && !/application\/(sdp|\*)|\*\/\*/.test(accept)) return { status: 406 };
    const garbage = camera.fault?.kind === 'rubbish' && camera.fault.where === 'sdp';
    const body = garbage ? new RubbishSource(20_260_102).bytes(2_000).toString('latin1') : describe(camera.clip, camera.fault, this.#socket.localAddress ?? '127.0.0.1');
    return { status: 200, headers: { 'Content-Base': `${request.url.replace(/\/$/, '')}/`, 'Content-Type': 'application/sdp' }, body };
  }

  #setup(request: RtspRequest, camera: FakeCamera | undefined): RtspResponse {
    if (!camera) return { status: 404 };
    if (this.#session?.playing) return { status: 455 };
    const outlet = this.#outlet(request.headers.get('transport') ?? '', camera);
    if (outlet === null) return { status: 461 };
    const viewer = camera.newViewer(outlet);
    this.#session = { id: this.#session?.id ?? this.#parts.ids.secret(), camera, viewer, playing: false };
    const transport = `${outlet.transport};ssrc=${viewer.stream.ssrc.toString(16).padStart(8, '0').toUpperCase()}`;
    return { status: 200, headers: { Transport: transport, ...this.#sessionHeader() } };
  }

  /** By the first transport that is asked for and that this camera knows (RFC 2326, 12.39); null where it knows none. */
  #outlet(asked: string, camera: FakeCamera): Outlet | null {
    const known = camera.options.transports ?? ['tcp'];
    const lost = camera.fault?.kind === 'loses' ? camera.fault.part : 0;
    for (const transport of asked.split(',')) {
      if (/multicast/i.test(transport)) continue;
      const ports = portPair(transport, 'client_port', 65_535);
      if (known.includes('udp') && /^\s*RTP\/AVP(\/UDP)?\s*;/i.test(transport) && ports && this.#parts.udp) return new UdpOutlet(this.#socket, this.#parts.udp, ports, lost);
      const channels = portPair(transport, 'interleaved', 255) ?? (transport.includes('interleaved=') ? null : ([0, 1] as const));
      if (known.includes('tcp') && /^\s*RTP\/AVP\/TCP\b/i.test(transport) && channels) return new TcpOutlet(this.#socket, channels);
    }
    return null;
  }

  #play(request: RtspRequest, say: (response: RtspResponse) => void): void {
    const refusal = this.#sessionRefusal(request, true);
    if (refusal || !this.#session) return say(refusal ?? { status: 454 });
    const session = this.#session;
    const started = !session.playing;
    session.playing = true;
    if (started) session.camera.play(session.viewer);
    const { sequence } = session.viewer.stream;
    const info = `url=${request.url.replace(/\/$/, '')}/${TRACK};seq=${sequence};rtptime=${modulo32(session.viewer.nextTimestamp90k)}`;
    // The camera sends from its own timer, never from within play(): the answer is out before the first packet.
    say({ status: 200, headers: { Range: 'npt=now-', 'RTP-Info': info, ...this.#sessionHeader() } });
  }

  #teardown(request: RtspRequest): RtspResponse {
    const refusal = this.#sessionRefusal(request, true);
    if (refusal) return refusal;
    this.end();
    return { status: 200 };
  }

  #sessionHeader(): Record<string, string> {
    return this.#session ? { Session: `${this.#session.id};timeout=${SESSION_TIMEOUT_S}` } : {};
  }

  #sessionRefusal(request: RtspRequest, needed: boolean): RtspResponse | null {
    const given = request.headers.get('session')?.split(';')[0];
    if (given === undefined && !needed) return null;
    return this.#session !== null && given === this.#session.id ? null : { status: 454 };
  }
}

/** What is wrong with a request before its method is looked at. */
function refusalOf(request: RtspRequest, camera: FakeCamera | undefined, nonce: string): RtspResponse | null {
  if (request.version !== '1.0') return { status: 505 };
  if (!/^\d+$/.test(request.headers.get('cseq') ?? '')) return { status: 400 };
  if (OTHER_METHODS.includes(request.method)) return { status: 405, headers: { Allow: PUBLIC.Public } };
  if (!(METHODS as readonly string[]).includes(request.method)) return { status: 501, headers: PUBLIC };
  if (camera?.fault?.kind === 'refuses') return { status: camera.fault.status };
  const login = camera?.options.auth;
  if (!login || request.method === 'OPTIONS' || isAuthorised(login, nonce, request.method, request.headers.get('authorization'))) return null;
  return { status: 401, headers: { 'WWW-Authenticate': challenges(login, nonce) } };
}

/** The camera's path in a request URL: without host, query, track and slashes around it. */
function pathOf(url: string): string {
  const path = url.replace(/^rtsps?:\/\/[^/]*/i, '');
  return path.replace(new RegExp(`/${TRACK}$`), '').replace(/\?.*$/, '').replace(/^\/+|\/+$/g, '');
}

/** The two numbers of a transport's parameter, the second the next one where it is left out; null where there are none up to `most`. */
function portPair(transport: string, name: string, most: number): readonly [number, number] | null {
  const pair = new RegExp(`${name}=(\\d+)(?:-(\\d+))?`).exec(transport);
  if (pair === null) return null;
  const first = Number(pair[1]);
  const second = Number(pair[2] ?? first + 1);
  return first <= most && second <= most ? [first, second] : null;
}
