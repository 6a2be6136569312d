/** Writes a street scene and its truth: `node test-fixtures/street-scene/run.ts --dir FOLDER [--seed 1] [--seconds 20] [--width 1280] [--height 720] [--fps 10]`. */
import { parseArgs } from 'node:util';
import { sentenceOf } from '../../platform/errors.ts';
import { streetFiles } from './clip.ts';

const { values } = parseArgs({
  options: {
    dir: { type: 'string' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '20' },
    width: { type: 'string', default: '1280' },
    height: { type: 'string', default: '720' },
    fps: { type: 'string', default: '10' },
  },
});
if (values.dir === undefined) {
  process.stderr.write('usage: node test-fixtures/street-scene/run.ts --dir FOLDER [--seed 1] [--seconds 20] [--width 1280] [--height 720] [--fps 10]\n');
  process.exit(2);
}
try {
  const options = { seed: Number(values.seed), loopS: Number(values.seconds), widthPx: Number(values.width), heightPx: Number(values.height), fps: Number(values.fps) };
  const files = await streetFiles(options, values.dir);
  process.stdout.write(`${files.mp4}\n${files.truth}\n`);
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
