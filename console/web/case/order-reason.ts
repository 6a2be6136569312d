/** Reads the choice's own line kept with an order (`choiceLine` in dispatch/choose.ts: `rank=1/3 code=nearest distance_m=240 …`). */
import type { ReasonCode } from '../../../domain/choice.ts';

export type OrderReasonCode = ReasonCode | 'chosen-by-hand';

const CODES: readonly OrderReasonCode[] = ['nearest', 'responsible', 'farther', 'stale-position', 'no-position', 'place-unknown', 'chosen-by-hand'];

export interface OrderReason {
  readonly code: OrderReasonCode;
  readonly distanceM: number | null;
  readonly positionAgeS: number | null;
}

const numberOr = (text: string | undefined): number | null => (text !== undefined && Number.isFinite(Number(text)) ? Number(text) : null);

/** Null for a reason in any other words: then they are shown as they are. */
export function readOrderReason(line: string): OrderReason | null {
  const fields = new Map(line.split(' ').map((pair) => [pair.split('=')[0] ?? '', pair.split('=')[1]] as const));
  const code = CODES.find((each) => each === fields.get('code'));
  return code ? { code, distanceM: numberOr(fields.get('distance_m')), positionAgeS: numberOr(fields.get('position_age_s')) } : null;
}
