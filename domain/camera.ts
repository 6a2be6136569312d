/** A camera as the site describes it, without its address or credentials. */
import type { LonLat } from './geo.ts';
import type { HealthFault } from './health.ts';

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

/** A part of the picture in which movement is not looked for: a road behind the fence, a flag, a clock in the picture. At least three points, not closed. */
export type Mask = readonly PicturePoint[];

/** What a camera's stream is read by: libav in this process, or a vendor's ffmpeg where only that decodes in hardware. */
export const INGESTS = ['libav', 'ffmpeg'] as const;
export type Ingest = (typeof INGESTS)[number];

/** RTP inside the RTSP connection, or in datagrams beside it. */
export const TRANSPORTS = ['tcp', 'udp'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Which packets are decoded now, and why; shown per camera. */
export interface GatePolicy {
  readonly state: 'idle' | 'active' | 'hold';
  readonly decodes: 'key-frames' | 'everything';
  /**
   * keys-often-enough: key frames come within the bound on blindness; keys-too-rare: they do not, so everything is decoded;
   * packet-sizes: they do not, but the sizes of packets tell when something moves; gate-off: the site wants every picture;
   * every-picture-a-key: the codec knows nothing else; overload: the machine decodes more slowly than cameras send, so less is decoded for a while.
   */
  readonly because: 'keys-often-enough' | 'keys-too-rare' | 'packet-sizes' | 'gate-off' | 'every-picture-a-key' | 'overload';
  /** Longest time between two key frames seen lately; null before the second. */
  readonly keyEveryMs: number | null;
  /** Whether the sizes of packets are believed: off where they were found to carry no signal. */
  readonly packetTrigger: 'learning' | 'on' | 'off';
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
  'name-unknown', 'certificate-untrusted', 'certificate-other-name', 'certificate-out-of-date', 'certificate-refused', 'no-tls', 'ca-file-unreadable',
  'redirects', 'oversized-answer', 'digest-unknown', 'wrong-transport', 'no-datagrams', 'program-missing', 'program-ended',
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

/** What can be said of one fault now; a fault that nothing can be said of (the picture is black) is not named. */
export interface HealthSign {
  readonly fault: HealthFault;
  readonly wrong: boolean;
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
  /** Which packets are decoded and why; missing or null while it does not stream. */
  readonly policy?: GatePolicy | null | undefined;
  /** Where the times of its pictures come from. */
  readonly clock?: 'rtcp' | 'arrival' | null | undefined;
  /** Since its host began: packets that came, pictures decoded of them, and packets that were wanted decoded and were not, as the machine was too slow. */
  readonly decoding?: { readonly packets: number; readonly decoded: number; readonly shed: number } | undefined;
  /** Its main stream, where stills and clips are made of one of its own; reason and trouble are null where it is kept. */
  readonly evidence?: { readonly state: 'connecting' | 'streaming' | 'backing-off'; readonly reason: string | null; readonly trouble: CameraTrouble | null } | undefined;
  /** What its pictures look like now, as the camera host sees it: of those it can tell, what is wrong, and what is not. */
  readonly signs?: readonly HealthSign[] | undefined;
  /** Faults that the gateway has told and that are not over. */
  readonly faults?: readonly HealthFault[] | undefined;
}
