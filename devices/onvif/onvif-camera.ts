/** What an ONVIF camera says of its streams: profiles, sizes, rates and the addresses they are had at. */
import type { FoundDevice } from './ws-discovery.ts';
import { OnvifFailed, printable } from './failed.ts';
import { SoapCaller, type SoapOptions } from './soap.ts';
import { escaped, everyNamed, find, type XmlElement } from './xml.ts';

export interface OnvifStream {
  readonly profile: string;
  /** rtsp:// or rtsps:// at the device itself, without user and password. */
  readonly url: string;
  /** As ONVIF calls it: H264, H265, JPEG, MPEG4 …; empty where it does not say. */
  readonly codec: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number | null;
  /** Pictures from one key frame to the next. */
  readonly keyEvery: number | null;
}

export interface OnvifCamera {
  readonly address: string;
  readonly name: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly streams: readonly OnvifStream[];
}

/** A recorder has some for each of its channels. */
const MOST_PROFILES = 64;
const DEVICE = 'http://www.onvif.org/ver10/device/wsdl';
const MEDIA = { one: 'http://www.onvif.org/ver10/media/wsdl', two: 'http://www.onvif.org/ver20/media/wsdl' } as const;

interface MediaService {
  readonly version: keyof typeof MEDIA;
  readonly url: string;
}

/** Errors: OnvifFailed. */
export async function describeCamera(device: FoundDevice, options: SoapOptions): Promise<OnvifCamera> {
  const caller = new SoapCaller(options);
  await takeTime(caller, device);
  const media = await mediaService(caller, device);
  const profiles = await profilesOf(caller, media);
  const streams: OnvifStream[] = [];
  let failed: OnvifFailed | null = null;
  for (const profile of profiles) {
    try {
      const url = streamUrl(await caller.ask(media.url, streamQuestion(media, profile)), device.address);
      streams.push({ ...streamFacts(profile), url });
    } catch (error) {
      if (!(error instanceof OnvifFailed) || error.wantsLogin) throw error;
      failed = error;
    }
  }
  if (streams.length === 0) throw failed ?? new OnvifFailed('it offers no video');
  const { manufacturer, model } = await maker(caller, device);
  return { address: device.address, name: device.name || [manufacturer, model].filter(Boolean).join(' ') || device.hardware, manufacturer, model, streams };
}

/** A login bears the time, and a camera takes none of another day; its clock it tells to anybody (ONVIF Core 5.9.1). */
async function takeTime(caller: SoapCaller, { serviceUrl }: FoundDevice): Promise<void> {
  const answer = await caller.ask(serviceUrl, `<GetSystemDateAndTime xmlns="${DEVICE}"/>`, 'anybody').catch((error: unknown) => {
    // Not every camera keeps to that; those that do not answer at all are not asked on.
    if (error instanceof OnvifFailed && (error.wantsLogin || error.message.startsWith('it refused'))) return null;
    throw error;
  });
  const utc = answer && find(answer, 'UTCDateTime');
  const figure = (name: string): number => Number(utc && find(utc, name)?.text);
  const atMs = Date.UTC(figure('Year'), figure('Month') - 1, figure('Day'), figure('Hour'), figure('Minute'), figure('Second'));
  if (utc && Number.isFinite(atMs)) caller.keepTimeOf(atMs);
}

/** The newer media service where there is one: the older one knows no H.265. */
async function mediaService(caller: SoapCaller, device: FoundDevice): Promise<MediaService> {
  const answer = await caller.ask(device.serviceUrl, `<GetServices xmlns="${DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>`, 'user').catch(otherwiseNull);
  const told = new Map(answer && everyNamed(answer, 'Service').map((service) => [find(service, 'Namespace')?.text ?? '', find(service, 'XAddr')?.text ?? '']));
  for (const version of ['two', 'one'] as const) {
    const url = told.get(MEDIA[version]);
    if (url) return { version, url: atDevice(url, device) };
  }
  const capabilities = await caller.ask(device.serviceUrl, `<GetCapabilities xmlns="${DEVICE}"><Category>Media</Category></GetCapabilities>`);
  const url = find(capabilities, 'Media', 'XAddr')?.text;
  if (!url) throw new OnvifFailed('it has no media service: it is no camera');
  return { version: 'one', url: atDevice(url, device) };
}

function otherwiseNull(error: unknown): null {
  if (error instanceof OnvifFailed && !error.wantsLogin) return null;
  throw error;
}

async function profilesOf(caller: SoapCaller, { version, url }: MediaService): Promise<XmlElement[]> {
  const answer = await caller.ask(url, version === 'two' ? `<GetProfiles xmlns="${MEDIA.two}"><Type>VideoEncoder</Type></GetProfiles>` : `<GetProfiles xmlns="${MEDIA.one}"/>`);
  return everyNamed(answer, 'Profiles').filter((profile) => profile.attributes.has('token') && encoderOf(profile)).slice(0, MOST_PROFILES);
}

const encoderOf = (profile: XmlElement): XmlElement | null => find(profile, 'VideoEncoder') ?? find(profile, 'VideoEncoderConfiguration');

function streamQuestion({ version }: MediaService, profile: XmlElement): string {
  const token = escaped(profile.attributes.get('token') ?? '');
  if (version === 'two') return `<GetStreamUri xmlns="${MEDIA.two}"><Protocol>RTSP</Protocol><ProfileToken>${token}</ProfileToken></GetStreamUri>`;
  const schema = 'http://www.onvif.org/ver10/schema';
  return `<GetStreamUri xmlns="${MEDIA.one}"><StreamSetup><Stream xmlns="${schema}">RTP-Unicast</Stream><Transport xmlns="${schema}"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${token}</ProfileToken></GetStreamUri>`;
}

function streamFacts(profile: XmlElement): Omit<OnvifStream, 'url'> {
  const encoder = encoderOf(profile);
  const figure = (...path: string[]): number | null => {
    const value = Number((encoder && find(encoder, ...path)?.text) || Number.NaN);
    return Number.isFinite(value) && value > 0 && value < 100_000 ? value : null;
  };
  const keys = Number(encoder?.attributes.get('GovLength') ?? Number.NaN);
  return {
    profile: printable((find(profile, 'Name')?.text ?? '') || (profile.attributes.get('token') ?? ''), 40),
    codec: printable((encoder && find(encoder, 'Encoding')?.text) ?? '', 16).toUpperCase(),
    widthPx: figure('Resolution', 'Width') ?? 0,
    heightPx: figure('Resolution', 'Height') ?? 0,
    fps: figure('RateControl', 'FrameRateLimit'),
    keyEvery: keys > 0 && keys < 100_000 ? keys : figure('GovLength'),
  };
}

/** Cameras behind a router, or set up elsewhere, tell addresses of another network; and a login must go to nobody but the device. */
function atDevice(url: string, { serviceUrl }: FoundDevice): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) throw new OnvifFailed('its media service has no usable address');
  const [told, device] = [new URL(url), new URL(serviceUrl)];
  if (told.hostname === device.hostname) return told.href;
  return new URL(told.pathname + told.search, device).href;
}

function streamUrl(answer: XmlElement, address: string): string {
  const text = find(answer, 'Uri')?.text ?? '';
  if (!URL.canParse(text) || !/^rtsps?:$/.test(new URL(text).protocol)) throw new OnvifFailed('its stream has no usable RTSP address');
  const { protocol, port, pathname, search } = new URL(text);
  // Signs that a configuration would take for something else: ${NAME} for the environment's, # for the end.
  const path = `${pathname}${search}`.replace(/[^\x21-\x7e]|[${}#"'\\<>^`|]/g, (sign) => encodeURIComponent(sign).replaceAll("'", '%27'));
  return `${protocol}//${address}${port ? `:${port}` : ''}${path}`;
}

async function maker(caller: SoapCaller, { serviceUrl }: FoundDevice): Promise<{ manufacturer: string; model: string }> {
  const answer = await caller.ask(serviceUrl, `<GetDeviceInformation xmlns="${DEVICE}"/>`).catch(() => null);
  const word = (name: string): string => printable((answer && find(answer, name)?.text) ?? '', 40);
  return { manufacturer: word('Manufacturer'), model: word('Model') };
}
