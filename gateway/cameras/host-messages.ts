/** What a gateway and its camera hosts say to each other over IPC. Camera URLs hold passwords, so they go this way and never in argv or env. */
import type { CameraStatus } from '../../domain/camera.ts';
import type { CameraSource } from './camera-source.ts';

/** First message to a new host: its cameras, and whatever `main/` wants its own host to know (where Redis is, log level): JSON. */
export interface HostStart {
  readonly type: 'start';
  readonly cameras: readonly CameraSource[];
  readonly settings: unknown;
}

export type ToHost = HostStart | { readonly type: 'close' };

export type FromHost =
  | { readonly type: 'ready' }
  /** It could not start; it exits after this. */
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'status'; readonly status: CameraStatus };
