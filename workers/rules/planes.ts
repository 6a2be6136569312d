/** Planes of numbers, one per cell of a thumbnail, as text: what a rule remembers of a picture must be plain JSON, and small. */

/** Whole numbers 0…65535, two bytes each, base64. Values are rounded and held in that range. */
export function packed(values: ArrayLike<number>, scale: number): string {
  return Buffer.from(Uint16Array.from(values, (value) => Math.min(65_535, Math.max(0, Math.round(value * scale)))).buffer).toString('base64');
}

/** What {@link packed} kept, divided by the scale again. */
export function unpacked(text: string, scale: number): Float32Array {
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  return Float32Array.from(new Uint16Array(bytes.buffer, 0, bytes.length >> 1), (value) => value / scale);
}
