/** How grave a finding is, in the words of CAP 1.2 (section 3.2.2): severity by the rule, certainty by the source, urgency by both. */
import type { Finding, FindingSource } from '../domain/finding.ts';
import type { Certainty, Gravity, Severity, Urgency } from '../domain/gravity.ts';

/** CAP: Immediate = act now; Expected = within the hour; Future = in the near future. */
const URGENCY_OF: Readonly<Record<Severity, Urgency>> = {
  Extreme: 'Immediate',
  Severe: 'Immediate',
  Moderate: 'Expected',
  Minor: 'Future',
  Unknown: 'Unknown',
};

export function gravityOf(finding: Finding): Gravity {
  return {
    severity: finding.severity,
    urgency: finding.source === 'sos' ? 'Immediate' : URGENCY_OF[finding.severity],
    certainty: certaintyOf(finding),
  };
}

/** A pressed button, a measured value and a camera that is not well were observed; a model only says how likely what it saw is. */
function certaintyOf(finding: Finding): Certainty {
  if (finding.source !== 'camera') return certaintyOfSource(finding.source);
  return finding.certainty === 'Unknown' && finding.about.kind === 'track' ? certaintyOfScore(finding.about.score) : finding.certainty;
}

function certaintyOfSource(source: Exclude<FindingSource, 'camera'>): Certainty {
  switch (source) {
    case 'sensor':
    case 'sos':
    case 'health':
      return 'Observed';
  }
}

/**
 * CAP 1.2, section 3.2.2, certainty: Likely is "p > ~50%", Possible "p <= ~50%", Unlikely "p ~ 0". Observed, "determined to have occurred or
 * to be ongoing", is no probability: a measurement or a person determines, a model never does, however sure it is.
 */
const CERTAINTY_FROM: readonly (readonly [probability: number, certainty: Certainty])[] = [
  [0.5, 'Likely'],
  [0.05, 'Possible'],
];

/** Certainty of what a model saw, from its calibrated score: the probability that it is right (models/calibration.ts). */
export function certaintyOfScore(probability: number): Certainty {
  return CERTAINTY_FROM.find(([from]) => probability >= from)?.[1] ?? 'Unlikely';
}
