/** Plays video files as RTSP cameras until Ctrl-C: `node test-fixtures/fake-camera/run.ts --port 0 --clip FILE…`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { sentenceOf } from '../../platform/errors.ts';
import { startFakeCameras } from './server.ts';

const { values, positionals } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '0' },
    clip: { type: 'string', multiple: true, default: [] },
    shared: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});
const files = [...values.clip, ...positionals];
if (files.length === 0) {
  process.stderr.write('usage: node test-fixtures/fake-camera/run.ts [--host 127.0.0.1] [--port 0] [--shared] --clip FILE...\n');
  process.exit(2);
}
const cameras = files.map((file, i) => ({ path: `cam${i + 1}`, play: { clip: path.resolve(file) }, timeline: values.shared ? ('shared' as const) : ('own' as const) }));
try {
  const server = await startFakeCameras({ host: values.host, port: Number(values.port), cameras });
  for (const camera of cameras) process.stdout.write(`${server.url(camera.path)}  ${camera.play.clip}\n`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
