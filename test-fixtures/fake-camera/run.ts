/** Plays video files as RTSP cameras until Ctrl-C: `node test-fixtures/fake-camera/run.ts --port 0 --clip FILE… --scene SEED…`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sentenceOf } from '../../platform/errors.ts';
import { startFakeCameras } from './server.ts';

const { values, positionals } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    clip: { type: 'string', multiple: true, default: [] },
    scene: { type: 'string', multiple: true, default: [] },
    cache: { type: 'string' },
    shared: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const plays = [...[...values.clip, ...positionals].map((file) => ({ clip: path.resolve(file) })), ...values.scene.map((seed) => ({ scene: { seed: Number(seed) } }))];
if (plays.length === 0) {
  process.stderr.write('usage: node test-fixtures/fake-camera/run.ts [--host 127.0.0.1] [--port 0] [--shared] [--cache FOLDER] [--clip FILE...] [--scene SEED...]\n');
  process.exit(2);
}
const timeline = values.shared ? 'shared' : 'own';
try {
  const cameras = plays.map((play, i) => ({ path: `cam${i + 1}`, play, timeline }) as const);
  const server = await startFakeCameras({ host: values.host, port: Number(values.port), cameras, ...(values.cache === undefined ? {} : { cacheDir: values.cache }) });
  for (const { path: name, play } of cameras) process.stdout.write(`${server.url(name)}  ${'clip' in play ? play.clip : `street scene ${play.scene.seed}`}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
