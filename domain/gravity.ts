/** How grave an alert is, in the words of CAP 1.2 (OASIS Common Alerting Protocol, section 3.2.2). */

export const SEVERITIES = ['Extreme', 'Severe', 'Moderate', 'Minor', 'Unknown'] as const;
export const URGENCIES = ['Immediate', 'Expected', 'Future', 'Past', 'Unknown'] as const;
export const CERTAINTIES = ['Observed', 'Likely', 'Possible', 'Unlikely', 'Unknown'] as const;

export type Severity = (typeof SEVERITIES)[number];
export type Urgency = (typeof URGENCIES)[number];
export type Certainty = (typeof CERTAINTIES)[number];

export interface Gravity {
  readonly severity: Severity;
  readonly urgency: Urgency;
  readonly certainty: Certainty;
}
