/** Which languages there are: the one table that the MQTT door looks them up in. */
import type { Device } from '../domain/device.ts';
import { genericJson } from './generic-json/language.ts';
import type { Language } from './language.ts';
import { owntracks } from './owntracks/language.ts';
import { patrolReply } from './patrol-reply/language.ts';
import { sosButton } from './sos-button/language.ts';

/** A device's own language, by the name the configuration gives; `patrol-reply` is spoken by topic, not by device. */
export const LANGUAGES: Readonly<Record<Device['language'] | 'patrol-reply', Language>> = {
  'generic-json': genericJson,
  'sos-button': sosButton,
  owntracks,
  'patrol-reply': patrolReply,
};
