/** The console's built pages, built anew only when a source is newer than they are. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

const WEB = path.join(import.meta.dirname, '../console/web');
const DIST = path.join(WEB, 'dist');
/** The pages import words from here. */
const DOMAIN = path.join(import.meta.dirname, '../domain');

async function newestMs(dir: string): Promise<number> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.startsWith(DIST) && !/\.test\.tsx?$/.test(entry.name));
  const times = await Promise.all(files.map(async (file) => (await stat(path.join(file.parentPath, file.name))).mtimeMs));
  return Math.max(0, ...times);
}

/** Answers the folder of built pages. */
export async function builtConsole(): Promise<string> {
  const builtMs = await stat(path.join(DIST, 'index.html')).then((found) => found.mtimeMs, () => 0);
  if (builtMs <= Math.max(await newestMs(WEB), await newestMs(DOMAIN))) {
    await build({ configFile: path.join(WEB, 'vite.config.ts'), logLevel: 'warn' });
  }
  return DIST;
}
