/** What rules must find in the clips of `../shared/clips`, as read off the pictures by a person (clips.json). */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { PicturePoint } from '../../domain/camera.ts';
import type { MustFind, StagedRule } from './stage.ts';

/** Zones are in fractions of the picture. */
export interface WatchedClip {
  /** File name under `../shared/clips`. */
  readonly clip: string;
  readonly lengthS: number;
  /** How the truth was read off. */
  readonly note: string;
  /** Why its figures are told apart and no goal is held against them. */
  readonly apart: string | null;
  readonly zones: Readonly<Record<string, readonly PicturePoint[]>>;
  readonly rules: readonly StagedRule[];
  readonly mustFind: readonly MustFind[];
}

export function watchedClips(): WatchedClip[] {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, 'clips.json'), 'utf8')) as WatchedClip[];
}
