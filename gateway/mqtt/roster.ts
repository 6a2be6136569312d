/** Who may come through the MQTT door, and which topics each may use and no others. Pure. */
import type { Device } from '../../domain/device.ts';
import type { Patrol } from '../../domain/patrol.ts';
import { dutyTopic, orderStatusFilter, ordersTopic, topicMatches } from '../../domain/topics.ts';

export interface DeviceWithCredential extends Device {
  /** As devices/credential.ts makes it. */
  readonly passwordHash: string;
}

/** A device as the door knows it. */
export interface Member {
  readonly device: Device;
  readonly passwordHash: string;
  /** The patrols whose phone it is; empty for sensors and buttons. */
  readonly patrolIds: readonly string[];
}

export type Roster = ReadonlyMap<string, Member>;

export function createRoster(devices: readonly DeviceWithCredential[], patrols: readonly Patrol[]): Roster {
  return new Map(
    devices.map(({ passwordHash, ...device }) => {
      const patrolIds = patrols.filter((patrol) => patrol.deviceId === device.id).map((patrol) => patrol.id);
      return [device.id, { device, passwordHash, patrolIds }];
    }),
  );
}

const MAX_TOPIC_CHARS = 512;
/** U+0000 is forbidden in a topic [MQTT-1.5.3-2] and PostgreSQL refuses it in text; U+FFFD is what the parser made of bytes that were not UTF-8. */
const UNFIT_CHARACTERS = /[\u0000-\u001f\u007f\ufffd]/;

/** Which language a member speaks on a topic, or null where it may not publish. */
export function languageOn(member: Member, topic: string): Device['language'] | 'patrol-reply' | null {
  if (topic === '' || topic.length > MAX_TOPIC_CHARS || topic.startsWith('$') || UNFIT_CHARACTERS.test(topic)) return null;
  // patrol/ is ours: a sensor configured with "#" must be able neither to forge an order nor to answer one for a patrol.
  if (topic.startsWith('patrol/')) return member.patrolIds.some((id) => topic === dutyTopic(id) || topicMatches(orderStatusFilter(id), topic)) ? 'patrol-reply' : null;
  return member.device.topics.some((filter) => topicMatches(filter, topic)) ? member.device.language : null;
}

/** Only the orders of its own patrol; no wildcards. */
export function maySubscribe(member: Member, filter: string): boolean {
  return member.patrolIds.some((id) => ordersTopic(id) === filter);
}
