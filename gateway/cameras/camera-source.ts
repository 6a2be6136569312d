/** One camera as a camera host is told of it. It holds the camera's password: it travels by IPC only and is never logged. */
import type { SmallSize } from '../../devices/camera/libav-picture.ts';

export interface CameraSource {
  readonly cameraId: string;
  /** rtsp://user:password@host:port/path */
  readonly url: string;
  /** Pictures a second that the motion gate sees. */
  readonly detectFps: number;
  readonly maxWidthPx: number;
  /** Wait for the camera's answers, and for a silent socket. */
  readonly timeoutMs: number;
  /** Longest time without one decodable picture. */
  readonly noPictureMs: number;
  /** A picture passes the motion gate at least this often. */
  readonly stillEveryMs: number;
  /** False lets every picture through, for cameras whose scene always moves. */
  readonly motionGate: boolean;
  /** What the object detector takes in: each frame then carries a raw picture of that size. Null where it is not known. */
  readonly small: SmallSize | null;
}

/** What a site need not say. */
export const CAMERA_SOURCE_DEFAULTS = {
  detectFps: 5,
  maxWidthPx: 960,
  timeoutMs: 5000,
  noPictureMs: 10_000,
  stillEveryMs: 2000,
  motionGate: true,
  small: null,
} as const satisfies Partial<CameraSource>;
