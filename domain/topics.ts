/** Every MQTT topic Gridwarden itself defines; devices with a language of their own keep theirs. */

export const ordersTopic = (patrolId: string): string => `patrol/${patrolId}/orders`;
export const orderStatusTopic = (patrolId: string, orderId: string): string => `patrol/${patrolId}/orders/${orderId}/status`;
export const orderStatusFilter = (patrolId: string): string => `patrol/${patrolId}/orders/+/status`;
/** Where a patrol's phone says `{ "onDuty": true }` or false. */
export const dutyTopic = (patrolId: string): string => `patrol/${patrolId}/duty`;

/** What makes a filter one that no device of a site could ever publish on, or null. [MQTT-4.7] */
export function filterProblem(filter: string): string | null {
  const levels = filter.split('/');
  if (filter.startsWith('$')) return 'topics that begin with $ belong to the broker';
  if (levels[0] === 'patrol') return 'patrol/ is reserved for duty, orders and answers, which a patrol\'s phone may use without naming them';
  if (levels.some((level, i) => level.includes('#') && (level !== '#' || i < levels.length - 1))) return '# stands alone, as the last level';
  if (levels.some((level) => level.includes('+') && level !== '+')) return '+ stands alone in its level';
  return null;
}

/** Does an MQTT topic filter (with + and #) match a topic? [MQTT-4.7] */
export function topicMatches(filter: string, topic: string): boolean {
  const want = filter.split('/');
  const have = topic.split('/');
  for (let i = 0; i < want.length; i++) {
    if (want[i] === '#') return !(i === 0 && topic.startsWith('$'));
    if (i >= have.length) return false;
    if (want[i] === '+') {
      if (i === 0 && topic.startsWith('$')) return false;
      continue;
    }
    if (want[i] !== have[i]) return false;
  }
  return want.length === have.length;
}
