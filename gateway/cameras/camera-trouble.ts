/** Why a camera does not stream, as codes and figures, so that the console can word it in the reader's language. */
import { CAMERA_TROUBLES, type CameraTrouble } from '../../domain/camera.ts';
import { GridwardenError } from '../../platform/errors.ts';

type Cause = NonNullable<CameraTrouble['cause']>;

/** The errors of devices/camera name their cause in words only; a test holds this list against those words. */
const CAUSES: readonly (readonly [part: string, cause: Cause])[] = [
  // First, as the last words of a program, which stand in the sentence, may be those of any other.
  ['of no use: it ended by itself', 'program-ended'],
  ['the program that video.ffmpeg names is of no use', 'program-missing'],
  ['connection refused', 'connection-refused'],
  ['no route to its address', 'no-route'],
  ['network cannot be reached', 'no-network'],
  ['connection was reset', 'reset'],
  ['did not answer within', 'timeout'],
  ['no answer in time', 'timeout'],
  ['connection was closed', 'closed'],
  ['connection broke', 'broken'],
  ['not a usable RTSP description', 'bad-description'],
  ['user name and password', 'bad-credentials'],
  ['forbids access', 'forbidden'],
  ['no stream under this path', 'no-such-stream'],
  ['too many viewers', 'too-many-viewers'],
  ['an error of its own', 'camera-error'],
  ['not an RTSP address', 'bad-address'],
  ['nothing came that makes a picture', 'no-picture'],
  ['no picture could be made', 'undecodable'],
  ['it was stopped', 'stopped'],
  ['it was closed here', 'stopped'],
  ['name cannot be resolved', 'name-unknown'],
  ['signed by nobody but itself', 'certificate-untrusted'],
  ['trusts the authority of its certificate', 'certificate-untrusted'],
  ['certificate is for another name', 'certificate-other-name'],
  ['certificate has expired', 'certificate-out-of-date'],
  ['certificate is not valid yet', 'certificate-out-of-date'],
  ['certificate is refused', 'certificate-refused'],
  ['certificate was revoked', 'certificate-refused'],
  ['does not speak TLS', 'no-tls'],
  ['file of certificate authorities', 'ca-file-unreadable'],
  ['sends us to another address', 'redirects'],
  ['far larger than a description', 'oversized-answer'],
  ['header of its answer never ends', 'oversized-answer'],
  ['not spoken here', 'digest-unknown'],
  ['does not send its video this way', 'wrong-transport'],
  ['none of its datagrams came', 'no-datagrams'],
];

export const STOPPED: CameraTrouble = { code: 'STOPPED', cause: null, codec: null, afterS: null };
export const HOST_DIED: CameraTrouble = { code: 'HOST_DIED', cause: null, codec: null, afterS: null };
const OTHER: CameraTrouble = { code: 'OTHER', cause: null, codec: null, afterS: null };

/** What kind of trouble an error of a camera session is; 'OTHER' for what is none of its own. */
export function troubleOf(error: unknown): CameraTrouble {
  if (!(error instanceof GridwardenError)) return OTHER;
  const code = CAMERA_TROUBLES.find((each) => each === error.code);
  if (!code) return OTHER;
  const why = String(error.fields['why'] ?? '');
  const { codec } = error.fields;
  return { code, cause: CAUSES.find(([part]) => why.includes(part))?.[1] ?? null, codec: codec === undefined ? null : String(codec), afterS: secondsIn(why) };
}

function secondsIn(why: string): number | null {
  const found = /(?:within|for) ([\d.]+) s\b/.exec(why)?.[1];
  return found === undefined ? null : Number(found);
}
