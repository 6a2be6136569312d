/** A decoded picture of a camera on its way to a worker: what travels with the pixels, and how frames are counted. */

/** Pixels lie in Redis as JPEG beside this description; jobs carry only the camera's name. */
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
}

/** Invariant 2: framesIn = framesInferred + framesShed + frames still waiting (0 or 1) or in work (0 or 1), per camera. */
export interface FrameCounts {
  readonly framesIn: number;
  readonly framesInferred: number;
  readonly framesShed: number;
}
