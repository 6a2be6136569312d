/** The loops of several cameras in one process: started together, closed together, none of them in another's way. */
import type { PacketHistory } from '../../devices/camera/coded-stream.ts';
import { openFfmpeg } from '../../devices/camera/ffmpeg-session.ts';
import { openRtsp } from '../../devices/camera/libav-session.ts';
import { PacketRing } from '../../devices/camera/packet-ring.ts';
import { openPackets } from '../../devices/camera/packet-source.ts';
import { type CameraLoopParts, type FrameSink, type OpenCamera, type PictureEyes, type StatusSink, runCamera } from './camera-loop.ts';
import type { CameraSource } from './camera-source.ts';
import { EvidenceRecorder, type OpenPackets } from './evidence-recorder.ts';

export interface CameraHostParts {
  readonly cameras: readonly CameraSource[];
  readonly frames: FrameSink;
  readonly status: StatusSink;
  readonly env: CameraLoopParts['env'];
  /** What looks at a camera's pictures for faults of its own; nothing unless given. */
  readonly eyesOf?: (source: CameraSource) => PictureEyes;
  /** How a camera's session is opened; as its `ingest` says unless given. */
  readonly open?: (source: CameraSource) => OpenCamera;
  readonly openPackets?: OpenPackets;
}

/** What is remembered of one camera: of the stream that is watched, and of its main stream where that is another. */
interface Rings {
  readonly detect: PacketRing;
  readonly evidence: PacketRing | null;
}

/** A main stream this far behind the other is away. */
const AWAY_MS = 5000;

const asItSays = ({ ingest, ffmpeg }: CameraSource): OpenCamera => (ingest === 'ffmpeg' ? (url, options) => openFfmpeg(url, options, ffmpeg) : (url, options) => openRtsp(url, options));

export class CameraHost {
  readonly #parts: CameraHostParts;
  readonly #stop = new AbortController();
  readonly #rings: ReadonlyMap<string, Rings>;
  #running: Promise<unknown> | null = null;

  constructor(parts: CameraHostParts) {
    this.#parts = parts;
    this.#rings = new Map(parts.cameras.map(({ cameraId, evidenceUrl, ring }) => [cameraId, { detect: new PacketRing(ring), evidence: evidenceUrl === null ? null : new PacketRing(ring) }]));
  }

  /** Starts every camera and returns at once: a camera that cannot be reached is no reason not to start. */
  start(): void {
    this.#running ??= Promise.all(this.#parts.cameras.flatMap((source) => this.#startCamera(source)));
  }

  /**
   * The last seconds of a camera's stream: of the one that is watched, or of the one that evidence is made of, which is the same where
   * its main stream is away. Null for a camera of another host.
   */
  historyOf(cameraId: string, of: 'detect' | 'evidence'): PacketHistory | null {
    const rings = this.#rings.get(cameraId);
    if (!rings) return null;
    const { detect, evidence } = rings;
    return of === 'detect' || !evidence || (detect.newestAtMs ?? 0) - (evidence.newestAtMs ?? 0) > AWAY_MS ? detect : evidence;
  }

  /** Ends all sessions, at the same time, within about 2 s, and forgets what was kept. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    for (const { detect, evidence } of this.#rings.values()) {
      detect.close();
      evidence?.close();
    }
  }

  #startCamera(source: CameraSource): Promise<void>[] {
    const { open = asItSays, frames, status, env, eyesOf } = this.#parts;
    const { detect, evidence } = this.#rings.get(source.cameraId) ?? { detect: new PacketRing(source.ring), evidence: null };
    const recorder = source.evidenceUrl !== null && evidence !== null ? new EvidenceRecorder(source, source.evidenceUrl, evidence, this.#parts.openPackets ?? openPackets, env) : null;
    const own = { ring: detect, ...(eyesOf ? { eyes: eyesOf(source) } : {}), ...(recorder ? { evidence: () => recorder.state } : {}) };
    return [runCamera(source, { open: open(source), frames, status, env, ...own }, this.#stop.signal), ...(recorder ? [recorder.run(this.#stop.signal)] : [])];
  }
}
