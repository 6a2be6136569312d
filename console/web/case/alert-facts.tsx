/** What happened, where and how that is known, when, by which rule, how grave: every fact with its word. */
import type { AlertPlace } from '../../../domain/alert.ts';
import type { AlertAnswer } from '../api/contract.ts';
import { useSourceName } from '../alerts/alert-item.tsx';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { Ago, Moment } from '../time/now.tsx';
import { LiveButton } from '../video/live-dialog.tsx';
import { titleOf, What } from './what.tsx';

/** One line of facts; the value may be long and wraps under itself. */
export function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** The place's error, and the cells whose border runs within it, by name where this person may see them. */
function HowWell({ place }: { place: AlertPlace }) {
  const words = useWords();
  const near = useStore(situation, (now) => place.nearCells.map((code) => now.cells.find((cell) => cell.properties.code === code)?.properties.name ?? code).join('\n'));
  if (place.errorM === null) return null;
  // A metre is as fine as such a figure is worth.
  const distance = words.metres(Math.max(1, place.errorM));
  return (
    <>
      <span className="fact-under quiet">{place.at ? words.detail.placeError(distance) : words.detail.placeTooRough(distance)}</span>
      {near && <span className="fact-under near-border">{words.detail.nearBorder(near.split('\n'))}</span>}
    </>
  );
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
      <Fact name={words.detail.placeKnown}>
        {words.placeBases[alert.place.basis]}
        <HowWell place={alert.place} />
      </Fact>
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
        <What finding={alert.finding} />
      </Fact>
      <Fact name={'cameraId' in alert.finding ? words.detail.camera : words.detail.device}>
        <span className="fact-live">
          {source}
          {'cameraId' in alert.finding && <LiveButton camera={alert.finding.cameraId} name={source} alertId={alert.id} />}
        </span>
      </Fact>
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
      {alert.clearedAtMs && (
        <Fact name={words.detail.cleared}>
          <Moment atMs={alert.clearedAtMs} /> <span className="quiet">· <Ago atMs={alert.clearedAtMs} /></span>
        </Fact>
      )}
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
        {titleOf(alert, words)} <span className="faint num">{words.detail.version(rule.version)}</span>
      </Fact>
      <Fact name={words.detail.trace}>
        <span className="mono faint trace">{alert.traceparent.split('-')[1] ?? alert.traceparent}</span>
      </Fact>
    </dl>
  );
}
