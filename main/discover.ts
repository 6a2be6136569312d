/** `npm run devices -- discover`: finds ONVIF cameras in the local network and prints them as configuration; what failed goes to standard error, a line each. */
import net from 'node:net';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { parseArgs } from 'node:util';
import { CAMERA_LOGIN_ENV, cameraId, cameraYaml } from '../devices/onvif/configuration.ts';
import { OnvifFailed } from '../devices/onvif/failed.ts';
import { describeCamera, type OnvifCamera } from '../devices/onvif/onvif-camera.ts';
import type { OnvifLogin } from '../devices/onvif/soap.ts';
import { discover, type FoundDevice } from '../devices/onvif/ws-discovery.ts';
import { systemClock } from '../platform/clock.ts';
import { GridwardenError } from '../platform/errors.ts';

export const DISCOVER_USAGE = 'npm run devices -- discover [--timeout SECONDS] [--interface IPV4]… [--user NAME] [--no-prompt]';
const AT_ONCE = 8;
const ANSWER_MS = 5000;
/** A device that answers, but slowly, is left after this. */
const DEVICE_MS = 30_000;

export async function discoverCameras(args: string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { timeoutMs, interfaces, user, mayAsk } = read(args);
  const login = await loginOf(user, mayAsk, env);
  const { devices, failures } = await discover({ timeoutMs, clock: systemClock, ...(interfaces.length > 0 ? { interfaces } : {}) }).catch((error: unknown) => {
    throw new GridwardenError('BAD_REQUEST', { why: `no search can go out from ${interfaces.join(', ') || 'this machine'}: ${(error as NodeJS.ErrnoException).code ?? 'the network is not there'}` }, error);
  });
  for (const { address, why } of failures) say(address, why);
  const cameras = await describeAll(devices, login);
  const ids = new Set<string>();
  if (cameras.length > 0) process.stdout.write(`${login ? `# The cameras' user and password: set ${CAMERA_LOGIN_ENV.user} and ${CAMERA_LOGIN_ENV.password}, with %40 for @, %2F for /, %3A for : and %25 for %\n` : ''}cameras:\n`);
  for (const camera of cameras) {
    const id = cameraId(camera.address, ids);
    ids.add(id);
    process.stdout.write(cameraYaml(camera, id, login !== null));
  }
  if (devices.length === 0 && failures.length === 0) process.stderr.write('No ONVIF camera answered. Discovery reaches the same network only, over IPv4; name yours with --interface, let UDP port 3702 through, and see that ONVIF is switched on in the cameras.\n');
}

function read(args: string[]): { timeoutMs: number; interfaces: string[]; user: string | null; mayAsk: boolean } {
  const bad = (why: string): GridwardenError => new GridwardenError('BAD_REQUEST', { why: `${why}: ${DISCOVER_USAGE}` });
  let values;
  try {
    ({ values } = parseArgs({ args, options: { timeout: { type: 'string', default: '5' }, interface: { type: 'string', multiple: true, default: [] }, user: { type: 'string' }, 'no-prompt': { type: 'boolean', default: false } } }));
  } catch (error) {
    throw bad(error instanceof Error ? error.message : 'an option is not known');
  }
  const timeoutMs = Number(values.timeout) * 1000;
  if (!(timeoutMs >= 100 && timeoutMs <= 120_000)) throw bad('--timeout takes 0.1 to 120 seconds');
  if (!values.interface.every((address) => net.isIPv4(address))) throw bad('--interface takes an IPv4 address of this machine');
  return { timeoutMs, interfaces: values.interface, user: values.user ?? null, mayAsk: !values['no-prompt'] };
}

/** The password comes from the environment or the keyboard: other users read command lines. */
async function loginOf(named: string | null, mayAsk: boolean, env: NodeJS.ProcessEnv): Promise<OnvifLogin | null> {
  const user = named ?? env['ONVIF_USER'] ?? null;
  if (user === null) return null;
  const known = env['ONVIF_PASSWORD'];
  if (known !== undefined) return { user, password: known };
  if (!mayAsk || !process.stdin.isTTY) throw new GridwardenError('BAD_REQUEST', { why: `set ONVIF_PASSWORD to the password of ${user}` });
  process.stderr.write(`Password of ${user}: `);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const keyboard = createInterface({ input: process.stdin, output: silent, terminal: true });
  const password = await keyboard.question('');
  keyboard.close();
  process.stderr.write('\n');
  return { user, password };
}

/** In the order of their addresses; some at once, as one that does not answer takes its time. */
async function describeAll(devices: readonly FoundDevice[], login: OnvifLogin | null): Promise<OnvifCamera[]> {
  const waiting = devices.toSorted((a, b) => a.address.localeCompare(b.address, 'en', { numeric: true }));
  const cameras = new Map<FoundDevice, OnvifCamera>();
  const order = [...waiting];
  const work = async (): Promise<void> => {
    for (let device = waiting.shift(); device; device = waiting.shift()) {
      const camera = await describe(device, login);
      if (camera) cameras.set(device, camera);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return order.flatMap((device) => cameras.get(device) ?? []);
}

async function describe(device: FoundDevice, login: OnvifLogin | null): Promise<OnvifCamera | null> {
  const over = new AbortController();
  const leave = new AbortController();
  void systemClock.sleep(DEVICE_MS, over.signal).then(() => leave.abort());
  try {
    return await describeCamera(device, { login, timeoutMs: ANSWER_MS, clock: systemClock, signal: leave.signal });
  } catch (error) {
    const [why, asks] = error instanceof OnvifFailed ? [error.message, error.wantsLogin && login === null] : ['what it answers is not understood', false];
    say(device.address, asks ? `${why}: name the user with --user or ONVIF_USER, the password with ONVIF_PASSWORD` : why);
    return null;
  } finally {
    over.abort();
  }
}

function say(address: string, why: string): void {
  process.stderr.write(`${address}: ${why}\n`);
}
