/** The process that apart.ts starts: fake cameras that do what their parent says, and end when it does. */
import { sentenceOf } from '../../platform/errors.ts';
import type { FromApart, ToApart } from './apart.ts';
import { type FakeCameras, startFakeCameras } from './server.ts';

let cameras: Promise<FakeCameras> | null = null;

async function answer(message: ToApart): Promise<FromApart> {
  try {
    if ('start' in message) {
      cameras ??= startFakeCameras(message.start);
      const started = await cameras;
      return { urls: Object.fromEntries(message.start.cameras.map((camera) => [camera.path, started.url(camera.path)])) };
    }
    const asked = (await cameras)?.[message.what] as ((...args: readonly unknown[]) => unknown) | undefined;
    return { id: message.id, answer: await asked?.(...message.with) };
  } catch (error) {
    return { id: 'id' in message ? message.id : null, failed: sentenceOf(error) };
  }
}

process.on('message', (message: ToApart) => void answer(message).then((said) => process.connected && process.send?.(said)));
process.on('disconnect', () => void (cameras ?? Promise.resolve(null)).then((started) => started?.close()).finally(() => process.exit()));
// Ctrl-C goes to the whole process group; it is the parent that decides when this ends.
process.on('SIGINT', () => undefined);
