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

/** A pressed button and a measured value were observed; a model only says how likely what it saw is. */
function certaintyOf(finding: Finding): Certainty {
  if (finding.source !== 'camera') return certaintyOfSource(finding.source);
  return finding.certainty === 'Unknown' && finding.about.kind === 'track' ? certaintyOfScore(finding.about.score) : finding.certainty;
}

function certaintyOfSource(source: Exclude<FindingSource, 'camera'>): Certainty {
  switch (source) {
    case 'sensor':
    case 'sos':
      return 'Observed';
  }
}

/** CAP draws the line between Likely and Possible at one half; what a model saw is never Observed. */
export function certaintyOfScore(score: number): Certainty {
  return score >= 0.5 ? 'Likely' : 'Possible';
}
