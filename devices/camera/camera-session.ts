/** What every way of reading a camera gives (libav here, a vendor's ffmpeg elsewhere): pictures one at a time, of those packets that somebody wants decoded. */
import type { Transport } from '../../domain/camera.ts';
import type { SmallPicture } from '../../domain/frame.ts';
import type { Clock } from '../../platform/clock.ts';
import type { StreamClock } from './coded-stream.ts';
import type { SmallSize } from './libav-picture.ts';
import type { PacketRing } from './packet-ring.ts';

export interface CameraSessionOptions {
  readonly cameraId: string;
  /** Longest wait for the camera's answers. */
  readonly timeoutMs: number;
  /** Longest time without a packet, and without one picture of the packets that were decoded, before the session is given up. */
  readonly noPictureMs: number;
  /** Pictures a second to give out; those between are dropped before scaling. */
  readonly detectFps: number;
  /** Width the JPEG is scaled down to. */
  readonly maxWidthPx: number;
  /** Width of the luma for the motion gate. */
  readonly lumaWidthPx: number;
  /** How RTP travels; tcp unless said. */
  readonly transport?: Transport;
  /** Certificates (PEM) that an rtsps:// camera may be vouched for by, beside the system's. */
  readonly caFile?: string | null;
  /** Where its packets are kept and who looks on at them; it is the camera's and outlives the session. Without one wake() remembers nothing. */
  readonly ring?: PacketRing;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** One picture. It lives until the next one is asked for. */
export interface CameraPicture {
  /** When it was taken, as far as the stream's time and the arrivals tell. Goes back only after a wake(). */
  readonly capturedAtMs: number;
  /** Size of the JPEG. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Brightness, one byte a pixel, row by row. */
  readonly luma: Uint8Array;
  readonly lumaWidthPx: number;
  readonly lumaHeightPx: number;
  /** Scales and encodes: about 1.3 ms of a core at 768×432, so only for pictures that go somewhere. */
  jpeg(): Promise<Uint8Array>;
  /** The same at the size a detector takes in, raw. After jpeg() only. */
  small(into: SmallSize): Promise<SmallPicture>;
}

export interface SessionCounts {
  readonly packets: number;
  /** Packets that the decoder refused. */
  readonly undecodable: number;
  /** Pictures, those in retrospect among them. */
  readonly decoded: number;
  readonly given: number;
  /** Packets that were wanted decoded and were not, because decoding had fallen behind. */
  readonly shed: number;
}

export interface CameraSession {
  readonly codec: string;
  /** Where the times of the newest packet come from; null before the first. */
  readonly clock: StreamClock | null;
  /** How far the camera's clock is ahead of ours, its delay counted as lag; null or missing where it does not tell its time. */
  readonly cameraAheadMs?: number | null;
  readonly counts: SessionCounts;
  /** What is decoded of the packets that come from now on; everything unless said. Going from key frames to everything begins behind the newest packet. */
  watch(what: 'key-frames' | 'everything'): void;
  /**
   * Begins again behind the picture taken at `fromMs`: what is remembered is decoded from the key frame before it, the pictures taken
   * after it come with their own times in their order, and then the live ones, with none left out and none twice. False where nothing
   * of that time is remembered: then everything is decoded from the next key frame on.
   */
  wake(fromMs: number): boolean;
  /** The next picture due. Errors: CAMERA_STREAM_ENDED, CAMERA_DECODE. One call at a time. */
  next(): Promise<CameraPicture>;
  /** Ends a call to next() in progress, tells the camera, frees all memory: at most about 2 s. May be called twice. */
  close(): Promise<void>;
}
