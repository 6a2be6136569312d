/** Why a camera does not stream, in the reader's language (in the gateway's own words only where it sent no code), and what of one that does is decoded. */
import type { CameraStatus, GatePolicy } from '../../../domain/camera.ts';
import type { Words } from '../i18n/en.ts';
import { filled } from '../i18n/errors.ts';

export function cameraReason(status: Pick<CameraStatus, 'trouble' | 'reason'> | null, words: Words): string {
  const trouble = status?.trouble;
  if (!trouble) return status?.reason ?? '';
  const what = filled(words.cameraTroubles[trouble.code], { codec: trouble.codec ?? '?' });
  const why = trouble.cause === null ? '' : words.cameraCauses[trouble.cause];
  const after = trouble.afterS === null ? '' : ` ${words.cameraAfter(trouble.afterS)}`;
  return why ? `${what}${words.colon}${why}${after}` : what + after;
}

/** "idle", "key frames decoded: they come often enough (one in 2 s)", and what is made of the sizes of packets where they count. */
export function policyFacts({ state, decodes, because, keyEveryMs, packetTrigger }: GatePolicy, { gate, colon }: Words): string[] {
  const often = keyEveryMs === null ? '' : ` (${gate.keyEvery(String(Math.round(keyEveryMs / 100) / 10))})`;
  return [gate.states[state], `${gate.decodes[decodes]}${colon}${gate.because[because]}${often}`, ...(because === 'keys-too-rare' || because === 'packet-sizes' ? [gate.trigger[packetTrigger]] : [])];
}
