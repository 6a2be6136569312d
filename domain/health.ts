/** What may be wrong with a camera itself: told as an alert of its own class, so that nobody takes a blind camera for a quiet street. */

/**
 * no-packets: away, or silent; frozen: the same picture again and again; black: dark and flat; covered, defocused, moved: as the tamper
 * rule says them; clock-jump: the times of its pictures leapt.
 */
export const HEALTH_FAULTS = ['no-packets', 'frozen', 'black', 'covered', 'defocused', 'moved', 'clock-jump'] as const;
export type HealthFault = (typeof HEALTH_FAULTS)[number];

/** The built-in rules, one per fault. */
export const healthRuleId = (fault: HealthFault): string => `health/${fault}`;

/** The same in words, for logs and lists that know one language only; the console has its own in each. */
export const HEALTH_NAMES: Readonly<Record<HealthFault, string>> = {
  'no-packets': 'Camera sends nothing',
  frozen: 'Camera picture frozen',
  black: 'Camera picture black',
  covered: 'Camera covered',
  defocused: 'Camera out of focus',
  moved: 'Camera turned or moved',
  'clock-jump': 'Camera clock jumped',
};

/** Who acts in a case's history where the program does so by itself, and why it does: codes that the console puts into words. */
export const BY_ITSELF = 'gridwarden';
export const CLEARED = 'cleared';
export const CAME_AGAIN = 'came-again';
