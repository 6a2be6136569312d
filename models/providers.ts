/** What a session runs on: the first of the wanted execution providers that opens it and passes its self-test, the CPU behind them all. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { env, listSupportedBackends } from 'onnxruntime-node';
import { GridwardenError, sentenceOf } from '../platform/errors.ts';
import type { Log } from '../platform/log.ts';

/** ONNX Runtime's own names. Which of them its Node binding has differs by platform; what each needs: README.md. */
export type Provider = 'cpu' | 'cuda' | 'tensorrt' | 'openvino' | 'coreml' | 'dml' | 'webgpu';

export interface Hardware {
  /** In order of preference. The CPU need not be named: it is what is left when none of them serves. */
  readonly providers: readonly Provider[];
  readonly log: Pick<Log, 'warn'>;
}

export const ON_CPU: Hardware = { providers: ['cpu'], log: { warn: () => undefined } };

/** Those that the npm package names but does not carry: the libraries that must lie beside its binding, and what these load in turn. */
const BY_HAND: Readonly<Partial<Record<Provider, { readonly libraries: readonly string[]; readonly needs: string }>>> = {
  cuda: { libraries: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_cuda.so'], needs: 'it needs an NVIDIA driver, CUDA 12 and cuDNN 9' },
  tensorrt: { libraries: ['libonnxruntime_providers_shared.so', 'libonnxruntime_providers_tensorrt.so'], needs: 'it needs an NVIDIA driver, CUDA 12, cuDNN 9 and TensorRT 10' },
};

/** Where the binding looks for them (its own folder, nowhere else). */
export const BINDING_DIR = path.resolve(path.dirname(createRequire(import.meta.url).resolve('onnxruntime-node')), '../bin/napi-v6', process.platform, process.arch);

/**
 * Opens on the wanted providers in turn, and says in one line which were not to be had, why, and what is used. Whatever goes wrong on
 * another provider is a reason to pass it over; what goes wrong on the CPU is the model's own fault, and thrown.
 */
export async function openOnFirst<T>(model: string, { providers, log }: Hardware, open: (provider: Provider) => Promise<T>): Promise<T> {
  const missed: { provider: Provider; why: string }[] = [];
  for (const provider of providers.filter((wanted) => wanted !== 'cpu')) {
    try {
      requireHere(provider);
      const opened = await open(provider);
      tell(provider);
      return opened;
    } catch (error) {
      missed.push({ provider, why: causeOf(error, provider) });
    }
  }
  const opened = await open('cpu');
  tell('cpu');
  return opened;

  function tell(used: Provider): void {
    if (missed.length === 0) return;
    const causes = missed.map(({ provider, why }) => `${provider} is not to be had (${why})`).join(', ');
    log.warn({ model, used, missed: missed.map(({ provider }) => provider) }, `model ${model} runs on ${used}: ${causes}`);
  }
}

/** Asked before the runtime is: it writes lines of its own to standard error for a library that is not there, and then names no file. */
function requireHere(provider: Provider): void {
  const refuse = (why: string): GridwardenError => new GridwardenError('PROVIDER_MISSING', { provider, why });
  const has = listSupportedBackends().map(({ name }) => name);
  if (!has.includes(provider)) throw refuse(`onnxruntime-node ${env.versions.node ?? ''} on ${process.platform} ${process.arch} has only ${has.join(', ')}`);
  const absent = BY_HAND[provider]?.libraries.filter((library) => !existsSync(path.join(BINDING_DIR, library))) ?? [];
  if (absent.length > 0) throw refuse(`${absent.join(' and ')} must be put into ${BINDING_DIR}, see models/README.md`);
}

/** One line of the runtime's message, without where in its source it was written, and what the provider's libraries need, which it does not say. */
function causeOf(error: unknown, provider: Provider): string {
  if (error instanceof GridwardenError) return error.code === 'PROVIDER_MISSING' ? String(error.fields['why']) : error.message.replace(/\.$/, '');
  const line = sentenceOf(error).split('\n', 1)[0]!.replace(/^\S+\.(?:cc|h):\d+ .* was false\. /, '').trim().slice(0, 300);
  const needs = BY_HAND[provider]?.needs;
  return needs ? `${line}; ${needs}` : line;
}
