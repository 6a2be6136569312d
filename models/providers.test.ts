/** A provider that is not to be had is passed over with one line that says which, why and what is used; the CPU has the last word. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { listSupportedBackends } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { keptLog } from '../platform/log.ts';
import { tinyOnnx } from '../test-fixtures/tiny-onnx.ts';
import type { LocatedModel } from './locate.ts';
import { readManifest } from './manifest.ts';
import { objectModelOf } from '../test-fixtures/shipped-models.ts';
import { BINDING_DIR, type Hardware, openOnFirst, type Provider } from './providers.ts';
import { openSession } from './session.ts';

const CELLS = 32 + 8 + 2;
const SIZE = { widthPx: 64, heightPx: 32 };
const model = { ...objectModelOf(await readManifest()), name: 'tiny' };
const fit = { testSize: SIZE, expected: () => [{ name: 'output', shape: [CELLS, 8], probabilities: null }] };
const located = (values: Float32Array | 'random' = new Float32Array(CELLS * 8)): LocatedModel => ({
  path: 'tiny.onnx',
  file: model.files[0]!,
  bytes: tinyOnnx({ name: 'images', shape: [1, 3, 32, 64] }, [{ name: 'output', shape: [1, CELLS, 8], values }]),
});

const hardware = (...providers: Provider[]): Hardware & { log: ReturnType<typeof keptLog> } => ({ providers, log: keptLog() });
const said = ({ log }: ReturnType<typeof hardware>): string[] => log.lines.map(({ message }) => message);

describe('a real session', () => {
  test('on the CPU says nothing', async () => {
    const wanted = hardware('cpu');
    const session = await openSession(model, located(), fit, wanted);
    expect(session.provider).toBe('cpu');
    expect(said(wanted)).toEqual([]);
    await session.close();
  });

  const foreign = (['openvino', 'coreml', 'dml'] as const).filter((provider) => !listSupportedBackends().some(({ name }) => name === provider));
  test('passes over what the binding does not have on this platform, in one line for all', async () => {
    const wanted = hardware(...foreign, 'cpu');
    const session = await openSession(model, located(), fit, wanted);
    expect(session.provider).toBe('cpu');
    expect(said(wanted)).toHaveLength(1);
    expect(said(wanted)[0]).toContain('model tiny runs on cpu');
    for (const provider of foreign) expect(said(wanted)[0]).toMatch(new RegExp(`${provider} is not to be had \\(onnxruntime-node \\d+\\.\\d+\\.\\d+ on ${process.platform} ${process.arch} has only cpu,`));
    expect(wanted.log.lines).toMatchObject([{ level: 'warn', fields: { model: 'tiny', used: 'cpu', missed: foreign } }]);
    await session.close();
  });

  const withoutCuda = listSupportedBackends().some(({ name }) => name === 'cuda') && !existsSync(path.join(BINDING_DIR, 'libonnxruntime_providers_cuda.so'));
  test.skipIf(!withoutCuda)('names the libraries that must be put in place for CUDA, and where', async () => {
    const wanted = hardware('cuda');
    const session = await openSession(model, located(), fit, wanted);
    expect(session.provider).toBe('cpu');
    expect(said(wanted)[0]).toContain(`libonnxruntime_providers_cuda.so must be put into ${BINDING_DIR}`);
    expect(existsSync(path.join(BINDING_DIR, 'onnxruntime_binding.node')), 'the folder named is the binding\'s own').toBe(true);
    await session.close();
  });

  test('a model that is bad by itself is refused whatever was wanted', async () => {
    await expect(openSession(model, located('random'), fit, hardware('openvino'))).rejects.toMatchObject({ code: 'MODEL_SELF_TEST' });
    await expect(openSession(model, { ...located(), bytes: Buffer.from('none') }, fit, hardware('openvino'))).rejects.toMatchObject({ code: 'MODEL_MISFIT' });
  });
});

describe('openOnFirst', () => {
  // The one other provider that the package carries: it can be asked for everywhere, whether there is a GPU or not.
  const carried = listSupportedBackends().flatMap(({ name, bundled }) => (bundled && name !== 'cpu' ? [name as Provider] : []));

  test.skipIf(carried.length === 0)('takes the first that opens, without a word', async () => {
    const wanted = hardware(...carried, 'cpu');
    expect(await openOnFirst('m', wanted, (provider) => Promise.resolve(`on ${provider}`))).toBe(`on ${carried[0]}`);
    expect(said(wanted)).toEqual([]);
  });

  test.skipIf(carried.length === 0)('passes over one whose session cannot be made or fails its self-test, telling the first line of the cause', async () => {
    const wanted = hardware(...carried);
    const open = (provider: Provider): Promise<string> => (provider === 'cpu' ? Promise.resolve('cpu') : Promise.reject(new Error('/onnxruntime_src/webgpu_context.cc:136 void Context::Initialize()::<lambda()> status == Success was false. no adapter was found\n  at /onnxruntime_src/webgpu.cc:136')));
    expect(await openOnFirst('m', wanted, open)).toBe('cpu');
    expect(said(wanted)).toEqual([`model m runs on cpu: ${carried.map((provider) => `${provider} is not to be had (no adapter was found)`).join(', ')}`]);
  });

  test('throws what the CPU says, and says no other line then', async () => {
    const wanted = hardware('openvino', 'cpu');
    await expect(openOnFirst('m', wanted, (provider) => Promise.reject(new Error(`bad on ${provider}`)))).rejects.toThrow('bad on cpu');
    expect(said(wanted)).toEqual([]);
  });
});
