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

/** A line that may be crossed. Its sides are named as somebody sees them who walks from the first point to the second. */
export interface Line {
  readonly id: string;
  readonly name: string;
  readonly points: readonly [from: PicturePoint, to: PicturePoint];
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
  readonly lines: readonly Line[];
  /** Null where nobody surveyed the camera. */
  readonly groundPlane: readonly GroundPoint[] | null;
  /** Standard deviation of a surveyed place in metres, each way; 0.3 unless said. */
  readonly surveyErrorM?: number | undefined;
  /** The lens above the ground it looks at; without it no object's height can be measured. */
  readonly heightM?: number | null | undefined;
}

/** What kind of trouble keeps a camera from streaming: the error's code, or that its process died or was stopped. */
export const CAMERA_TROUBLES = ['CAMERA_UNREACHABLE', 'CAMERA_CODEC', 'CAMERA_NO_VIDEO', 'CAMERA_STREAM_ENDED', 'CAMERA_DECODE', 'HOST_DIED', 'STOPPED', 'OTHER'] as const;

/** What lies behind it, as far as the connection tells. */
export const CAMERA_CAUSES = [
  'connection-refused', 'no-route', 'no-network', 'reset', 'timeout', 'closed', 'broken', 'bad-description', 'bad-credentials', 'forbidden',
  'no-such-stream', 'too-many-viewers', 'camera-error', 'bad-address', 'no-picture', 'undecodable', 'stopped',
] as const;

/** Why a camera does not stream, for programs that word it in the reader's language. */
export interface CameraTrouble {
  readonly code: (typeof CAMERA_TROUBLES)[number];
  readonly cause: (typeof CAMERA_CAUSES)[number] | null;
  /** The codec it sends, where that is the trouble. */
  readonly codec: string | null;
  /** How long it was waited for, where that is the trouble. */
  readonly afterS: number | null;
}

/** What the gateway knows of a camera's stream now; shown per camera in the console. */
export interface CameraStatus {
  readonly cameraId: string;
  readonly state: 'connecting' | 'streaming' | 'backing-off' | 'stopped';
  /** Why it is not streaming, in one sentence without credentials; null while it streams. */
  readonly reason: string | null;
  /** The same for programs; missing in what a gateway of before kept. */
  readonly trouble?: CameraTrouble | null | undefined;
  readonly atMs: number;
  readonly lastFrameAtMs: number | null;
  readonly codec: string | null;
  readonly widthPx: number | null;
  readonly heightPx: number | null;
}
