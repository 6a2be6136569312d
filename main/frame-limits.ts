/** What the configuration says of waiting frames, in the frame slot's words: gateway and workers must agree on it. */
import type { Config } from '../config/schema.ts';
import type { FrameLimits } from '../queue/frame-slot.ts';

export const frameLimits = ({ frames }: Config): FrameLimits => ({ maxFrameBytes: frames.maxFrameKb * 1024, ttlMs: frames.ttlS * 1000 });

/** Redacted pictures wait this long in Redis for a desk that is away. */
export const EVIDENCE_KEPT_MS = 10 * 60_000;
