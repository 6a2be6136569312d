/** The whole product on one machine: Redis, desk, workers, redactor, gateway, started in this order and closed in the opposite one. */
import path from 'node:path';
import { Closing } from '../platform/closing.ts';
import { lockFolder } from '../store/folder-lock.ts';
import { Child } from './children.ts';
import { PrivateRedis } from './private-redis.ts';
import { runProcess, type Running } from './process.ts';
import { cores, type Environment, openSite, type Site, siteArguments, systemEnvironment } from './site.ts';

/** Aborting `stop` while it starts closes what was started so far, in order, and only then rejects. */
export async function startUp(site: Site, environment: Environment, deskArguments: readonly string[], stop: AbortSignal): Promise<Running> {
  const closing = new Closing(environment.log);
  const args = ['--config', site.configFile, '--data', site.dataDir];
  const says: Record<string, unknown> = {};
  const child = (name: string, file: string, more: readonly string[] = []): Child =>
    new Child({ name, file: path.join(import.meta.dirname, file), args: [...args, ...more] }, environment);
  const stopped = new Promise<never>((_, reject) => stop.addEventListener('abort', () => reject(stop.reason as Error), { once: true }));
  stopped.catch(() => undefined);
  const start = async (what: string, children: readonly Child[]): Promise<void> => {
    stop.throwIfAborted();
    closing.first(what, async () => void (await Promise.all(children.map((each) => each.close()))));
    for (const each of children) Object.assign(says, await Promise.race([each.start(), stopped]));
  };
  try {
    const lock = await lockFolder(path.join(site.dataDir, 'run'));
    closing.first('data folder', () => lock.release());
    if (site.config.redis.url === null) {
      const redis = new PrivateRedis(site, environment);
      closing.first('redis', () => redis.close());
      stop.throwIfAborted();
      await Promise.race([redis.start(), stopped]);
    }
    await start('desk', [child('desk', 'desk.ts', deskArguments)]);
    await start('workers', Array.from({ length: site.config.workers || cores() }, (_, n) => child(`worker-${n + 1}`, 'worker.ts')));
    await start('redactor', [child('redactor', 'redactor.ts')]);
    await start('gateway', [child('gateway', 'gateway.ts')]);
  } catch (error) {
    await closing.close();
    throw error;
  }
  return { says, close: () => closing.close() };
}

if (import.meta.main) {
  const environment = systemEnvironment('up');
  // Each of the five kinds of children may need its share to close.
  await runProcess(async (stop) => startUp(await openSite(siteArguments(process.argv.slice(2))), environment, [], stop), 8000);
}
