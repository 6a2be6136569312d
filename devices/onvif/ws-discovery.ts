/** Finds ONVIF devices in the local network: WS-Discovery (OASIS 1.1 as of April 2005, which ONVIF Core 7.3 asks for) by multicast over IPv4. */
import { randomUUID } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import os from 'node:os';
import type { Clock } from '../../platform/clock.ts';
import { OnvifFailed, printable } from './failed.ts';
import { everyNamed, find, NotXml, parseXml, type XmlElement } from './xml.ts';

export const DISCOVERY_GROUP = { address: '239.255.255.250', port: 3702 } as const;
/** Datagrams are lost: each probe is sent again, with the same id (SOAP-over-UDP 1.1, 3). */
const SEND_AT_MS = [0, 250, 1000] as const;
const MOST_DEVICES = 1024;
const MOST_ANSWERS_EACH = 16;

export interface FoundDevice {
  /** Where its answer came from. */
  readonly address: string;
  /** Its device service, at that address. */
  readonly serviceUrl: string;
  /** As its scopes tell; empty where they do not. */
  readonly name: string;
  readonly hardware: string;
}

export interface Discovered {
  readonly devices: readonly FoundDevice[];
  /** Answers that are of no use, one each address. */
  readonly failures: readonly { readonly address: string; readonly why: string }[];
}

export interface DiscoveryOptions {
  readonly timeoutMs: number;
  /** IPv4 addresses of ours to search from; all that are not loopback unless said. */
  readonly interfaces?: readonly string[];
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/** IPv4 addresses of this machine, without loopback. */
export function localAddresses(): string[] {
  return Object.values(os.networkInterfaces()).flatMap((each) => (each ?? []).filter(({ family, internal }) => family === 'IPv4' && !internal).map(({ address }) => address));
}

/** Asks, and listens for `timeoutMs`. Rejects only where no socket can be had. */
export async function discover({ timeoutMs, interfaces = localAddresses(), clock, signal }: DiscoveryOptions): Promise<Discovered> {
  const ids = new Set(interfaces.map(() => `urn:uuid:${randomUUID()}`));
  const found = new Map<string, FoundDevice>();
  const failures = new Map<string, string>();
  const answers = new Map<string, number>();
  const hear = (message: Buffer, { address }: dgram.RemoteInfo): void => {
    const count = (answers.get(address) ?? 0) + 1;
    if (count > MOST_ANSWERS_EACH || (count === 1 && answers.size >= MOST_DEVICES)) return;
    answers.set(address, count);
    try {
      for (const device of matchesIn(message, ids, address)) found.set(device.serviceUrl, device);
    } catch (error) {
      failures.set(address, error instanceof OnvifFailed ? error.message : `its answer cannot be read: ${error instanceof NotXml ? error.message : 'it is broken'}`);
    }
  };
  const sockets = await Promise.all(interfaces.map((address) => openSocket(address, hear)));
  const over = AbortSignal.any([...(signal ? [signal] : [])]);
  const waited = clock.sleep(timeoutMs, over);
  const asking = [...ids].map(async (id, i) => {
    let beforeMs = 0;
    for (const atMs of SEND_AT_MS.filter((each) => each < timeoutMs)) {
      await clock.sleep(atMs - beforeMs, over);
      beforeMs = atMs;
      if (over.aborted) return;
      // A network that takes no multicast now is like one in which nobody answers.
      await new Promise<void>((resolve) => void sockets[i]?.send(probe(id), DISCOVERY_GROUP.port, DISCOVERY_GROUP.address, () => resolve()));
    }
  });
  await waited;
  await Promise.all(asking);
  for (const socket of sockets) socket.close();
  const devices = [...found.values()];
  return { devices, failures: [...failures].filter(([address]) => !devices.some((device) => device.address === address)).map(([address, why]) => ({ address, why })) };
}

async function openSocket(address: string, hear: (message: Buffer, from: dgram.RemoteInfo) => void): Promise<dgram.Socket> {
  const socket = dgram.createSocket({ type: 'udp4' });
  socket.on('message', hear);
  try {
    await Promise.race([once(socket.bind(0, address), 'listening')]);
    socket.setMulticastInterface(address);
    // The same network only.
    socket.setMulticastTTL(1);
    socket.on('error', () => undefined);
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  }
}

function probe(id: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery" xmlns:dn="http://www.onvif.org/ver10/network/wsdl"><s:Header><a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action><a:MessageID>${id}</a:MessageID><a:ReplyTo><a:Address>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:Address></a:ReplyTo><a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To></s:Header><s:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></s:Body></s:Envelope>`;
}

/** Answers to somebody else's question are passed over. Throws NotXml and OnvifFailed. */
function matchesIn(message: Buffer, ids: ReadonlySet<string>, from: string): FoundDevice[] {
  const envelope = parseXml(message.toString('utf8'));
  if (!ids.has(find(envelope, 'Header', 'RelatesTo')?.text ?? '')) return [];
  return everyNamed(envelope, 'ProbeMatch').slice(0, MOST_ANSWERS_EACH).map((match) => deviceOf(match, from));
}

function deviceOf(match: XmlElement, from: string): FoundDevice {
  const urls = (find(match, 'XAddrs')?.text ?? '').split(/\s+/).filter((url) => URL.canParse(url)).map((url) => new URL(url));
  // A login may be sent there: only the machine that answered is asked, whatever others it names.
  const url = urls.find(({ hostname, protocol, username }) => hostname === from && /^https?:$/.test(protocol) && username === '');
  if (!url) throw new OnvifFailed(urls.length === 0 ? 'it tells no address of its service' : 'it tells an address that is not its own');
  const scopes = (find(match, 'Scopes')?.text ?? '').split(/\s+/);
  const scope = (kind: string): string => printable(decoded(scopes.find((each) => each.startsWith(`onvif://www.onvif.org/${kind}/`))?.split('/').slice(4).join('/') ?? ''), 40);
  return { address: from, serviceUrl: url.href, name: scope('name'), hardware: scope('hardware') };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
