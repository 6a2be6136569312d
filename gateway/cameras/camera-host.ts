/** The loops of several cameras in one process: started together, closed together, none of them in another's way. */
import { openRtsp } from '../../devices/camera/libav-session.ts';
import { type CameraLoopParts, type FrameSink, type OpenCamera, type StatusSink, runCamera } from './camera-loop.ts';
import type { CameraSource } from './camera-source.ts';

export interface CameraHostParts {
  readonly cameras: readonly CameraSource[];
  readonly frames: FrameSink;
  readonly status: StatusSink;
  readonly env: CameraLoopParts['env'];
  /** For tests; libav otherwise. */
  readonly open?: OpenCamera;
}

export class CameraHost {
  readonly #parts: CameraHostParts;
  readonly #stop = new AbortController();
  #running: Promise<unknown> | null = null;

  constructor(parts: CameraHostParts) {
    this.#parts = parts;
  }

  /** Starts every camera and returns at once: a camera that cannot be reached is no reason not to start. */
  start(): void {
    const { cameras, open = openRtsp, frames, status, env } = this.#parts;
    this.#running ??= Promise.all(cameras.map((source) => runCamera(source, { open, frames, status, env }, this.#stop.signal)));
  }

  /** Ends all sessions, at the same time, within about 2 s. May be called twice. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}
