/** What kind of trouble a set-aside message had, told from the reason's own words (devices/ and the MQTT door write them in English). */

const KINDS = [
  ['sos-partly', /SOS (was|without)|as an SOS/],
  ['not-utf8', /not valid UTF-8/],
  ['not-json', /is not JSON/],
  ['too-large', /bytes; at most/],
  ['no-mapping', /has no mapping/],
  ['no-measurement', /none of .* is in it/],
  ['not-a-number', /send a (finite )?number/],
  ['bad-time', /the time \(|\btst is\b|\bat is\b/],
  ['bad-id', /the id \(/],
  ['bad-place', /lon and lat/],
  ['bad-answer', /(status|note|onDuty) is |"onDuty": true|"status": "acknowledged"/],
  ['wrong-type', /_type is/],
  ['wrong-topic', /may not publish|topic is neither/],
] as const;

export type UnreadKind = (typeof KINDS)[number][0] | 'other';

export function unreadKind(reason: string): UnreadKind {
  return KINDS.find(([, pattern]) => pattern.test(reason))?.[0] ?? 'other';
}
