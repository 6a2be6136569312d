/** `npm run jobs`: lists the jobs that were given up, and with `retry` gives them to their handlers again. */
import { parseArgs } from 'node:util';
import { GridwardenError } from '../platform/errors.ts';
import { QUEUES, type QueueName } from '../queue/jobs.ts';
import { createProducer, type Producer } from '../queue/producer.ts';
import { connectRedis } from '../queue/redis.ts';
import { exitWith } from './process.ts';
import { openSite, systemEnvironment } from './site.ts';

const SHOWN = 20;

async function list(producer: Producer, queue: QueueName): Promise<string> {
  const [{ failed: count }, jobs] = [(await producer.depths())[queue], await producer.failed(queue, SHOWN)];
  const lines = jobs.map(({ id, name, addedAtMs, reason }) => `  ${new Date(addedAtMs).toISOString()}  ${name} ${id}: ${reason}\n`);
  return `${queue}: ${count} given up\n${lines.join('')}${count > jobs.length ? `  … and ${count - jobs.length} older\n` : ''}`;
}

try {
  const { positionals, values } = parseArgs({ allowPositionals: true, options: { config: { type: 'string', default: 'gridwarden.yaml' }, data: { type: 'string', default: 'data' } } });
  const [command = 'list', ...named] = positionals;
  const wrong = named.filter((name) => !QUEUES.some((queue) => queue === name));
  if (!['list', 'retry'].includes(command) || wrong.length > 0) throw new GridwardenError('BAD_REQUEST', { why: `the command is "npm run jobs -- list|retry [QUEUE …]" with the queues ${QUEUES.join(', ')}` });
  const queues = QUEUES.filter((queue) => named.length === 0 || named.includes(queue));
  const redis = await connectRedis((await openSite(values)).redis, systemEnvironment('jobs').log);
  const producer = createProducer(redis);
  try {
    for (const queue of queues) process.stdout.write(command === 'list' ? await list(producer, queue) : `${queue}: ${await producer.retryFailed(queue)} given again\n`);
  } finally {
    await producer.close();
    redis.disconnect();
  }
} catch (error) {
  exitWith(error);
}
