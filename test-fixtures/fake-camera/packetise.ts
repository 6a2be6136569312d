/** One coded picture as RTP packets: H.264 (RFC 6184), H.265 (RFC 7798), JPEG (RFC 2435). */
import type { ClipCodec } from './clip.ts';
import { jpegPackets } from './jpeg-packets.ts';
import { MAX_PAYLOAD, type RtpStream, rtpHeader } from './rtp.ts';

/** How a codec's NAL unit is cut: the bytes of its own header, and what stands before each fragment in their place. */
interface Fragments {
  readonly headBytes: number;
  header(nal: Buffer, start: boolean, end: boolean): Buffer;
}

const flagsOf = (start: boolean, end: boolean): number => (start ? 0x80 : 0) | (end ? 0x40 : 0);

/** FU-A (RFC 6184, 5.8). */
const H264: Fragments = {
  headBytes: 1,
  header: ([head = 0], start, end) => Buffer.from([(head & 0xe0) | 28, flagsOf(start, end) | (head & 0x1f)]),
};
/** Fragmentation unit (RFC 7798, 4.4.3): layer and temporal id stay, the type moves into the third byte. */
const H265: Fragments = {
  headBytes: 2,
  header: ([first = 0, second = 0], start, end) => Buffer.from([(first & 0x81) | (49 << 1), second, flagsOf(start, end) | ((first >> 1) & 0x3f)]),
};

/** All packets of one picture, each framed for an RTSP connection; the last one carries the marker. `nals` of MJPEG is the one JPEG. */
export function packetise(codec: ClipCodec, stream: RtpStream, nals: readonly Buffer[], timestamp90k: number): Buffer {
  switch (codec) {
    case 'h264':
      return nalPackets(H264, stream, nals, timestamp90k);
    case 'h265':
      return nalPackets(H265, stream, nals, timestamp90k);
    case 'mjpeg':
      return Buffer.concat(nals.map((jpeg) => jpegPackets(stream, jpeg, timestamp90k)));
  }
}

/** Single NAL unit packets, fragments above `MAX_PAYLOAD`. */
function nalPackets(codec: Fragments, stream: RtpStream, nals: readonly Buffer[], timestamp90k: number): Buffer {
  const parts: Buffer[] = [];
  nals.forEach((nal, i) => {
    const lastNal = i === nals.length - 1;
    if (nal.length <= MAX_PAYLOAD) parts.push(rtpHeader(stream, nal.length, lastNal, timestamp90k), nal);
    else fragment(codec, stream, nal, lastNal, timestamp90k, parts);
  });
  return Buffer.concat(parts);
}

function fragment(codec: Fragments, stream: RtpStream, nal: Buffer, lastNal: boolean, timestamp90k: number, parts: Buffer[]): void {
  const chunk = MAX_PAYLOAD - codec.headBytes - 1;
  for (let at = codec.headBytes; at < nal.length; at += chunk) {
    const piece = nal.subarray(at, at + chunk);
    const end = at + chunk >= nal.length;
    const header = codec.header(nal, at === codec.headBytes, end);
    parts.push(rtpHeader(stream, piece.length + header.length, lastNal && end, timestamp90k), header, piece);
  }
}
