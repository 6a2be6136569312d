/** Cameras that were found as the piece of configuration that reads them: what cannot be known stands there to be filled in. */
import { printable } from './failed.ts';
import type { OnvifCamera, OnvifStream } from './onvif-camera.ts';

/** The detector looks at pictures of about this size: a larger stream is decoded for nothing. */
const ENOUGH_PX = 1280 * 720;
const READ = ['H264', 'H265', 'JPEG'] as const;
/** Where the user and password stand that the cameras are read with. */
export const CAMERA_LOGIN_ENV = { user: 'CAMERA_USER', password: 'CAMERA_PASSWORD' } as const;

export interface ChosenStreams {
  /** For detection. */
  readonly watched: OnvifStream;
  /** For stills and clips; null where one stream serves for both. */
  readonly evidence: OnvifStream | null;
}

/** The largest stream for evidence, the largest that is not more than enough for detection; null where none is of a codec that is read. */
export function chooseStreams(streams: readonly OnvifStream[]): ChosenStreams | null {
  const size = ({ widthPx, heightPx }: OnvifStream): number => widthPx * heightPx;
  const readable = streams.filter(({ codec }) => codec === '' || READ.some((each) => each === codec)).toSorted((a, b) => size(b) - size(a));
  const [largest] = readable;
  if (!largest) return null;
  // Motion JPEG costs ten times the network of the others.
  const enough = readable.filter((stream) => size(stream) <= ENOUGH_PX);
  const watched = enough.find(({ codec }) => codec !== 'JPEG') ?? enough[0] ?? readable.at(-1) ?? largest;
  return { watched, evidence: watched.url === largest.url ? null : largest };
}

/** YAML under `cameras:`. Every word of a device stands in quotes or in a comment of one line. */
export function cameraYaml(camera: OnvifCamera, id: string, withLogin: boolean): string {
  const chosen = chooseStreams(camera.streams);
  const about = [camera.manufacturer, camera.model].filter(Boolean).join(' ');
  const head = `  # ${printable(`${about ? `${about} at ` : ''}${camera.address}`, 120)}`;
  if (!chosen) return `${head}: sends ${printable(camera.streams.map(({ codec }) => codec).join(', '))} only; set a stream of it to H.264, H.265 or MJPEG\n`;
  const { watched, evidence } = chosen;
  const lines = [
    head,
    `  - id: ${id}`,
    `    name: ${JSON.stringify(printable(camera.name, 60) || id)}`,
    `    url: ${JSON.stringify(withPlaceholders(watched.url, withLogin))}  # ${facts(watched)}`,
    ...(evidence ? [`    evidenceUrl: ${JSON.stringify(withPlaceholders(evidence.url, withLogin))}  # ${facts(evidence)}`] : []),
    '    location: { lon: 0, lat: 0 }   # fill in: where it stands',
    '    homeCell: FILL-IN              # fill in: the grid cell it stands in',
  ];
  const others = camera.streams.filter((stream) => stream.url !== watched.url && stream.url !== evidence?.url);
  return `${[...lines, ...others.map((stream) => `    # also: ${stream.url}  ${facts(stream)}`)].join('\n')}\n`;
}

/** `camera-` and the address, which is one device's in one network; a second one at it gets a number. */
export function cameraId(address: string, taken: ReadonlySet<string>): string {
  const base = `camera-${address.replace(/[^A-Za-z0-9]+/g, '-')}`;
  let id = base;
  for (let i = 2; taken.has(id); i++) id = `${base}-${i}`;
  return id;
}

function withPlaceholders(url: string, withLogin: boolean): string {
  return withLogin ? url.replace('://', `://\${${CAMERA_LOGIN_ENV.user}}:\${${CAMERA_LOGIN_ENV.password}}@`) : url;
}

function facts({ profile, codec, widthPx, heightPx, fps, keyEvery }: OnvifStream): string {
  const size = widthPx > 0 && heightPx > 0 ? `${widthPx}×${heightPx}` : '';
  const keys = keyEvery === null || fps === null ? '' : `a key frame every ${Math.round((keyEvery / fps) * 10) / 10} s`;
  return printable([codec || 'codec not told', size, fps === null ? '' : `${fps} a second`, keys, `profile ${profile}`].filter(Boolean).join(', '), 140);
}
