/** Why a camera does not stream, in the reader's language; in the gateway's own words only where it sent no code. */
import type { CameraStatus } from '../../../domain/camera.ts';
import type { Words } from '../i18n/en.ts';
import { filled } from '../i18n/errors.ts';

export function cameraReason(status: CameraStatus | null, words: Words): string {
  const trouble = status?.trouble;
  if (!trouble) return status?.reason ?? '';
  const what = filled(words.cameraTroubles[trouble.code], { codec: trouble.codec ?? '?' });
  const why = trouble.cause === null ? '' : words.cameraCauses[trouble.cause];
  const after = trouble.afterS === null ? '' : ` ${words.cameraAfter(trouble.afterS)}`;
  return why ? `${what}${words.colon}${why}${after}` : what + after;
}
