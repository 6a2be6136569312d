/** A decoded picture of a camera on its way to a worker: what travels with the pixels, and how frames are counted. */
import type { Box } from './detection.ts';

/** Pixels lie in Redis beside this description, as JPEG and as a SmallPicture; jobs carry only the camera's name. */
export interface FrameInfo {
  readonly cameraId: string;
  /** Counts this camera's frames since its session began; never reused within a session. */
  readonly seq: number;
  /** When the picture was taken as far as we know: arrival of its first packet. */
  readonly capturedAtMs: number;
  /** When its last packet had come in and it was decoded: latencies are measured from here. */
  readonly receivedAtMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly traceparent: string;
  /** Whose clock told capturedAtMs: the camera's by RTCP, or ours by the arrivals; absent in what an earlier version kept. */
  readonly clock?: 'rtcp' | 'arrival';
  /** Where something moves, largest first, in fractions of the picture; absent where nobody looked. */
  readonly moving?: readonly Box[];
}

/**
 * The same picture at the size that the object detector takes in, not compressed: nobody has to decode it.
 * Planar 4:2:0 of JFIF's colours (BT.601, full range): widthPx · heightPx of luma, then blue and red difference, each ⌈w/2⌉ · ⌈h/2⌉.
 */
export interface SmallPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly i420: Uint8Array;
}

/** Invariant 2: framesIn = framesInferred + framesShed + frames still waiting (0 or 1) or in work (0 or 1), per camera. */
export interface FrameCounts {
  readonly framesIn: number;
  readonly framesInferred: number;
  readonly framesShed: number;
}
