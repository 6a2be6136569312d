/** What happened, where and how that is known, when, by which rule, how grave: every fact with its word. */
import type { Finding, SensorFinding } from '../../../domain/finding.ts';
import type { AlertAnswer } from '../api/contract.ts';
import { useSourceName } from '../alerts/alert-item.tsx';
import type { Words } from '../i18n/en.ts';
import { useWords } from '../i18n/language.ts';
import { Ago, Moment } from '../time/now.tsx';

/** One line of facts; the value may be long and wraps under itself. */
export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

const figure = (value: number): string => String(Math.round(value * 100) / 100);

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

function What({ finding, words }: { finding: Finding; words: Words }) {
  switch (finding.source) {
    case 'camera':
      return (
        <>
          {words.detail.cameraSaw(words.classes[finding.label], finding.zoneName)}
          <span className="faint num">
            {' '}
            {words.detail.score(Math.round(finding.score * 100))} · {words.detail.track(finding.trackId)}
          </span>
        </>
      );
    case 'sensor':
      return (
        <>
          <strong className="num">{words.detail.measured(finding.measurement, figure(finding.value))}</strong>
          <span className="quiet num">
            {'  '}
            {finding.direction === 'above' ? words.detail.limitAbove(figure(finding.limit)) : words.detail.limitBelow(figure(finding.limit))}
          </span>
          <Gauge finding={finding} />
        </>
      );
    case 'sos':
      return <>{words.detail.sosPressed}</>;
  }
}

function Where({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const { alert, cell } = answer;
  const at = alert.place.at;
  const path = cell && [cell.district, cell.street, cell.community].map((level) => level.name).join(' › ');
  return (
    <>
      <Fact name={words.detail.where}>
        {cell?.name ?? alert.cellName ?? words.list.noCell}
        {path && <span className="fact-under quiet">{path}</span>}
        <span className="fact-under faint mono">
          {alert.place.cellCode}
          {at && `  ${at.lat.toFixed(5)}, ${at.lon.toFixed(5)}`}
        </span>
      </Fact>
      <Fact name={words.detail.placeKnown}>{words.placeBases[alert.place.basis]}</Fact>
    </>
  );
}

export function AlertFacts({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const { alert, rule } = answer;
  const source = useSourceName(alert);
  return (
    <dl className="facts">
      <Fact name={words.detail.what}>
        <What finding={alert.finding} words={words} />
      </Fact>
      <Fact name={alert.source === 'camera' ? words.detail.camera : words.detail.device}>{source}</Fact>
      <Where answer={answer} />
      <Fact name={words.detail.when}>
        <Moment atMs={alert.occurredAtMs} /> <span className="quiet">· <Ago atMs={alert.occurredAtMs} /></span>
        <span className="fact-under faint num">
          {words.detail.received} <Moment atMs={alert.receivedAtMs} /> · {words.detail.filed} <Moment atMs={alert.filedAtMs} />
        </span>
        {alert.findings > 1 && (
          <span className="fact-under faint num">
            {words.list.findingsHint(alert.findings)} · {words.detail.last} <Moment atMs={alert.lastFindingAtMs} />
          </span>
        )}
      </Fact>
      <Fact name={words.detail.gravity}>
        <span className="cap">
          <span className="cap-word">{words.detail.severity}</span> <strong className={`sev-${alert.severity}`}>{words.severities[alert.severity]}</strong>
        </span>
        <span className="cap">
          <span className="cap-word">{words.detail.urgency}</span> {words.urgencies[alert.urgency]}
        </span>
        <span className="cap">
          <span className="cap-word">{words.detail.certainty}</span> {words.certainties[alert.certainty]}
        </span>
      </Fact>
      <Fact name={words.detail.rule}>
        {rule.name} <span className="faint num">{words.detail.version(rule.version)}</span>
      </Fact>
      <Fact name={words.detail.trace}>
        <span className="mono faint trace">{alert.traceparent.split('-')[1] ?? alert.traceparent}</span>
      </Fact>
    </dl>
  );
}
