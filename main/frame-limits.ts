/** What the configuration says of frames, stills and clips on their way, in the queue's words: gateway, workers and desk must agree on it. */
import type { Config } from '../config/schema.ts';
import type { FrameLimits } from '../queue/frame-slot.ts';
import type { TrayLimits } from '../queue/media-tray.ts';

/** A look back over a GOP of 2 s comes as a burst of ten frames; of such size that their small pictures are most of it. */
const MOST_WAITING = 16;
const WAITING_BUDGETS = 8;

export const frameLimits = ({ frames }: Config): FrameLimits => ({
  maxFrameBytes: frames.maxFrameKb * 1024,
  maxWaiting: MOST_WAITING,
  maxWaitingBytes: WAITING_BUDGETS * frames.maxFrameKb * 1024,
  ttlMs: frames.ttlS * 1000,
});

/** Redacted pictures wait this long in Redis for a desk that is away. */
export const EVIDENCE_KEPT_MS = 10 * 60_000;

const MB = 1024 * 1024;

/** A quarter of Redis' memory: the rest is for facts. */
export const trayLimits = ({ redis }: Config): TrayLimits => ({ ttlMs: EVIDENCE_KEPT_MS, budgetBytes: (redis.maxMemoryMb * MB) / 4 });

/** The largest clip: twice what a camera's ring holds, since as much again may come while it is cut, and one must leave room for a second in the tray. */
export const mostClipBytes = (config: Config): number => Math.min(2 * config.video.ringMb * MB, trayLimits(config).budgetBytes / 2);
