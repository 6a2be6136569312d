/** All that a camera host can tell of a camera's own health: by its pictures, and by its clock. */
import type { HealthSign } from '../../domain/camera.ts';
import type { PictureEyes } from './camera-loop.ts';
import { ClockWatch } from './clock-watch.ts';
import { PictureWatch } from './picture-watch.ts';

export class CameraEyes implements PictureEyes {
  readonly #picture = new PictureWatch();
  readonly #clock = new ClockWatch();

  look(luma: Uint8Array, widthPx: number, heightPx: number, atMs: number): void {
    this.#picture.see(luma, widthPx, heightPx, atMs);
  }

  heard(cameraAheadMs: number | null, atMs: number): void {
    this.#clock.see(cameraAheadMs, atMs);
  }

  get signs(): readonly HealthSign[] {
    return [...this.#picture.signs, ...this.#clock.signs];
  }
}
