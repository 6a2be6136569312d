/**
 * Runs a program of ours under the pinned Node, after putting in place what it needs: plain JavaScript without a package,
 * so that it works on a machine that has nothing yet but an older Node and npm.
 *
 *   node setup/run.mjs [--needs=redis,web,tests] program.ts [arguments…]
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

const ROOT = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '..');
const NODE = path.join(ROOT, 'node_modules/.bin/node');

/** What each need is called, the program that proves it is there, and the Debian packages that bring it. */
const DEBIAN = {
  redis: [{ has: ['redis-server'], packages: ['redis-server'], why: 'Gridwarden keeps its queues in a private redis-server' }],
  tests: [
    { has: ['chromium'], packages: ['chromium', 'fonts-wqy-microhei'], why: 'the console is tested in a real browser' },
    { has: ['ffmpeg'], packages: ['ffmpeg'], why: 'cameras are read through an ffmpeg program as well, and benches measure against it' },
    { has: ['/usr/lib/postgresql'], packages: ['postgresql'], why: 'the store is tested on a real PostgreSQL as well' },
    {
      has: ['/usr/lib/x86_64-linux-gnu/girepository-1.0/GstRtspServer-1.0.typelib', '/usr/lib/aarch64-linux-gnu/girepository-1.0/GstRtspServer-1.0.typelib'],
      any: true,
      packages: ['python3-gi', 'gir1.2-gst-rtsp-server-1.0', 'gstreamer1.0-plugins-base', 'gstreamer1.0-plugins-good', 'gstreamer1.0-plugins-bad'],
      why: 'cameras are tested against an RTSP server that is not ours',
    },
  ],
};

const say = (sentence) => process.stderr.write(`setup: ${sentence}\n`);
const fail = (sentence) => {
  say(sentence);
  process.exit(1);
};
const hashOf = (...texts) => texts.reduce((hash, text) => hash.update(text), createHash('sha256')).digest('hex');

function installPackages() {
  const lock = hashOf(readFileSync(path.join(ROOT, 'package-lock.json')));
  const mark = path.join(ROOT, 'node_modules/.gridwarden-installed');
  if (existsSync(NODE) && existsSync(mark) && readFileSync(mark, 'utf8') === lock) return;
  say('installing the npm packages that package-lock.json names (npm ci)');
  // node-av and onnxruntime-node would fetch extras from elsewhere; .npmrc already forbids install scripts, these say it again.
  const env = { ...process.env, SKIP_FFMPEG: 'true', ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const npm = spawnSync('npm', ['ci', '--loglevel=error'], { cwd: ROOT, stdio: ['ignore', 2, 2], env });
  if (npm.status !== 0) fail('npm ci failed: is the npm registry reachable?');
  if (!existsSync(NODE)) fail('Node 24 did not arrive with npm: only Linux on x64 and arm64 is supported.');
  writeFileSync(mark, lock);
}

function onPath(program) {
  if (program.startsWith('/')) return existsSync(program);
  return (process.env.PATH ?? '').split(path.delimiter).some((dir) => dir !== '' && existsSync(path.join(dir, program)));
}

function installFromDebian(need) {
  for (const { has, any, packages, why } of DEBIAN[need] ?? []) {
    if (any ? has.some(onPath) : has.every(onPath)) continue;
    const command = `apt-get install -y ${packages.join(' ')}`;
    if (!onPath('apt-get') || process.getuid?.() !== 0) {
      const sentence = `${packages[0]} is missing (${why}): install it, as root on Debian with "${command}".`;
      if (need === 'redis') fail(sentence);
      say(`${sentence} Tests that need it will be skipped.`);
      continue;
    }
    say(`${why}: installing ${packages.join(', ')} from Debian with apt-get`);
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const apt = (...args) => spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 2], env }).status === 0;
    const install = () => apt('install', '-y', '-q', '--no-install-recommends', ...packages);
    if (!install() && !(apt('update', '-q') && install())) fail(`apt-get could not install ${packages.join(', ')}: install them yourself ("${command}") and start again.`);
  }
}

/** Every file below a folder with its size and time: what a build depends on. */
function fingerprint(...folders) {
  const lines = [];
  const walk = (dir) => {
    for (const entry of readdirSync(dir, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) entry.name === 'dist' || walk(file);
      else if (!entry.name.includes('.test.')) lines.push(file, hashOf(readFileSync(file)));
    }
  };
  folders.map((folder) => path.join(ROOT, folder)).filter(existsSync).forEach((folder) => (statSync(folder).isDirectory() ? walk(folder) : lines.push(hashOf(readFileSync(folder)))));
  return hashOf(lines.join('\n'));
}

function buildConsole() {
  const mark = path.join(ROOT, 'console/web/dist/.built-from');
  const source = fingerprint('console/web', 'domain', 'package-lock.json');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === source) return;
  say('building the console (vite build)');
  const build = spawnSync(NODE, ['node_modules/vite/bin/vite.js', 'build', '--config', 'console/web/vite.config.ts', '--logLevel', 'error'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (build.status !== 0) fail('the console could not be built; the lines above say why.');
  writeFileSync(mark, source);
}

/** Hands over to the program: signals go on to it, its exit code is ours. */
function run(program, args) {
  const env = { ...process.env, PATH: `${path.dirname(NODE)}${path.delimiter}${process.env.PATH ?? ''}` };
  const child = spawn(NODE, ['--disable-warning=ExperimentalWarning', program, ...args], { stdio: 'inherit', env });
  // A terminal sends Ctrl-C to the whole group, so the program has it already; only SIGTERM and SIGHUP need passing on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}

const args = process.argv.slice(2);
const needs = args[0]?.startsWith('--needs=') ? args.shift().slice('--needs='.length).split(',') : [];
const program = args.shift();
if (!program) fail('no program was named.');
installPackages();
for (const need of needs) need === 'web' ? buildConsole() : installFromDebian(need);
run(path.join(ROOT, program), args);
