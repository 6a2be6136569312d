/** The gate played against cameras with known truth: what it decodes, what it passes, and that nothing that moves escapes it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PictureMaker } from '../../devices/camera/libav-picture.ts';
import { decodedFrames } from '../../test-fixtures/clip-frames.ts';
import { makeCrossingClip } from '../../test-fixtures/crossing-clip.ts';
import { readClip } from '../../test-fixtures/fake-camera/clip.ts';
import { playThroughGate } from '../../test-fixtures/gated-camera.ts';
import { CameraGate, type CameraGateOptions } from './camera-gate.ts';

const W = 64;
const H = 36;
const FPS = 25;
const STEP_MS = 1000 / FPS;
const LOOK_EVERY_MS = 200;

interface Play {
  readonly seconds: number;
  readonly keyEveryS: number | ((atMs: number) => number);
  /** When the body is in the picture. */
  readonly body?: (atMs: number) => boolean;
  /** Bytes of a packet that is no key frame. */
  readonly bytes?: (atMs: number, moving: boolean) => number;
  readonly codec?: string;
  readonly gate?: Partial<CameraGateOptions>;
}

const OPTIONS: CameraGateOptions = { motionGate: true, stillEveryMs: 2000, maxBlindMs: 2000, masks: [], rememberedMs: 15_000 };

/** Draws the picture of a moment: the body walks on by a pixel in 100 ms. */
function luma(atMs: number, body: boolean): Uint8Array {
  const picture = Uint8Array.from({ length: W * H }, (_, at) => 90 + ((at * 7 + Math.floor(at / W) * 13) % 23) + (((at * 31 + atMs) >> 3) % 3));
  const x = Math.floor(atMs / 100) % (W - 6);
  for (let y = 10; body && y < 24; y++) picture.fill(200, y * W + x, y * W + x + 6);
  return picture;
}

const BEGIN_MS = 1_000_000;

function play({ seconds, keyEveryS, body = () => false, bytes = () => 1000, codec = 'h264', gate: over = {} }: Play) {
  const gate = new CameraGate({ ...OPTIONS, ...over });
  let nextKeyMs = 0;
  const sent = Array.from({ length: seconds * FPS }, (_, frame) => {
    const atMs = BEGIN_MS + frame * STEP_MS;
    const key = codec === 'mjpeg' || atMs - BEGIN_MS >= nextKeyMs;
    if (key) nextKeyMs += 1000 * (typeof keyEveryS === 'number' ? keyEveryS : keyEveryS(atMs));
    return { atMs, key, bytes: key ? 30_000 : bytes(atMs, body(atMs)) };
  });
  const played = playThroughGate(gate, sent, (number) => ({ bytes: luma(sent[number]?.atMs ?? 0, body(sent[number]?.atMs ?? 0)), widthPx: W, heightPx: H }), codec);
  return { gate, sent, ...played, at: (ms: number) => played.states.findLast(({ atMs }) => atMs - BEGIN_MS <= ms) };
}

const between = (fromMs: number, toMs: number) => (atMs: number): boolean => atMs - BEGIN_MS >= fromMs && atMs - BEGIN_MS < toMs;

/** By then a session has been decoded wholly for as long as motion is held, and it sleeps. */
const BEGUN_MS = 4000;

describe('an idle camera', () => {
  test('is looked at wholly when its session begins: what goes on then shows no change', () => {
    const { passed, at } = play({ seconds: 10, keyEveryS: 2, body: between(0, 1900) });
    expect(passed.filter((atMs) => atMs < BEGIN_MS + 1900)).toHaveLength(10);
    expect([at(1000)?.decodes, at(8000)?.decodes]).toEqual(['everything', 'key-frames']);
  });

  test('has its key frames decoded and nothing else, and each passes as a look at what stands still', () => {
    const { given, passed, states } = play({ seconds: 60, keyEveryS: 2 });
    const settled = (atMs: number): boolean => atMs >= BEGIN_MS + BEGUN_MS;
    expect([given.filter(settled).length, passed.filter(settled).length]).toEqual([28, 27]);
    expect(new Set(states.filter(({ atMs }) => settled(atMs)).map(({ state, because, decodes }) => `${state} ${because} ${decodes}`))).toEqual(new Set(['idle keys-often-enough key-frames']));
  });

  test('wakes when a key frame shows a change, and all that was sent since the one before comes in order, once', () => {
    const { passed, states, given, at } = play({ seconds: 30, keyEveryS: 2, body: between(10_700, 14_000) });
    const times = passed.map((atMs) => atMs - BEGIN_MS);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    // The key frame at 12 s shows it: from 10.04 s on a picture each 200 ms, until 3 s after the last motion.
    expect(times.filter((ms) => ms > 10_000 && ms < 14_000)).toEqual(Array.from({ length: 20 }, (_, i) => 10_040 + i * 200));
    expect([at(9000)?.state, at(12_100)?.state, at(15_500)?.state, at(22_000)?.state]).toEqual(['idle', 'active', 'hold', 'idle']);
    expect(at(22_000)?.decodes).toBe('key-frames');
    // What moved away left a gap that is background within seconds.
    expect(states.filter(({ decodes }) => decodes === 'everything').length).toBeLessThan(10 * FPS);
    expect(new Set(given).size).toBe(given.length);
  });

  test('that stays busy is decoded wholly, without a look back for each key frame', () => {
    const { given, passed } = play({ seconds: 20, keyEveryS: 2, body: between(4100, 20_000) });
    expect(new Set(given).size).toBe(given.length);
    expect(passed.filter((atMs) => atMs >= 1_004_100).length).toBeGreaterThanOrEqual(78);
  });

  test('does not wake for what moves in a mask', () => {
    const { given } = play({ seconds: 20, keyEveryS: 2, body: between(5000, 15_000), gate: { masks: [[[0, 0.2], [1, 0.2], [1, 0.75], [0, 0.75]]] } });
    expect(given.filter((atMs) => atMs >= BEGIN_MS + BEGUN_MS)).toHaveLength(8);
  });

  test('whatever moves over a key frame is passed on with all of its moments, at any key interval within the bound', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 12_000 }), fc.integer({ min: 2100, max: 6000 }), (gopFrames, fromMs, forMs) => {
        const begin = 6000 + fromMs;
        const { passed, states } = play({ seconds: 27, keyEveryS: gopFrames / FPS, body: between(begin, begin + forMs) });
        const times = passed.map((atMs) => atMs - BEGIN_MS);
        expect(times.slice(1).every((ms, i) => ms > (times[i] ?? 0))).toBe(true);
        const seen = times.filter((ms) => ms >= begin && ms < begin + forMs);
        expect(seen.length).toBeGreaterThanOrEqual(Math.floor(forMs / LOOK_EVERY_MS) - 1);
        expect(states.filter(({ because }) => because !== 'keys-often-enough')).toEqual([]);
      }),
      { numRuns: 25 },
    );
  }, 60_000);
});

describe('key frames that are too rare', () => {
  test('lead to full decoding before the second one has come, and the policy says so', () => {
    const { at, given } = play({ seconds: 20, keyEveryS: 10 });
    expect(at(2000)).toMatchObject({ because: 'keys-often-enough' });
    expect(at(4000)).toMatchObject({ state: 'idle', decodes: 'everything', because: 'keys-too-rare' });
    // Not blind for longer than the bound and a tenth, ever.
    const gaps = given.slice(1).map((ms, i) => ms - (given[i] ?? 0));
    expect(Math.max(...gaps)).toBeLessThanOrEqual(2240);
    expect(given.filter((ms) => ms > 1_003_000).length).toBe(84);
  });

  test('of an encoder that stretches them are noticed, and forgotten when they are often enough again', () => {
    const { at, gate } = play({ seconds: 60, keyEveryS: (atMs) => (atMs > 1_010_000 && atMs < 1_022_000 ? 6 : 1) });
    expect(at(9000)).toMatchObject({ because: 'keys-often-enough' });
    expect(at(15_000)).toMatchObject({ because: 'keys-too-rare', decodes: 'everything' });
    expect(at(59_000)).toMatchObject({ because: 'keys-often-enough', decodes: 'key-frames' });
    expect(gate.policy.keyEveryMs).toBe(1000);
  });

  test('before the first key frame count from the first packet', () => {
    const gate = new CameraGate(OPTIONS);
    gate.begin('h264');
    // Nothing moves, and yet it does not go to sleep: what waits for a key frame is blind.
    const orders = Array.from({ length: 250 }, (_, i) => [gate.packet({ key: false, bytes: 1000, capturedAtMs: i * STEP_MS }), gate.picture(luma(0, false), W, H, i * STEP_MS).order]);
    expect(orders.flat().filter((order) => order !== null)).toEqual([]);
    expect(gate.policy).toMatchObject({ state: 'idle', decodes: 'everything', because: 'keys-too-rare' });
  });
});

describe('packet sizes', () => {
  /** Something moves for 6 s in every 40 s. */
  const body = (atMs: number): boolean => (atMs - BEGIN_MS) % 40_000 >= 34_000;
  const grain = (atMs: number): number => 1 + 0.1 * Math.sin(atMs * 12.9898);

  test('that tell what pictures show are learnt and believed: then key frames are enough, and motion between them is found', () => {
    const { gate, at, decoded, sent, passed } = play({ seconds: 800, keyEveryS: 10, body, bytes: (atMs, moving) => 1000 * grain(atMs) * (moving ? 3 : 1) });
    expect(at(30_000)).toMatchObject({ because: 'keys-too-rare' });
    expect(gate.policy).toMatchObject({ because: 'packet-sizes', packetTrigger: 'on' });
    // Since it is believed: each motion is seen from its first second on.
    const since = 400_000;
    for (let begin = since + 34_000; begin < 790_000; begin += 40_000) {
      const seen = passed.filter((atMs) => atMs >= BEGIN_MS + begin && atMs < BEGIN_MS + begin + 6000);
      expect(seen.length).toBeGreaterThanOrEqual(28);
      expect((seen[0] ?? 0) - BEGIN_MS - begin).toBeLessThan(300);
    }
    expect(decoded / sent.length).toBeLessThan(0.75);
  }, 60_000);

  test('under constant bit rate carry no signal: everything stays decoded', () => {
    const { gate, states } = play({ seconds: 400, keyEveryS: 10, body, bytes: (atMs) => 8000 * grain(atMs) });
    expect(gate.policy).toMatchObject({ because: 'keys-too-rare', packetTrigger: 'off', decodes: 'everything' });
    expect(states.slice(3 * FPS).every(({ decodes }) => decodes === 'everything')).toBe(true);
  }, 60_000);

  test('that jump for no reason are not believed', () => {
    const { gate } = play({ seconds: 300, keyEveryS: 10, body, bytes: (atMs, moving) => (moving || atMs % 5000 < 400 ? 4000 : 1000) });
    expect(gate.policy.packetTrigger).toBe('off');
  }, 60_000);

  test('that no longer tell what moves are believed no longer', () => {
    const { at, gate } = play({ seconds: 1200, keyEveryS: 10, body, bytes: (atMs, moving) => 1000 * grain(atMs) * (moving && atMs < 1_500_000 ? 3 : 1) });
    expect(at(490_000)?.because).toBe('packet-sizes');
    expect(gate.policy).toMatchObject({ packetTrigger: 'off', decodes: 'everything', because: 'keys-too-rare' });
  }, 60_000);
});

describe('packet sizes of a real encoder', () => {
  const SECONDS = 240;
  /** Something crosses for 3 s in every 20 s. */
  const crossings = Array.from({ length: SECONDS / 20 }, (_, i) => ({ fromS: i * 20 + 15.5, toS: i * 20 + 18.5 }));

  async function filmed(over: { grain?: number; bitsPerS?: number }) {
    const made = await makeCrossingClip({ widthPx: 320, heightPx: 192, fps: 10, seconds: SECONDS, keyEveryS: 10, crossings, ...over });
    const maker = new PictureMaker(320, 160);
    const clip = await readClip(made.file);
    const sent = clip.units.map(({ key, decode90k, nals }) => ({ key, atMs: decode90k / 90, bytes: nals().reduce((sum, nal) => sum + nal.length, 0) }));
    clip.close();
    const pictures: { bytes: Uint8Array; widthPx: number; heightPx: number }[] = [];
    for await (const { frame } of decodedFrames(made.file, 100)) {
      const { bytes, ...size } = await maker.luma(frame);
      pictures.push({ bytes: Uint8Array.from(bytes), ...size });
    }
    maker.free();
    await made.remove();
    const gate = new CameraGate(OPTIONS);
    return { gate, sent, ...playThroughGate(gate, sent, (number) => pictures[number]!) };
  }

  test('at constant quality tell what moves: all of it is found at once, and most is not decoded', async () => {
    const { gate, states, passed, sent } = await filmed({});
    expect(gate.policy).toMatchObject({ because: 'packet-sizes', packetTrigger: 'on' });
    const believedAtMs = states.find(({ packetTrigger }) => packetTrigger === 'on')!.atMs;
    const late = crossings.filter(({ fromS }) => fromS * 1000 > believedAtMs).map(({ fromS, toS }) => (passed.find((ms) => ms >= fromS * 1000 && ms < toS * 1000) ?? Infinity) - fromS * 1000);
    expect(late.length).toBeGreaterThan(3);
    expect(Math.max(...late)).toBeLessThanOrEqual(600);
    const asleep = states.filter(({ atMs, decodes }) => atMs > believedAtMs && decodes === 'key-frames').length / sent.filter(({ atMs }) => atMs > believedAtMs).length;
    expect(asleep).toBeGreaterThan(0.3);
  }, 60_000);

  test.each([['filled up to a constant bit rate', { bitsPerS: 300_000, grain: 2 }], ['of a noisy sensor', { grain: 6 }]] as const)('%s do not: everything stays decoded', async (_, over) => {
    const { gate, passed } = await filmed(over);
    expect(gate.policy).toMatchObject({ because: 'keys-too-rare', packetTrigger: 'off', decodes: 'everything' });
    expect(crossings.every(({ fromS }) => passed.some((ms) => ms >= fromS * 1000 && ms < fromS * 1000 + 600))).toBe(true);
  }, 60_000);
});

test('a camera whose gate is off has everything decoded and passed', () => {
  const { passed, states } = play({ seconds: 10, keyEveryS: 2, gate: { motionGate: false } });
  expect(passed.length).toBe(50);
  expect(states.at(-1)).toMatchObject({ state: 'idle', decodes: 'everything', because: 'gate-off' });
});

test('motion JPEG is idle and wakes like any other', () => {
  const { at } = play({ seconds: 20, keyEveryS: 2, codec: 'mjpeg', body: between(10_000, 12_000) });
  expect(at(9000)).toMatchObject({ state: 'idle', decodes: 'key-frames', because: 'every-picture-a-key' });
  expect(at(11_000)).toMatchObject({ state: 'active', decodes: 'everything' });
});

test('where the machine cannot keep up key frames must do for a while, however late they come; then it is as before', () => {
  const gate = new CameraGate(OPTIONS);
  gate.begin('h264');
  const send = (fromMs: number, toMs: number, keyEveryMs: number): (string | undefined)[] =>
    Array.from({ length: (toMs - fromMs) / STEP_MS }, (_, i) => fromMs + i * STEP_MS).map((atMs) => {
      const key = atMs % keyEveryMs === 0;
      const order = gate.packet({ key, bytes: 1000, capturedAtMs: atMs });
      if (key || gate.policy.decodes === 'everything') gate.picture(luma(0, false), W, H, atMs);
      return order?.decode;
    });
  send(0, 2000, 2000);
  expect(gate.policy.decodes).toBe('everything');
  expect(gate.overloaded()).toEqual({ decode: 'key-frames', againFromMs: null });
  expect(gate.overloaded()).toBeNull();
  expect(send(2000, 11_000, 3000)).not.toContain('everything');
  expect(gate.policy).toMatchObject({ decodes: 'key-frames', because: 'overload' });
  send(11_000, 40_000, 2000);
  expect(gate.policy).toMatchObject({ decodes: 'key-frames', because: 'keys-often-enough' });
  expect(new CameraGate({ ...OPTIONS, motionGate: false }).overloaded()).toBeNull();
});

test('a new session begins anew, with what was learnt of the camera', () => {
  const { gate } = play({ seconds: 10, keyEveryS: 2, body: between(4000, 10_000) });
  expect(gate.begin('h264')).toBe('everything');
  expect(gate.policy).toMatchObject({ state: 'hold', keyEveryMs: null });
  expect(gate.picture(luma(0, false), W, H, 5)).toMatchObject({ pass: true, order: null });
});
