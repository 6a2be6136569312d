/** ONVIF cameras for tests: they answer WS-Discovery on loopback multicast, and tell their profiles over SOAP, well or badly. */
import { createHash } from 'node:crypto';
import dgram from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export type OnvifFault =
  /** Answers every question with this text. */
  | { readonly kind: 'says'; readonly text: string; readonly status?: number }
  /** Takes the question and never answers. */
  | { readonly kind: 'hangs' }
  /** Sends a byte a tenth of a second, for ever. */
  | { readonly kind: 'trickles' }
  /** Sends an answer of so many bytes, as fast as it is read. */
  | { readonly kind: 'huge'; readonly bytes: number }
  | { readonly kind: 'redirects'; readonly to: string }
  /** Answers WS-Discovery with these bytes. */
  | { readonly kind: 'rubbish-match'; readonly bytes: Buffer }
  /** Tells this as the address of its service. */
  | { readonly kind: 'tells-address'; readonly xaddrs: string };

export interface OnvifProfile {
  readonly token: string;
  readonly name: string;
  readonly encoding: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly keyEvery: number;
  readonly uri: string;
}

export interface FakeOnvif {
  /** Of 127.0.0.0/8; one device each. */
  readonly address: string;
  readonly name: string;
  readonly profiles: readonly OnvifProfile[];
  readonly login?: { readonly user: string; readonly password: string; readonly by: 'token' | 'http-digest' };
  /** The newer media service too, which alone tells H.265. */
  readonly media2?: boolean;
  readonly clockAheadMs?: number;
  readonly fault?: OnvifFault;
}

export interface FakeOnvifs {
  /** Envelopes that each device was asked, in order. */
  asked(address: string): readonly string[];
  close(): Promise<void>;
}

const GROUP = { address: '239.255.255.250', port: 3702 };
const NS = { soap: 'http://www.w3.org/2003/05/soap-envelope', device: 'http://www.onvif.org/ver10/device/wsdl', media: 'http://www.onvif.org/ver10/media/wsdl', media2: 'http://www.onvif.org/ver20/media/wsdl', schema: 'http://www.onvif.org/ver10/schema' };

/**
 * Resolves when they can be discovered. They answer whoever asks from `visibleFrom`, an address of 127.0.0.0/8, alone: the group is the
 * whole machine's, and other tests search it at the same time.
 */
export async function startOnvif(visibleFrom: string, cameras: readonly FakeOnvif[]): Promise<FakeOnvifs> {
  const devices = await Promise.all(cameras.map(startDevice));
  const ear = dgram.createSocket({ type: 'udp4', reuseAddr: true });
  ear.on('message', (message, from) => {
    const id = /MessageID[^>]*>\s*([^<\s]+)/.exec(message.toString())?.[1];
    if (id && from.address === visibleFrom && message.includes('NetworkVideoTransmitter')) for (const device of devices) device.match(id, from);
  });
  await once(ear.bind(GROUP.port, GROUP.address), 'listening');
  ear.addMembership(GROUP.address, '127.0.0.1');
  return {
    asked: (address) => devices.find((device) => device.address === address)?.asked ?? [],
    close: async () => {
      ear.close();
      await Promise.all(devices.map((device) => device.close()));
    },
  };
}

async function startDevice(camera: FakeOnvif): Promise<{ address: string; asked: string[]; match(id: string, to: dgram.RemoteInfo): void; close(): Promise<void> }> {
  const asked: string[] = [];
  const nonces = new Set<string>();
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const envelope = Buffer.concat(parts).toString();
      asked.push(envelope);
      answer(camera, nonces, envelope, request, response, base());
    });
  });
  await once(server.listen(0, camera.address), 'listening');
  const base = (): string => `http://${camera.address}:${(server.address() as AddressInfo).port}`;
  const mouth = dgram.createSocket('udp4');
  await once(mouth.bind(0, camera.address), 'listening');
  return {
    address: camera.address,
    asked,
    match: (id, to) => {
      const { fault, name } = camera;
      const xaddrs = fault?.kind === 'tells-address' ? fault.xaddrs : `http://169.254.1.1/onvif/device_service ${base()}/onvif/device_service`;
      const text = `<?xml version="1.0"?><e:Envelope xmlns:e="${NS.soap}" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><e:Header><a:RelatesTo>${id}</a:RelatesTo></e:Header><e:Body><d:ProbeMatches><d:ProbeMatch><a:EndpointReference><a:Address>urn:uuid:${camera.address}</a:Address></a:EndpointReference><d:Types>dn:NetworkVideoTransmitter</d:Types><d:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/${encodeURIComponent(name)}</d:Scopes><d:XAddrs>${xaddrs}</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion></d:ProbeMatch></d:ProbeMatches></e:Body></e:Envelope>`;
      mouth.send(fault?.kind === 'rubbish-match' ? fault.bytes : text, to.port, to.address);
    },
    close: async () => {
      mouth.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(camera: FakeOnvif, nonces: Set<string>, envelope: string, request: http.IncomingMessage, response: http.ServerResponse, base: string): void {
  const { fault } = camera;
  const send = (body: string, status = 200): void => void response.writeHead(status, { 'content-type': 'application/soap+xml; charset=utf-8' }).end(`<?xml version="1.0" encoding="UTF-8"?><env:Envelope xmlns:env="${NS.soap}" xmlns:tds="${NS.device}" xmlns:trt="${NS.media}" xmlns:tr2="${NS.media2}" xmlns:tt="${NS.schema}"><env:Body>${body}</env:Body></env:Envelope>`);
  if (fault?.kind === 'says') return void response.writeHead(fault.status ?? 200).end(fault.text);
  if (fault?.kind === 'hangs') return;
  if (fault?.kind === 'trickles') return trickle(response);
  if (fault?.kind === 'huge') return flood(response, fault.bytes);
  if (fault?.kind === 'redirects') return void response.writeHead(307, { location: fault.to }).end();
  const refused = refusal(camera, nonces, envelope, request);
  if (refused === 'http') return void response.writeHead(401, { 'www-authenticate': `Digest realm="cam", nonce="n0nce", qop="auth", algorithm=MD5` }).end();
  if (refused === 'fault') return send('<env:Fault><env:Code><env:Value>env:Sender</env:Value><env:Subcode><env:Value xmlns:ter="http://www.onvif.org/ver10/error">ter:NotAuthorized</env:Value></env:Subcode></env:Code><env:Reason><env:Text xml:lang="en">Sender not Authorized</env:Text></env:Reason></env:Fault>', 400);
  const told = toldBy(camera, envelope, base);
  if (told) send(told);
  else send('<env:Fault><env:Code><env:Value>env:Receiver</env:Value></env:Code><env:Reason><env:Text xml:lang="en">Action Not Implemented</env:Text></env:Reason></env:Fault>', 500);
}

/** Null where the question may be answered. */
function refusal({ login, clockAheadMs = 0 }: FakeOnvif, nonces: Set<string>, envelope: string, request: http.IncomingMessage): 'http' | 'fault' | null {
  if (!login || envelope.includes('GetSystemDateAndTime')) return null;
  const of = (text: string): string => createHash('md5').update(text).digest('hex');
  if (login.by === 'http-digest') {
    const field = (name: string): string => new RegExp(`${name}="?([^",]*)`).exec(request.headers.authorization ?? '')?.[1] ?? '';
    const wanted = of(`${of(`${login.user}:cam:${login.password}`)}:n0nce:${field('nc')}:${field('cnonce')}:auth:${of(`POST:${request.url ?? ''}`)}`);
    return field('response') === wanted ? null : 'http';
  }
  const part = (name: string): string => new RegExp(`<${name}(?: [^>]*)?>([^<]*)<`).exec(envelope)?.[1] ?? '';
  const [nonce, created] = [part('w:Nonce'), part('u:Created')];
  const wanted = createHash('sha1').update(Buffer.from(nonce, 'base64')).update(created).update(login.password).digest('base64');
  const fresh = Math.abs(Date.parse(created) - Date.now() - clockAheadMs) < 60_000 && !nonces.has(nonce);
  nonces.add(nonce);
  const user = part('w:Username').replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return user === login.user && part('w:Password') === wanted && fresh ? null : 'fault';
}

function toldBy({ profiles, media2 = false, clockAheadMs = 0, name }: FakeOnvif, envelope: string, base: string): string | null {
  const asks = (question: string): boolean => envelope.includes(`<${question}`);
  const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  if (asks('GetSystemDateAndTime')) {
    const now = new Date(Date.now() + clockAheadMs);
    return `<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime><tt:Time><tt:Hour>${now.getUTCHours()}</tt:Hour><tt:Minute>${now.getUTCMinutes()}</tt:Minute><tt:Second>${now.getUTCSeconds()}</tt:Second></tt:Time><tt:Date><tt:Year>${now.getUTCFullYear()}</tt:Year><tt:Month>${now.getUTCMonth() + 1}</tt:Month><tt:Day>${now.getUTCDate()}</tt:Day></tt:Date></tt:UTCDateTime></tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>`;
  }
  if (asks('GetServices')) return media2 ? `<tds:GetServicesResponse><tds:Service><tds:Namespace>${NS.media}</tds:Namespace><tds:XAddr>${base}/onvif/media</tds:XAddr></tds:Service><tds:Service><tds:Namespace>${NS.media2}</tds:Namespace><tds:XAddr>${base}/onvif/media2</tds:XAddr></tds:Service></tds:GetServicesResponse>` : null;
  // A camera behind a router: it tells the address that it has there.
  if (asks('GetCapabilities')) return `<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media><tt:XAddr>http://10.9.8.7/onvif/media</tt:XAddr></tt:Media></tds:Capabilities></tds:GetCapabilitiesResponse>`;
  if (asks('GetDeviceInformation')) return `<tds:GetDeviceInformationResponse><tds:Manufacturer>Nobody</tds:Manufacturer><tds:Model>${xml(name)}-1</tds:Model></tds:GetDeviceInformationResponse>`;
  if (asks('GetProfiles')) {
    const two = envelope.includes(`GetProfiles xmlns="${NS.media2}"`);
    return two
      ? `<tr2:GetProfilesResponse>${profiles.map((p) => `<tr2:Profiles token="${xml(p.token)}"><tr2:Name>${xml(p.name)}</tr2:Name><tr2:Configurations><tr2:VideoEncoder token="e" GovLength="${p.keyEvery}"><tt:Encoding>${p.encoding}</tt:Encoding><tt:Resolution><tt:Width>${p.widthPx}</tt:Width><tt:Height>${p.heightPx}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>${p.fps}</tt:FrameRateLimit></tt:RateControl></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>`).join('')}</tr2:GetProfilesResponse>`
      : `<trt:GetProfilesResponse>${profiles.map((p) => `<trt:Profiles token="${xml(p.token)}"><tt:Name>${xml(p.name)}</tt:Name><tt:VideoEncoderConfiguration token="e"><tt:Encoding>${p.encoding}</tt:Encoding><tt:Resolution><tt:Width>${p.widthPx}</tt:Width><tt:Height>${p.heightPx}</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>${p.fps}</tt:FrameRateLimit></tt:RateControl><tt:H264><tt:GovLength>${p.keyEvery}</tt:GovLength></tt:H264></tt:VideoEncoderConfiguration></trt:Profiles>`).join('')}</trt:GetProfilesResponse>`;
  }
  if (asks('GetStreamUri')) {
    const token = /ProfileToken>([^<]*)</.exec(envelope)?.[1];
    const profile = profiles.find((each) => xml(each.token) === token);
    if (!profile) return null;
    return envelope.includes(NS.media2) ? `<tr2:GetStreamUriResponse><tr2:Uri>${xml(profile.uri)}</tr2:Uri></tr2:GetStreamUriResponse>` : `<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>${xml(profile.uri)}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>`;
  }
  return null;
}

function trickle(response: http.ServerResponse): void {
  const timer = setInterval(() => response.write('<'), 100);
  response.on('close', () => clearInterval(timer));
}

function flood(response: http.ServerResponse, bytes: number): void {
  const part = Buffer.alloc(64 * 1024, 0x20);
  let left = bytes;
  const more = (): void => {
    for (; left > 0 && !response.destroyed; left -= part.length) if (!response.write(part)) return void response.once('drain', more);
    response.end();
  };
  more();
}
