/** What was found, in figures and in words: what a camera saw and how sure it is, what a sensor measured against its limit. */
import type { CameraFinding, Finding, SensorFinding } from '../../../domain/finding.ts';
import type { Words } from '../i18n/en.ts';
import { useWords } from '../i18n/language.ts';

/** At most two decimals, and none of the noise that binary fractions bring. */
export const figure = (value: number): string => String(Math.round(value * 100) / 100);

/** Detectors are tuned to be believed from one half on; the words are for people who do not read scores all day. */
export function sureness(score: number, words: Words): string {
  if (score >= 0.8) return words.detail.sureness.sure;
  return score >= 0.6 ? words.detail.sureness.likely : words.detail.sureness.unsure;
}

/** The finding in a few characters, for the list: "person 84 %", "63.4 > 55"; empty where there is nothing to add. */
export function inShort(finding: Finding, words: Words): string {
  switch (finding.source) {
    case 'camera':
      return words.list.seen(words.classes[finding.label], Math.round(finding.score * 100));
    case 'sensor':
      return (finding.direction === 'above' ? words.list.above : words.list.below)(figure(finding.value), figure(finding.limit));
    case 'sos':
      return '';
  }
}

/** How far the value lies past its limit, drawn; the numbers stand beside it. */
function Gauge({ finding }: { finding: SensorFinding }) {
  const span = Math.max(Math.abs(finding.value - finding.limit) * 2.2, Math.abs(finding.limit) * 0.2, 1e-9);
  const low = (finding.value + finding.limit) / 2 - span / 2;
  const percent = (value: number): string => `${Math.max(2, Math.min(98, ((value - low) / span) * 100))}%`;
  return (
    <span className={`gauge gauge-${finding.direction}`} aria-hidden="true">
      <i className="gauge-past" style={finding.direction === 'above' ? { left: percent(finding.limit), right: 0 } : { left: 0, width: percent(finding.limit) }} />
      <i className="gauge-limit" style={{ left: percent(finding.limit) }} />
      <i className="gauge-value" style={{ left: percent(finding.value) }} />
    </span>
  );
}

function Seen({ finding, words }: { finding: CameraFinding; words: Words }) {
  return (
    <>
      <strong>{words.classes[finding.label]}</strong> <span className="quiet num">· {words.detail.score(sureness(finding.score, words), Math.round(finding.score * 100))}</span>
      <span className="fact-under">
        <span className="faint">{words.detail.zone}</span> {finding.zoneName} <span className="faint num">· {words.detail.track(finding.trackId)}</span>
      </span>
    </>
  );
}

function Measured({ finding, words }: { finding: SensorFinding; words: Words }) {
  const { measurement, value, limit, direction } = finding;
  const past = figure(Math.abs(value - limit));
  return (
    <>
      <span className="measured">
        <span className="cut">{measurement}</span> <strong className="measured-value num">{figure(value)}</strong>
        <span className="quiet num">{(direction === 'above' ? words.detail.limitAbove : words.detail.limitBelow)(figure(limit))}</span>
      </span>
      <Gauge finding={finding} />
      <span className="fact-under faint num">{(direction === 'above' ? words.detail.over : words.detail.under)(past)}</span>
    </>
  );
}

export function What({ finding }: { finding: Finding }) {
  const words = useWords();
  switch (finding.source) {
    case 'camera':
      return <Seen finding={finding} words={words} />;
    case 'sensor':
      return <Measured finding={finding} words={words} />;
    case 'sos':
      return <>{words.detail.sosPressed}</>;
  }
}
