/** What camera and viewer tell each other of a stream beside it (RTCP: RFC 3550, 6). */
import type { Reception } from './rtp.ts';

const [SENDER_REPORT, RECEIVER_REPORT, SOURCE_DESCRIPTION, GOODBYE] = [200, 201, 202, 203];
const CNAME = 1;
/** NTP counts seconds from 1900 (RFC 5905, 6). */
const NTP_TO_UNIX_S = 2_208_988_800;
const MOST_LOST = 0x7f_ffff;

/** The same moment by the camera's clock and in its stream's time. */
export interface SenderReport {
  readonly ssrc: number;
  /** Since 1970. */
  readonly cameraMs: number;
  /** RTP's, 32 bits. */
  readonly timestamp: number;
  /** The middle 32 bits of the NTP time, for the answer. */
  readonly ntpMiddle: number;
}

export interface RtcpSays {
  readonly report: SenderReport | null;
  /** Streams that end. */
  readonly goodbye: readonly number[];
}

/** Reads a compound packet as far as it can be read. */
export function readRtcp(bytes: Buffer): RtcpSays {
  let report: SenderReport | null = null;
  const goodbye: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 * (bytes.readUInt16BE(at + 2) + 1);
    if (bytes.readUInt8(at) >> 6 !== 2 || end > bytes.length) break;
    const type = bytes.readUInt8(at + 1);
    if (type === SENDER_REPORT && end - at >= 20) report = senderReport(bytes, at) ?? report;
    else if (type === GOODBYE) for (let i = 0, from = at + 4; i < (bytes.readUInt8(at) & 0x1f) && from + 4 <= end; i++, from += 4) goodbye.push(bytes.readUInt32BE(from));
    at = end;
  }
  return { report, goodbye };
}

function senderReport(bytes: Buffer, at: number): SenderReport | null {
  const [seconds, fraction] = [bytes.readUInt32BE(at + 8), bytes.readUInt32BE(at + 12)];
  // A camera that has no clock says so with zeros (6.4.1).
  if (seconds === 0 && fraction === 0) return null;
  const cameraMs = (seconds - NTP_TO_UNIX_S) * 1000 + (fraction * 1000) / 2 ** 32;
  return { ssrc: bytes.readUInt32BE(at + 4), cameraMs, timestamp: bytes.readUInt32BE(at + 16), ntpMiddle: (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0 };
}

export interface ReceiverState {
  readonly ownSsrc: number;
  readonly cname: string;
  readonly now: Reception;
  /** At the last report; null before the first. */
  readonly before: Reception | null;
  /** The last sender report, and how long ago it came. */
  readonly heard: { readonly ntpMiddle: number; readonly agoMs: number } | null;
}

/** A receiver report with the name that every compound packet has to bear (6.4.2, 6.5). Many a camera ends a session that sends none. */
export function receiverReport({ ownSsrc, cname, now, before, heard }: ReceiverState): Buffer {
  const report = Buffer.alloc(32);
  report.writeUInt8(0x81, 0);
  report.writeUInt8(RECEIVER_REPORT, 1);
  report.writeUInt16BE(7, 2);
  report.writeUInt32BE(ownSsrc, 4);
  report.writeUInt32BE(now.ssrc, 8);
  report.writeUInt32BE(((fractionLost(now, before) << 24) | Math.min(now.lostPackets, MOST_LOST)) >>> 0, 12);
  report.writeUInt32BE(now.highestSequence >>> 0, 16);
  report.writeUInt32BE(now.jitter >>> 0, 20);
  report.writeUInt32BE(heard?.ntpMiddle ?? 0, 24);
  // Our clock may have been set back since.
  report.writeUInt32BE(heard ? Math.max(0, Math.min(0xffff_ffff, Math.round((heard.agoMs * 65_536) / 1000))) : 0, 28);
  return Buffer.concat([report, sourceDescription(ownSsrc, cname)]);
}

/** Of what was due since the last report, in 256ths. */
function fractionLost(now: Reception, before: Reception | null): number {
  const since = before?.ssrc === now.ssrc ? before : null;
  const due = now.highestSequence - (since?.highestSequence ?? now.highestSequence - now.receivedPackets - now.lostPackets);
  const lost = now.lostPackets - (since?.lostPackets ?? 0);
  return due <= 0 || lost <= 0 ? 0 : Math.min(255, Math.floor((256 * lost) / due));
}

function sourceDescription(ssrc: number, cname: string): Buffer {
  const name = Buffer.from(cname, 'utf8');
  const length = 8 + 4 * Math.ceil((2 + name.length + 1) / 4);
  const bytes = Buffer.alloc(length);
  bytes.writeUInt8(0x81, 0);
  bytes.writeUInt8(SOURCE_DESCRIPTION, 1);
  bytes.writeUInt16BE(length / 4 - 1, 2);
  bytes.writeUInt32BE(ssrc, 4);
  bytes.writeUInt8(CNAME, 8);
  bytes.writeUInt8(name.length, 9);
  name.copy(bytes, 10);
  return bytes;
}
