/** One camera as a camera host is told of it. It holds the camera's password: it travels by IPC only and is never logged. */
import type { Ingest, Mask, Transport } from '../../domain/camera.ts';
import type { SmallSize } from '../../devices/camera/libav-picture.ts';

export interface CameraSource {
  readonly cameraId: string;
  /** rtsp://user:password@host:port/path */
  readonly url: string;
  /** Its main stream, for stills and clips, where `url` is a sub-stream; null where one stream serves for all. */
  readonly evidenceUrl: string | null;
  readonly transport: Transport;
  readonly ingest: Ingest;
  /** A vendor's ffmpeg for `ingest: ffmpeg`: path of the program, and what stands before its -i (a hardware decoder). */
  readonly ffmpeg: { readonly program: string; readonly inputOptions: readonly string[] };
  /** Certificates (PEM) that an rtsps:// camera may be vouched for by, beside the system's; null for those alone. */
  readonly caFile: string | null;
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
  /** Longest time that nothing of the scene is seen: where key frames come more rarely, more is decoded. */
  readonly maxBlindMs: number;
  readonly masks: readonly Mask[];
  /** What is remembered of its stream: so many seconds, at most so many bytes. */
  readonly ring: { readonly seconds: number; readonly bytes: number };
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
  evidenceUrl: null,
  transport: 'tcp',
  ingest: 'libav',
  ffmpeg: { program: 'ffmpeg', inputOptions: [] },
  caFile: null,
  maxBlindMs: 2000,
  masks: [],
  ring: { seconds: 15, bytes: 24 * 1024 * 1024 },
  small: null,
} as const satisfies Partial<CameraSource>;
