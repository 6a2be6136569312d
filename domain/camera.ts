/** A camera as the site describes it, without its address or credentials. */
import type { LonLat } from './geo.ts';

/** A point of the picture as fractions of its width and height, 0…1 from the top-left: independent of resolution. */
export type PicturePoint = readonly [x: number, y: number];

export interface Zone {
  readonly id: string;
  readonly name: string;
  /** At least three points, not closed. */
  readonly polygon: readonly PicturePoint[];
}

/** One surveyed correspondence between picture and ground. Four or more make the ground plane. */
export interface GroundPoint {
  readonly picture: PicturePoint;
  readonly ground: LonLat;
}

export interface Camera {
  readonly id: string;
  readonly name: string;
  readonly location: LonLat;
  /** The cell an alert is filed in when it cannot be placed better. */
  readonly homeCell: string;
  readonly zones: readonly Zone[];
  /** Null where nobody surveyed the camera. */
  readonly groundPlane: readonly GroundPoint[] | null;
}

/** What the gateway knows of a camera's stream now; shown per camera in the console. */
export interface CameraStatus {
  readonly cameraId: string;
  readonly state: 'connecting' | 'streaming' | 'backing-off' | 'stopped';
  /** Why it is not streaming, in one sentence without credentials; null while it streams. */
  readonly reason: string | null;
  readonly atMs: number;
  readonly lastFrameAtMs: number | null;
  readonly codec: string | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
}
