/** When a rule is in force: week days and minutes of the day in the site's time zone. */

export interface Schedule {
  /** 1 = Monday … 7 = Sunday (ISO 8601). */
  readonly days: readonly number[];
  /** "HH:MM", inclusive. */
  readonly from: string;
  /** "HH:MM", exclusive; earlier than `from` means over midnight; equal means the whole day. */
  readonly to: string;
}
