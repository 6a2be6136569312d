/** A drawn frame as RGB, for what looks at single pictures and not at a stream. */
import type { Picture } from '../../models/picture.ts';

/** Planar YUV 4:2:0, BT.601 limited range (ITU-R BT.601-7), even sides, to 8-bit RGB. */
export function pictureOf(yuv: Uint8Array, widthPx: number, heightPx: number): Picture {
  const rgb = new Uint8Array(widthPx * heightPx * 3);
  // Clamps and rounds when written.
  const clamped = new Uint8ClampedArray(rgb.buffer);
  const [u0, v0] = [widthPx * heightPx, (widthPx * heightPx * 5) / 4];
  for (let y = 0; y < heightPx; y++)
    for (let x = 0; x < widthPx; x++) {
      const chroma = (y >> 1) * (widthPx >> 1) + (x >> 1);
      const luma = 1.164 * ((yuv[y * widthPx + x] ?? 0) - 16);
      const [u, v] = [(yuv[u0 + chroma] ?? 0) - 128, (yuv[v0 + chroma] ?? 0) - 128];
      const at = (y * widthPx + x) * 3;
      clamped[at] = luma + 1.596 * v;
      clamped[at + 1] = luma - 0.392 * u - 0.813 * v;
      clamped[at + 2] = luma + 2.017 * u;
    }
  return { widthPx, heightPx, rgb };
}
