/**
 * The kinds of case an operator can choose. City catalogues (GB/T 30428.2) are about city management, not security,
 * and differ by city; these plain codes are ours and can be mapped to any of them.
 */
export const CATEGORIES = ['intrusion', 'help', 'order', 'fire_gas', 'environment', 'traffic', 'facility', 'other'] as const;
export type Category = (typeof CATEGORIES)[number];

export const isCategory = (code: string): code is Category => (CATEGORIES as readonly string[]).includes(code);
