/** The ways in which a fake camera can misbehave, each the same at every run. */
import type { ClipCodec } from './clip.ts';

export type Fault =
  /** Takes the connection and never answers a request for this camera. */
  | { readonly kind: 'hangs' }
  /** Answers every request for this camera with this status. */
  | { readonly kind: 'refuses'; readonly status: 401 | 403 | 404 | 453 | 500 | 503 }
  /** Accepts PLAY and then sends nothing. */
  | { readonly kind: 'silent' }
  /** Closes the connection after so many frames. */
  | { readonly kind: 'dies'; readonly afterFrames: number }
  /** After so many frames sends half a packet and then nothing, the connection still open. */
  | { readonly kind: 'stalls'; readonly afterFrames: number }
  /** Describes itself well, and then in so many bytes more (default 100 million in all) of no meaning. */
  | { readonly kind: 'huge-sdp'; readonly bytes?: number }
  /** Answers DESCRIBE with a header line that never ends, as fast as it is read. */
  | { readonly kind: 'endless-header' }
  /** Answers DESCRIBE with a byte a second, for ever: too little to be an answer, too much to be silence. */
  | { readonly kind: 'trickles' }
  /** After so many frames its time stamps jump by this much, back where it is negative, and go on from there. */
  | { readonly kind: 'jumps'; readonly afterFrames: number; readonly byS: number }
  /** Leaves out this part of its datagrams (0 to 1), always the same ones. */
  | { readonly kind: 'loses'; readonly part: number }
  /** `payload`: RTP packets of random bytes. `framing`: random bytes in place of interleaved frames, from PLAY on. `sdp`: random bytes for a description. */
  | { readonly kind: 'rubbish'; readonly where: 'payload' | 'framing' | 'sdp' }
  /** Announces another codec in its SDP; its packets bear that payload type but hold the clip's own. */
  | { readonly kind: 'wrong-codec'; readonly codec: 'H265' | 'JPEG' | 'MPV' }
  /** Announces an audio stream and no video. */
  | { readonly kind: 'no-video' }
  /** Cuts every NAL unit (of MJPEG: every picture) to this part of its length (default 0.3). */
  | { readonly kind: 'truncated'; readonly keep?: number }
  /** Sends frames this many times slower, with time stamps to match (default 10). */
  | { readonly kind: 'slow'; readonly times?: number };

/** A small generator of random-looking bytes (xorshift32, Marsaglia 2003), so that rubbish is the same rubbish every time. */
export class RubbishSource {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 1;
  }

  bytes(count: number): Buffer {
    const out = Buffer.allocUnsafe(count);
    for (let i = 0; i < count; i++) {
      this.#state ^= this.#state << 13;
      this.#state ^= this.#state >>> 17;
      this.#state ^= this.#state << 5;
      out[i] = this.#state & 0xff;
    }
    return out;
  }
}

/** A JPEG keeps this much, so that its header, which RFC 2435 does not send as it is, can still be read. */
const MIN_JPEG_BYTES = 1024;

/** Each NAL unit or JPEG shortened to the part `keep` of its length, never to nothing. */
export function truncate(codec: ClipCodec, nals: readonly Buffer[], keep: number): Buffer[] {
  return nals.map((nal) => nal.subarray(0, Math.max(codec === 'mjpeg' ? MIN_JPEG_BYTES : 1, Math.floor(nal.length * keep))));
}
