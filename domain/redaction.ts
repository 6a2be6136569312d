/** What a redactor (the process that makes faces unreadable in video) says of itself. */

export interface RedactorStatus {
  readonly atMs: number;
  /** Cameras whose live video it makes now, and how many it can. */
  readonly cameraIds: readonly string[];
  readonly mostCameras: number;
  /** Why it makes none, in one sentence; null where it does. */
  readonly trouble: string | null;
}

/** One silent for this long is gone. */
export const REDACTOR_STALE_MS = 15_000;
