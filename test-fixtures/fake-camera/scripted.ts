/** A camera by script, for what no camera of ours does by itself: it answers as a test wants, sends what it is told, and keeps what it hears. */
import { once } from 'node:events';
import net from 'node:net';
import { formatResponse, type RtspRequest, type RtspResponse } from './rtsp-message.ts';

export interface ScriptedCamera {
  readonly url: string;
  /** All that was asked, in order, of whatever connection. */
  readonly requests: readonly RtspRequest[];
  /** First lines and headers of what was answered to requests of the camera's own. */
  readonly answers: readonly string[];
  /** What came on interleaved channels, with its four bytes of header. */
  readonly frames: readonly Buffer[];
  /** Bytes that left for the viewer. */
  readonly bytesSent: number;
  /** To the viewer that came last. */
  send(bytes: Buffer | string): void;
  close(): Promise<void>;
}

/** Undefined where the ordinary answer will do; `count` tells how often this method was asked, from 1. */
export type Answering = (request: RtspRequest, count: number) => RtspResponse | undefined;

export async function startScriptedCamera(sdp: string, answering: Answering = () => undefined): Promise<ScriptedCamera> {
  const requests: RtspRequest[] = [];
  const answers: string[] = [];
  const frames: Buffer[] = [];
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    let held: Buffer = Buffer.alloc(0);
    socket.on('data', (bytes) => {
      held = Buffer.concat([held, bytes]);
      for (let end = endOfUnit(held); end > 0; end = endOfUnit(held)) {
        const unit = held.subarray(0, end);
        held = held.subarray(end);
        const text = unit.toString('utf8');
        if (unit[0] === 0x24) frames.push(unit);
        else if (text.startsWith('RTSP/')) answers.push(text);
        else {
          const request = requestOf(text);
          requests.push(request);
          const count = requests.filter(({ method }) => method === request.method).length;
          socket.write(formatResponse(answering(request, count) ?? ordinaryAnswer(request, sdp), request.headers.get('cseq')));
        }
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `rtsp://127.0.0.1:${(server.address() as net.AddressInfo).port}/live`,
    requests,
    answers,
    frames,
    get bytesSent() {
      return sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
    },
    send: (bytes) => void sockets.at(-1)?.write(bytes),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Of the first frame or message without a body; 0 where it is not whole. */
function endOfUnit(held: Buffer): number {
  if (held[0] !== 0x24) return held.indexOf('\r\n\r\n') < 0 ? 0 : held.indexOf('\r\n\r\n') + 4;
  const end = held.length < 4 ? Infinity : 4 + held.readUInt16BE(2);
  return end > held.length ? 0 : end;
}

function requestOf(text: string): RtspRequest {
  const [first = '', ...lines] = text.trimEnd().split('\r\n');
  const [method = '', url = '', version = ''] = first.split(' ');
  return { method, url, version, headers: new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])) };
}

function ordinaryAnswer({ method, headers }: RtspRequest, sdp: string): RtspResponse {
  switch (method) {
    case 'OPTIONS':
      return { status: 200, headers: { Public: 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN' } };
    case 'DESCRIBE':
      return { status: 200, headers: { 'Content-Type': 'application/sdp' }, body: sdp };
    case 'SETUP':
      return { status: 200, headers: { Transport: headers.get('transport') ?? '', Session: 'S1' } };
    default:
      return { status: 200 };
  }
}
