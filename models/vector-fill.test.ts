/** The vectors write what the loop writes, the bytes are the text, and the runtime reads the tensor where it lies. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import wabt from 'wabt';
import type { SmallPicture } from '../domain/frame.ts';
import { placeRegion, type Placing, wholeOf } from './letterbox.ts';
import { locateModel, WEIGHTS_DIR } from './locate.ts';
import { type ModelInput, type ObjectModel, readManifest } from './manifest.ts';
import { openSession } from './session.ts';
import { fillFrom } from './small-picture.ts';
import { VectorFill } from './vector-fill.ts';
import { expectedOutputs } from './yolox/decode.ts';

const INPUT: ModelInput = { tensor: 'x', layout: 'NCHW', type: 'float32', colours: 'RGB', size: { widthPx: 64, heightPx: 48 }, fit: 'letterbox-top-left', pad: 114, mean: [1, 20, 123], scale: [0.5, 1, 1 / 58] };
/** In colours of 0 to 255: single precision against double. */
const LAST_DIGIT = 1e-4;

function small(widthPx: number, heightPx: number, seed: number): SmallPicture {
  const bytes = widthPx * heightPx + 2 * Math.ceil(widthPx / 2) * Math.ceil(heightPx / 2);
  return { widthPx, heightPx, i420: Uint8Array.from({ length: bytes }, (_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 24) };
}

/** A picture at a place in the tensor where it goes in pixel for pixel. */
const shape = fc.record({ halfWidth: fc.integer({ min: 4, max: 40 }), heightPx: fc.integer({ min: 1, max: 60 }), x: fc.nat(20), y: fc.nat(20), right: fc.nat(20), below: fc.nat(20), seed: fc.nat(1000) }).map(({ halfWidth, heightPx, x, y, right, below, seed }) => {
  const picture = small(2 * halfWidth, heightPx, seed);
  const inTensor = { ...wholeOf(picture), x, y };
  return { picture, placing: { tensor: { widthPx: x + picture.widthPx + right, heightPx: y + heightPx + below }, picture, region: wholeOf(picture), inTensor } satisfies Placing };
});

describe('vectors', () => {
  test('the bytes are the text, compiled', async () => {
    const text = await readFile(path.join(import.meta.dirname, 'vector-fill.wat'), 'utf8');
    const module = (await wabt()).parseWat('vector-fill.wat', text, { simd: true });
    module.validate();
    expect(Buffer.from(module.toBinary({}).buffer).equals(await readFile(path.join(import.meta.dirname, 'vector-fill.wasm')))).toBe(true);
  });

  test('one after another, pictures of any size and place fill the tensor as the loop does', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 6 }), fc.constantFrom('RGB', 'BGR'), (shapes, colours) => {
        const input = { ...INPUT, colours } as const;
        const vectors = new VectorFill(input);
        // Each twice: the second time its pad lies there already.
        for (const { picture, placing } of shapes.flatMap((one) => [one, one])) {
          const wanted = new Float32Array(3 * placing.tensor.widthPx * placing.tensor.heightPx);
          fillFrom(wanted, picture, placing, input);
          const written = vectors.fill(picture, placing)!;
          expect(written).toHaveLength(wanted.length);
          const plane = wanted.length / 3;
          const farthest = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - written[i]!) / input.scale[Math.floor(i / plane)]!), 0);
          expect(farthest).toBeLessThanOrEqual(LAST_DIGIT);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('the darkest and the brightest of every colour stay within 0 and 255', () => {
    const input: ModelInput = { ...INPUT, mean: [0, 0, 0], scale: [1, 1, 1] };
    const vectors = new VectorFill(input);
    for (const [y, cb, cr] of [[0, 0, 0], [0, 0, 255], [0, 255, 0], [255, 0, 255], [255, 255, 255], [255, 255, 0]] as const) {
      const picture: SmallPicture = { widthPx: 8, heightPx: 2, i420: Uint8Array.from({ length: 24 }, (_, i) => (i < 16 ? y : i < 20 ? cb : cr)) };
      const placing = placeRegion(wholeOf(picture), picture, { widthPx: 8, heightPx: 2 }, 'stretch');
      const wanted = new Float32Array(48);
      fillFrom(wanted, picture, placing, input);
      vectors.fill(picture, placing)!.forEach((value, i) => {
        expect(value).toBeCloseTo(wanted[i]!, 4);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(255);
      });
    }
  });

  test('what does not go in as it is, is left to others', () => {
    const picture = small(32, 18, 1);
    const placing = placeRegion(wholeOf(picture), picture, { widthPx: 32, heightPx: 32 }, 'letterbox-centred');
    const fills = (over: Partial<ModelInput>, changed: SmallPicture = picture, at: Placing = placing): boolean => new VectorFill({ ...INPUT, ...over }).fill(changed, at) !== null;
    expect(fills({})).toBe(true);
    expect(fills({ layout: 'NHWC' })).toBe(false);
    expect(fills({ type: 'uint8' })).toBe(false);
    expect(fills({}, picture, placeRegion(wholeOf(picture), picture, { widthPx: 64, heightPx: 64 }, 'letterbox-centred'))).toBe(false);
    expect(fills({}, { ...picture, i420: picture.i420.subarray(1) })).toBe(false);
    for (const narrow of [small(6, 8, 1), small(31, 8, 1)]) {
      expect(fills({}, narrow, { tensor: narrow, picture: narrow, region: wholeOf(narrow), inTensor: wholeOf(narrow) })).toBe(false);
    }
  });

  test('the runtime reads the tensor where it lies: picture after picture the answers are those of a copy of it', async () => {
    const model = (await readManifest()).models.find(({ embedded, decoder }) => embedded && decoder === 'yolox') as Extract<ObjectModel, { decoder: 'yolox' }>;
    const tensor = { widthPx: 128, heightPx: 96 };
    const session = await openSession(model, await locateModel(model, [WEIGHTS_DIR]), { expected: (size) => expectedOutputs(model, size), testSize: tensor });
    const vectors = new VectorFill(model.input);
    for (let seed = 0; seed < 4; seed++) {
      const picture = small(128, 64 + 8 * seed, seed);
      const placing = placeRegion(wholeOf(picture), picture, tensor, model.input.fit);
      const inPlace = await session.run(tensor, () => vectors.fill(picture, placing)!);
      const copied = await session.run(tensor, (target) => target.set(vectors.fill(picture, placing)!));
      const values = [...copied.get(model.outputs[0]!)!];
      expect(values).not.toHaveLength(0);
      expect([...inPlace.get(model.outputs[0]!)!]).toEqual(values);
    }
    await session.close();
  });
});
