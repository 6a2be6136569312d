/** What was found, in figures and in words: what a camera saw and how sure it is, what a sensor measured against its limit. */
import type { AlertRow } from '../../../domain/alert.ts';
import type { CameraFinding, CountSubject, Finding, SensorFinding, SubjectInView, TrackSubject } from '../../../domain/finding.ts';
import type { Words } from '../i18n/en.ts';
import { useWords } from '../i18n/language.ts';

/** What an alert is called: by its rule's name as the site wrote it, and a camera's fault in the reader's language. */
export const titleOf = ({ finding, ruleName }: Pick<AlertRow, 'finding' | 'ruleName'>, words: Words): string => (finding.source === 'health' ? words.healthFaults[finding.fault] : ruleName);

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
      return seenInShort(finding.about, words);
    case 'sensor':
      return (finding.direction === 'above' ? words.list.above : words.list.below)(figure(finding.value), figure(finding.limit));
    case 'sos':
    case 'health':
      return '';
  }
}

function seenInShort(about: SubjectInView, words: Words): string {
  switch (about.kind) {
    case 'track':
      return words.list.seen(words.classes[about.label], Math.round(about.score * 100));
    case 'count':
      return (about.direction === 'above' ? words.list.above : words.list.below)(counted(about, words), figure(about.limit));
    case 'region':
      return words.changes[about.change];
    case 'camera':
      return words.faults[about.fault];
  }
}

const counted = ({ count, perM2 }: CountSubject, words: Words): string => (perM2 === null ? String(count) : words.list.perM2(figure(perM2)));

const withSpeed = ({ speed }: TrackSubject, what: string, words: Words): string => (speed ? words.detail.atSpeed(what, Math.round(speed.kmh), Math.max(1, Math.round(speed.errorKmh))) : what);

/** What a camera saw, in a few words: a class of object, a count, a change, a fault. */
export function whatWasSeen(about: SubjectInView, words: Words): string {
  switch (about.kind) {
    case 'track':
      return withSpeed(about, about.crossing === null ? words.classes[about.label] : words.detail.crossed(words.classes[about.label], words.crossings[about.crossing]), words);
    case 'count':
      return about.perM2 === null ? words.detail.count(about.count) : words.detail.density(about.count, figure(about.perM2));
    case 'region':
    case 'camera':
      return seenInShort(about, words);
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

/** How sure the model was, or what the count was held against; nothing where there is neither. */
function Beside({ about, words }: { about: SubjectInView; words: Words }) {
  switch (about.kind) {
    case 'track':
      return <span className="quiet num">· {words.detail.score(sureness(about.score, words), Math.round(about.score * 100))}</span>;
    case 'count':
      return <span className="quiet num">· {(about.direction === 'above' ? words.detail.limitAbove : words.detail.limitBelow)(figure(about.limit))}</span>;
    case 'region':
    case 'camera':
      return null;
  }
}

function Seen({ finding, words }: { finding: CameraFinding; words: Words }) {
  const { about, where, ruleKind } = finding;
  return (
    <>
      <strong>{whatWasSeen(about, words)}</strong> <Beside about={about} words={words} />
      <span className="fact-under">
        <span className="faint">{words.ruleKinds[ruleKind]}</span>
        {where && ` · ${where.name}`}
        {about.kind === 'track' && <span className="faint num"> · {words.detail.track(about.trackId)}</span>}
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
    case 'health':
      return (
        <>
          <strong>{words.healthFaults[finding.fault]}</strong>
          <span className="fact-under quiet">{words.healthMeans[finding.fault]}</span>
        </>
      );
  }
}
