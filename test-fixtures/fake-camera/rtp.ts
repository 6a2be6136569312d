/** Headers of RTP packets and sender reports (RFC 3550), framed for an RTSP connection (RFC 2326, 10.12). */

/** Where one viewer's packet stream stands. */
export interface RtpStream {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Interleaved channel of the RTP packets; RTCP goes to `rtcpChannel`. */
  readonly channel: number;
  readonly rtcpChannel: number;
  /** Sequence number of the next packet; counts on modulo 2^16. */
  sequence: number;
  packets: number;
  /** Payload octets, headers not counted, as sender reports want them. */
  octets: number;
}

const FRAME_HEADER = 4;
const RTP_HEADER = 12;
/** Payload bytes per packet: what fits into an Ethernet frame over UDP, so that packets look as a camera's do. */
export const MAX_PAYLOAD = 1400;

/** Interleaved frame header and fixed RTP header (RFC 3550, 5.1); counts the packet. */
export function rtpHeader(stream: RtpStream, payloadBytes: number, marker: boolean, timestamp90k: number): Buffer {
  const bytes = Buffer.allocUnsafe(FRAME_HEADER + RTP_HEADER);
  frameHeader(bytes, stream.channel, RTP_HEADER + payloadBytes);
  bytes[4] = 0x80;
  bytes[5] = (marker ? 0x80 : 0) | stream.payloadType;
  bytes.writeUInt16BE(stream.sequence, 6);
  bytes.writeUInt32BE(modulo32(timestamp90k), 8);
  bytes.writeUInt32BE(stream.ssrc, 12);
  stream.sequence = (stream.sequence + 1) % 2 ** 16;
  stream.packets++;
  stream.octets += payloadBytes;
  return bytes;
}

/** A sender report (RFC 3550, 6.4.1) with the CNAME that every compound packet needs (6.1): says which wall-clock time `timestamp90k` was. */
export function senderReport(stream: RtpStream, wallMs: number, timestamp90k: number): Buffer {
  const cname = Buffer.from('camera');
  const sdesBytes = 4 * Math.ceil((4 + 4 + 2 + cname.length + 1) / 4);
  const bytes = Buffer.alloc(FRAME_HEADER + 28 + sdesBytes);
  frameHeader(bytes, stream.rtcpChannel, 28 + sdesBytes);
  bytes.writeUInt8(0x80, 4);
  bytes.writeUInt8(200, 5);
  bytes.writeUInt16BE(6, 6);
  bytes.writeUInt32BE(stream.ssrc, 8);
  // NTP counts from 1900 (RFC 3550, 4).
  bytes.writeUInt32BE((Math.floor(wallMs / 1000) + 2_208_988_800) % 2 ** 32, 12);
  bytes.writeUInt32BE(Math.floor(((wallMs % 1000) / 1000) * 2 ** 32), 16);
  bytes.writeUInt32BE(modulo32(timestamp90k), 20);
  bytes.writeUInt32BE(stream.packets % 2 ** 32, 24);
  bytes.writeUInt32BE(stream.octets % 2 ** 32, 28);
  bytes.writeUInt8(0x81, 32);
  bytes.writeUInt8(202, 33);
  bytes.writeUInt16BE(sdesBytes / 4 - 1, 34);
  bytes.writeUInt32BE(stream.ssrc, 36);
  bytes.writeUInt8(1, 40);
  bytes.writeUInt8(cname.length, 41);
  cname.copy(bytes, 42);
  return bytes;
}

/** A time stamp counts on modulo 2^32, also from below zero where a camera's clock jumped back. */
export const modulo32 = (timestamp90k: number): number => ((timestamp90k % 2 ** 32) + 2 ** 32) % 2 ** 32;

/** "$", channel, length (RFC 2326, 10.12). */
function frameHeader(bytes: Buffer, channel: number, length: number): void {
  bytes[0] = 0x24;
  bytes[1] = channel;
  bytes.writeUInt16BE(length, 2);
}
