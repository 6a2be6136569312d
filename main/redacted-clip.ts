/** A clip with every face made unreadable: decoded, redacted and encoded, in memory. */
import { clipPictures } from '../devices/camera/clip-frames.ts';
import type { CodedPacket } from '../devices/camera/coded-stream.ts';
import { LibavEncoder } from '../devices/camera/libav-encoder.ts';
import { mp4Of } from '../devices/camera/mp4-clip.ts';
import type { Colours } from '../devices/camera/rgb-picture.ts';
import { CLIP_PACE, RedactStream, type RedactionEyes, type Shot } from '../workers/evidence/redact-stream.ts';

/** Faces in 4K are found no better, and it would take four times as long. */
const MOST_WIDTH_PX = 1920;
const USUAL_FPS = 25;

/**
 * The clip again, no wider than 1920 pixels. Throws what reading it and looking for faces throw, `signal`'s reason when that aborts, and an Error where no
 * picture of it can be decoded: a clip is redacted whole or not at all.
 */
export async function redactClip(mp4: Uint8Array, eyes: RedactionEyes, signal: AbortSignal): Promise<Uint8Array> {
  const stream = new RedactStream(eyes, CLIP_PACE);
  const recording = new Recording();
  try {
    for await (const picture of clipPictures(mp4, MOST_WIDTH_PX)) {
      signal.throwIfAborted();
      await recording.add(await stream.push({ atMs: picture.atMs, picture }), picture.colours);
    }
    return await recording.whole(await stream.end());
  } finally {
    recording.free();
  }
}

/** Pictures on their way into an MP4. */
class Recording {
  #encoder: LibavEncoder | null = null;
  #colours: Colours | null = null;
  readonly #packets: CodedPacket[] = [];

  async add(shots: readonly Shot[], colours: Colours): Promise<void> {
    this.#colours ??= colours;
    for (const { atMs, picture } of shots) {
      const { widthPx, heightPx } = picture;
      this.#encoder ??= await LibavEncoder.open({ widthPx, heightPx, purpose: 'clip', fps: USUAL_FPS, colours: this.#colours });
      this.#packets.push(...(await this.#encoder.encode(picture, atMs)));
    }
  }

  async whole(last: readonly Shot[]): Promise<Uint8Array> {
    if (this.#colours) await this.add(last, this.#colours);
    if (!this.#encoder) throw new Error('no picture of the clip can be decoded');
    this.#packets.push(...(await this.#encoder.end()));
    return mp4Of(this.#encoder.shape, this.#packets);
  }

  free(): void {
    for (const { packet } of this.#packets.splice(0)) packet.free();
    this.#encoder?.free();
  }
}
