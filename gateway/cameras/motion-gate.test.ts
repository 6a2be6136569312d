/** Scenes with known truth for the motion gate, and what must hold for any pictures at all. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { maskedCells } from './masked-cells.ts';
import { type GateDecision, MotionGate } from './motion-gate.ts';

const W = 160;
const H = 90;
const FRAME_MS = 200;

/** Uniform pseudo-random numbers in [0, 1) (mulberry32), so that a scene is the same at every run. */
function randomFrom(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Scene {
  readonly frames: number;
  /** Added to every pixel at this frame. */
  readonly light?: (frame: number) => number;
  /** Standard deviation of the sensor's noise, per pixel. */
  readonly noise?: number;
  /** A rectangle brighter by `contrast` than what is behind it. */
  readonly body?: (frame: number) => { x: number; y: number; w: number; h: number; contrast: number } | null;
  /** Added at one pixel. */
  readonly texture?: (x: number, y: number, frame: number) => number;
}

/** Plays a scene through a new gate: one decision per frame, `frameMs` apart. */
function play(scene: Scene, gate = new MotionGate(), frameMs = FRAME_MS): GateDecision[] {
  const random = randomFrom(7);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: scene.frames }, (_, frame) => {
    const body = scene.body?.(frame) ?? null;
    const luma = new Uint8Array(W * H);
    for (let y = 0; y < H; y++) {
      for (let x = 0; x < W; x++) {
        const inside = body !== null && x >= body.x && x < body.x + body.w && y >= body.y && y < body.y + body.h;
        const value = 90 + (x % 16 < 8 ? 15 : 0) + (scene.light?.(frame) ?? 0) + (inside ? body.contrast : 0) + (scene.texture?.(x, y, frame) ?? 0) + (scene.noise ? scene.noise * normal() : 0);
        luma[y * W + x] = Math.max(0, Math.min(255, Math.round(value)));
      }
    }
    return gate.decide(luma, W, H, frame * frameMs);
  });
}

const reasons = (decisions: readonly GateDecision[], from = 0, to = decisions.length): string[] => decisions.slice(from, to).map((d) => d.reason);

describe('a scene without motion passes only still looks', () => {
  test.each<[string, Scene]>([
    ['nothing changes', { frames: 100 }],
    ['sensor noise of 6 levels a pixel', { frames: 100, noise: 6 }],
    ['dusk: 100 levels in 60 s', { frames: 300, light: (f) => 60 - f / 3 }],
    ['a cloud: 25 levels in 4 s', { frames: 150, light: (f) => -25 * Math.min(1, Math.max(0, (f - 50) / 20)), noise: 3 }],
    ['mains flicker of 12 levels', { frames: 100, light: (f) => (f % 2) * 12, noise: 2 }],
    ['an exposure step of 20 levels', { frames: 100, light: (f) => (f >= 50 ? 20 : 0), noise: 2 }],
  ])('%s', (_, scene) => {
    const after5s = reasons(play(scene), 25);
    expect(new Set(after5s)).toEqual(new Set(['still-look', 'quiet']));
    // One picture in 2 s: every tenth.
    const looks = after5s.filter((r) => r === 'still-look').length;
    expect(Math.abs(looks - after5s.length / 10)).toBeLessThanOrEqual(1);
  });
});

describe('motion', () => {
  const walker = (from: number, speedPx: number, size: { w: number; h: number }, contrast: number) => (f: number) =>
    f < from ? null : { x: Math.round((f - from) * speedPx), y: 40, ...size, contrast };

  test('a person crossing opens the gate within two frames and keeps it open', () => {
    const decisions = play({ frames: 120, noise: 4, body: walker(50, 2, { w: 6, h: 18 }, 40) });
    expect(reasons(decisions, 50, 52)).toContain('motion');
    expect(decisions.slice(52).every((d) => d.pass)).toBe(true);
    expect(decisions.slice(52).filter((d) => d.reason === 'motion').length).toBeGreaterThan(60);
  });

  test('a distant person, 3×8 px of the luma (18×48 of the picture), is noticed', () => {
    expect(reasons(play({ frames: 120, noise: 2, body: walker(50, 1, { w: 3, h: 8 }, 45) }), 50, 70)).toContain('motion');
  });

  test('a dark body on a bright ground is as good as a bright one on a dark', () => {
    expect(reasons(play({ frames: 70, noise: 4, body: walker(50, 2, { w: 6, h: 18 }, -40) }), 50, 54)).toContain('motion');
  });

  test('somebody who stays holds it, then is seen by still looks; leaving opens it again', () => {
    const decisions = play({ frames: 260, noise: 3, body: (f) => (f >= 50 && f < 200 ? { x: 70, y: 40, w: 8, h: 24, contrast: 50 } : null) });
    expect(decisions[50]?.reason).toBe('motion');
    expect(reasons(decisions, 60, 75)).toContain('hold');
    const standing = reasons(decisions, 120, 200);
    expect(new Set(standing)).toEqual(new Set(['still-look', 'quiet']));
    expect(standing.filter((r) => r === 'still-look').length).toBe(8);
    expect(decisions[200]?.reason).toBe('motion');
    expect(reasons(decisions, 240)).toContain('quiet');
  });

  test('hold lasts as long as said after the last motion', () => {
    const decisions = play({ frames: 200, body: (f) => (f === 50 ? { x: 70, y: 40, w: 8, h: 24, contrast: 60 } : null) }, new MotionGate({ holdMs: 2000 }));
    const lastMotion = reasons(decisions).lastIndexOf('motion');
    expect(reasons(decisions, lastMotion + 1, lastMotion + 11)).toEqual(Array(10).fill('hold'));
    expect(decisions[lastMotion + 11]?.reason).toBe('quiet');
  });

  test('a tree in the wind closes again; a person before it still opens', () => {
    const wind = (x: number, y: number, f: number): number => (x < 60 && y < 50 ? 14 * Math.sin(f * 1.3 + x / 5) : 0);
    const decisions = play({ frames: 300, noise: 2, texture: wind, body: walker(250, 2, { w: 8, h: 24 }, 60) });
    expect(reasons(decisions, 150, 250).filter((r) => r === 'motion').length).toBeLessThan(20);
    expect(reasons(decisions, 250, 256)).toContain('motion');
  });
});

describe('one picture in two seconds, as between key frames', () => {
  const GOP_MS = 2000;
  const slowly = (scene: Scene): GateDecision[] => play(scene, new MotionGate({ holdMs: 0 }), GOP_MS);
  const motions = (decisions: readonly GateDecision[], from = 0, to = decisions.length): number => reasons(decisions, from, to).filter((r) => r === 'motion').length;

  test.each<[string, Scene, number]>([
    ['nothing changes', { frames: 100 }, 0],
    ['sensor noise of 6 levels a pixel', { frames: 300, noise: 6 }, 0],
    ['dusk: 100 levels in 10 minutes', { frames: 300, light: (f) => 60 - f / 3, noise: 2 }, 0],
    ['a cloud: 25 levels from one picture to the next', { frames: 150, light: (f) => (f >= 50 ? -25 : 0), noise: 3 }, 0],
    ['a shadow that deepens on half of the picture by 40 levels in 4 minutes', { frames: 160, texture: (x, _, f) => (x < 80 ? -Math.min(40, f / 3) : 0), noise: 2 }, 0],
    // Each of them costs one look back. In the first pictures the leaves' noise is not known yet.
    ['a tree in the wind', { frames: 300, noise: 2, texture: (x, y, f) => (x < 60 && y < 50 ? 14 * Math.sin(f * 13.7 + x / 5) : 0) }, 15],
  ])('is quiet where there is no motion: %s', (_, scene, most) => {
    expect(motions(slowly(scene), 10)).toBeLessThanOrEqual(most);
  });

  test('somebody in one picture is noticed in it, by day and with noise, and so is that he is gone', () => {
    for (const noise of [0, 2, 4]) {
      for (const contrast of [45, -45]) {
        const decisions = slowly({ frames: 60, noise, body: (f) => (f === 40 ? { x: 70, y: 40, w: 5, h: 14, contrast } : null) });
        expect([decisions[40]?.reason, motions(decisions, 20, 40), motions(decisions, 45)]).toEqual(['motion', 0, 0]);
      }
    }
  });

  test('somebody who crosses slowly is noticed in every picture', () => {
    expect(motions(slowly({ frames: 60, noise: 3, body: (f) => (f < 40 ? null : { x: (f - 40) * 7, y: 40, w: 5, h: 14, contrast: 40 }) }), 40)).toBe(20);
  });

  test('what stays is background after a few pictures', () => {
    const decisions = slowly({ frames: 80, noise: 2, body: (f) => (f < 40 ? null : { x: 70, y: 40, w: 8, h: 24, contrast: 50 }) });
    expect(decisions[40]?.reason).toBe('motion');
    expect(motions(decisions, 50)).toBe(0);
  });
});

describe('masks', () => {
  const road = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]] as const;
  const gate = (): MotionGate => new MotionGate({ masks: [road] });
  const traffic = (x: number, _: number, f: number): number => (x < 80 && (x + f * 5) % 40 < 20 ? 60 : 0);

  test('what moves within one does not count, beside it does', () => {
    const decisions = play({ frames: 120, noise: 2, texture: traffic, body: (f) => (f >= 80 ? { x: 90 + (f - 80), y: 40, w: 6, h: 18, contrast: 45 } : null) }, gate());
    expect(reasons(decisions, 0, 80)).not.toContain('motion');
    expect(reasons(decisions, 80, 83)).toContain('motion');
    expect(decisions.flatMap(({ moving }) => moving).every(({ x }) => x >= 0.5)).toBe(true);
  });

  test('a light that changes everywhere is none, whatever the traffic does', () => {
    expect(reasons(play({ frames: 60, light: (f) => (f > 30 ? 20 : 0), texture: traffic }, gate()), 5)).not.toContain('motion');
  });

  test('a picture that is masked as a whole never moves', () => {
    const whole = new MotionGate({ masks: [[[0, 0], [1, 0], [1, 1], [0, 1]]] });
    expect(play({ frames: 30, texture: traffic }, whole).every(({ motion }) => motion === 0)).toBe(true);
  });

  test('a triangle masks the cells whose centres lie in it', () => {
    expect([...maskedCells([[[0, 0], [1, 0], [0, 1]]], 16, 16, 4)]).toEqual([1, 1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
  });
});

test('a copy goes on from what was seen until then, and neither changes the other', () => {
  const gate = new MotionGate();
  play({ frames: 40, noise: 3 }, gate);
  const copy = gate.copy();
  const [luma, other] = [new Uint8Array(W * H).fill(90), new Uint8Array(W * H).fill(30, 0, W * 20)];
  gate.decide(other, W, H, 40 * FRAME_MS);
  const fresh = copy.copy();
  expect(copy.decide(luma, W, H, 41 * FRAME_MS)).toEqual(fresh.decide(luma, W, H, 41 * FRAME_MS));
});

test('a gate that is told of motion ahead stays open until then and is held after', () => {
  const gate = new MotionGate({ holdMs: 1000, stillEveryMs: 1e9 });
  const decide = (atMs: number): string => gate.decide(new Uint8Array(W * H), W, H, atMs).reason;
  decide(0);
  gate.openUntil(2000);
  expect([500, 1500, 2000, 3000, 3200].map(decide)).toEqual(['hold', 'hold', 'hold', 'hold', 'quiet']);
});

describe('for any pictures at all', () => {
  const picture = fc.uint8Array({ minLength: 24 * 16, maxLength: 24 * 16 });
  const film = fc.array(fc.record({ luma: picture, gapMs: fc.integer({ min: 0, max: 3000 }) }), { minLength: 1, maxLength: 40 });

  test('the motion is a share, pass agrees with the reason, and never do 2 s go by without a picture that could have passed', () => {
    fc.assert(
      fc.property(film, (frames) => {
        const gate = new MotionGate();
        let atMs = 0;
        let lastPassAtMs = -Infinity;
        for (const { luma, gapMs } of frames) {
          atMs += gapMs;
          const decision = gate.decide(luma, 24, 16, atMs);
          expect(decision.motion).toBeGreaterThanOrEqual(0);
          expect(decision.motion).toBeLessThanOrEqual(1);
          expect(decision.pass).toBe(decision.reason !== 'quiet');
          if (atMs - lastPassAtMs >= 2000) expect(decision.pass).toBe(true);
          if (decision.pass) lastPassAtMs = atMs;
        }
      }),
      { numRuns: 60 },
    );
  });

  test('the same film gives the same decisions', () => {
    fc.assert(
      fc.property(film, (frames) => {
        const run = (): GateDecision[] => {
          const gate = new MotionGate();
          let atMs = 0;
          return frames.map(({ luma, gapMs }) => gate.decide(luma, 24, 16, (atMs += gapMs)));
        };
        expect(run()).toEqual(run());
      }),
      { numRuns: 20 },
    );
  });

  test('a new size begins anew with a picture that passes; a clock set back does not close the gate for ever', () => {
    const gate = new MotionGate();
    gate.decide(new Uint8Array(24 * 16), 24, 16, 1_000_000);
    expect(gate.decide(new Uint8Array(24 * 16), 24, 16, 1_000_200).reason).toBe('quiet');
    expect(gate.decide(new Uint8Array(32 * 16), 32, 16, 1_000_400).reason).toBe('still-look');
    expect(gate.decide(new Uint8Array(32 * 16), 32, 16, 500).reason).toBe('still-look');
    expect(gate.decide(new Uint8Array(3 * 2), 3, 2, 700).pass).toBe(true);
    expect(() => gate.decide(new Uint8Array(3), 24, 16, 800)).toThrow('luma has 3 bytes');
  });
});

test('what moves is told in fractions of the picture, and a light that changes everywhere is no place', () => {
  const decisions = play({ frames: 40, light: (f) => (f > 30 ? 20 : 0), body: (f) => (f < 10 || f > 25 ? null : { x: 40 + (f - 10) * 4, y: 40, w: 8, h: 20, contrast: 60 }) });
  for (const frame of [12, 18, 24]) {
    const { moving } = decisions[frame]!;
    const middle = { x: (40 + (frame - 10) * 4 + 4) / W, y: 50 / H };
    expect(moving.some((r) => middle.x >= r.x && middle.x <= r.x + r.w && middle.y >= r.y && middle.y <= r.y + r.h)).toBe(true);
    expect(moving.reduce((sum, r) => sum + r.w * r.h, 0)).toBeLessThan(0.1);
  }
  expect(decisions[5]!.moving).toEqual([]);
  expect(decisions[31]!.moving.every((r) => r.x >= 40 / W - 0.05)).toBe(true);
});
