/** A camera's video as it is sent, not decoded: packets with their times, who may listen to them, and what is still remembered of them. */
import type { Packet } from 'node-av/lib';

export const STREAM_CODECS = ['h264', 'hevc', 'mjpeg'] as const;
export type StreamCodec = (typeof STREAM_CODECS)[number];

/** What a decoder or a muxer has to know before the first packet. A camera that changes any of it in mid-stream begins a new shape. */
export interface StreamShape {
  readonly codec: StreamCodec;
  /** As the parameter sets tell; null where only a decoded picture can tell. */
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  /** Parameter sets as the description or the stream gave them (Annex B for H.264 and H.265); empty where the codec has none. */
  readonly extradata: Uint8Array;
}

/** Where the time of a packet comes from: the camera's own clock by RTCP sender reports (RFC 3550, 6.4.1), or the arrivals here. */
export const STREAM_CLOCKS = ['rtcp', 'arrival'] as const;
export type StreamClock = (typeof STREAM_CLOCKS)[number];

export interface CodedPacket {
  /** libav's packet. Whoever was given it by a call owns it until that call returns; who wants it longer clones it and frees the clone. */
  readonly packet: Packet;
  /** A decoder may begin here. */
  readonly key: boolean;
  /** Presentation and decoding time in the stream's own time, from its first packet on; dts rises strictly. */
  readonly ptsMs: number;
  readonly dtsMs: number;
  /** When the picture was taken. Never goes back within a session. */
  readonly capturedAtMs: number;
  readonly clock: StreamClock;
  readonly bytes: number;
}

/** Somebody who looks on at a camera's packets: a recorder, a live view. It must not hold up the camera: every call returns at once. */
export interface PacketTap {
  /** Before the first packet, and whenever the shape changes. */
  shape(shape: StreamShape): void;
  packet(packet: CodedPacket): void;
  /** The session is over; another may begin with shape(). */
  ended(): void;
}

/** The last seconds of a camera's stream, bounded by time and bytes. It outlives sessions; a new shape forgets what was before. */
export interface PacketHistory {
  readonly shape: StreamShape | null;
  /** When the newest packet was taken; null when nothing is remembered. */
  readonly newestAtMs: number | null;
  /**
   * Clones of the packets from the last key frame taken at or before `atMs` on (or from the oldest key frame remembered), in decoding order.
   * The caller frees each `packet`. Empty when nothing is remembered.
   */
  from(atMs: number): CodedPacket[];
  /** Listens from now on; a tap is told the shape at once where there is one. Answers how to stop. */
  tap(listener: PacketTap): () => void;
}
