/** Answers to DESCRIBE that harm whoever reads all of them: never more than a chunk of them is in the camera's own memory. */
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { Clock } from '../../platform/clock.ts';
import type { Clip } from './clip.ts';
import type { Fault } from './fault.ts';
import { describe } from './sdp.ts';

export type HostileFault = Extract<Fault, { kind: 'huge-sdp' | 'endless-header' | 'trickles' }>;

export const isHostile = (fault: Fault | null | undefined): fault is HostileFault => fault?.kind === 'huge-sdp' || fault?.kind === 'endless-header' || fault?.kind === 'trickles';

/** Writes the answer as fast as it is read (`trickles`: one byte a second) until it is whole or the reader goes; `sent` counts its bytes. */
export function answerBadly(fault: HostileFault, clip: Clip, cseq: string, socket: Socket, clock: Clock, sent: (bytes: number) => void): void {
  const head = `RTSP/1.0 200 OK\r\nCSeq: ${cseq}\r\nContent-Type: application/sdp\r\n`;
  const counted = function* (parts: Iterable<Buffer>): Generator<Buffer> {
    for (const part of parts) {
      sent(part.length);
      yield part;
    }
  };
  switch (fault.kind) {
    case 'huge-sdp':
      return void Readable.from(counted(hugeSdp(head, clip, fault.bytes ?? 100_000_000))).pipe(socket, { end: false });
    case 'endless-header':
      return void Readable.from(counted(endlessHeader(head))).pipe(socket, { end: false });
    case 'trickles':
      return void trickle(`${head}X-Padding: `, socket, clock, sent);
  }
}

const CHUNK_BYTES = 64 * 1024;

/** A good description first, then lines that mean nothing, in the length that was announced. */
function* hugeSdp(head: string, clip: Clip, bytes: number): Generator<Buffer> {
  const good = describe(clip, null, '127.0.0.1');
  yield Buffer.from(`${head}Content-Length: ${bytes}\r\n\r\n${good}`);
  const lines = Buffer.from(`a=x-padding:${'0123456789'.repeat(100)}\r\n`.repeat(CHUNK_BYTES / 1024));
  for (let left = bytes - Buffer.byteLength(good); left > 0; left -= lines.length) yield lines.subarray(0, left);
}

function* endlessHeader(head: string): Generator<Buffer> {
  yield Buffer.from(`${head}X-Padding: `);
  const filling = Buffer.alloc(CHUNK_BYTES, 0x78);
  for (;;) yield filling;
}

async function trickle(text: string, socket: Socket, clock: Clock, sent: (bytes: number) => void): Promise<void> {
  for (let at = 0; !socket.destroyed; at++) {
    socket.write(text[at] ?? 'x');
    sent(1);
    await clock.sleep(1_000);
  }
}
