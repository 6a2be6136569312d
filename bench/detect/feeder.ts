/** Frames come from another process, as they do from camera hosts: put by this one, their memory would be collected in its time. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SmallSize } from '../../devices/camera/libav-picture.ts';

/** What a feeder shows on all its cameras, each a frame further in it than the one before. */
export interface Street {
  readonly socket: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly into: SmallSize;
  readonly frames: number;
}

export interface Asked {
  readonly cameras: readonly string[];
  readonly seq: number;
  readonly withSmall: boolean;
}

export interface FrameBytes {
  readonly jpegBytes: number;
  readonly smallBytes: number;
}

export class Feeder {
  readonly bytes: FrameBytes;
  readonly #child: ChildProcess;
  #seq = 0;

  /** Only startFeeder makes one. */
  constructor(child: ChildProcess, bytes: FrameBytes) {
    this.#child = child;
    this.bytes = bytes;
  }

  /** The next frame of each camera; they are as far apart as at 5 fps. */
  async put(cameras: readonly string[], withSmall: boolean): Promise<void> {
    const asked: Asked = { cameras, seq: this.#seq++, withSmall };
    const answered = once(this.#child, 'message');
    this.#child.send(asked);
    await answered;
  }

  async close(): Promise<void> {
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

/** It works only while it is asked to put, and what is measured is measured in between. */
export async function startFeeder(street: Street): Promise<Feeder> {
  const child = fork(path.join(import.meta.dirname, 'feed.ts'), [JSON.stringify(street)]);
  const [bytes] = (await once(child, 'message')) as [FrameBytes];
  return new Feeder(child, bytes);
}
