/** What a gateway and its camera hosts say to each other over IPC. Camera URLs hold passwords, so they go this way and never in argv or env. */
import type { CameraStatus } from '../../domain/camera.ts';
import type { CameraSource } from './camera-source.ts';

/** First message to a new host: its cameras, and whatever `main/` wants its own host to know (where Redis is, log level): JSON. */
export interface HostStart {
  readonly type: 'start';
  readonly cameras: readonly CameraSource[];
  readonly settings: unknown;
}

/** What a host is asked for about one of its cameras. The media itself goes by Redis; the answer says where it lies. */
export type HostAsk =
  /** The picture taken at `atMs` (the nearest remembered), in full resolution. */
  | { readonly kind: 'still'; readonly alertId: string; readonly atMs: number }
  /** The stream from the key frame before `fromMs` to `toMs`, as an MP4. */
  | { readonly kind: 'clip'; readonly alertId: string; readonly fromMs: number; readonly toMs: number };

export interface MediaMade {
  /** In the media tray. */
  readonly key: string;
  /** When the first picture of it was taken. */
  readonly takenAtMs: number;
}

export type ToHost = HostStart | { readonly type: 'ask'; readonly askId: number; readonly cameraId: string; readonly ask: HostAsk } | { readonly type: 'close' };

export type FromHost =
  | { readonly type: 'ready' }
  /** It could not start; it exits after this. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'status'; readonly status: CameraStatus }
  /** To an ask; null when it cannot be had (nothing of that time is remembered), and why. */
  | { readonly type: 'answer'; readonly askId: number; readonly made: MediaMade | null; readonly why: string | null };
