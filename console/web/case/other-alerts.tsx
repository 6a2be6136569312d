/** The other alerts of the same case, each a way to itself: the case is one piece of work, whoever of them is looked at. */
import type { AlertRow } from '../../../domain/alert.ts';
import { useSourceName } from '../alerts/alert-item.tsx';
import { openAlert } from '../alerts/desk.ts';
import { useWords } from '../i18n/language.ts';
import { SeverityMark } from '../look/marks.tsx';
import { Moment } from '../time/now.tsx';
import { titleOf } from './what.tsx';

function OtherLine({ row }: { row: AlertRow }) {
  const words = useWords();
  const source = useSourceName(row);
  return (
    <li>
      <button type="button" className="other" title={words.detail.openOther} onClick={() => openAlert(row.id)}>
        <SeverityMark severity={row.severity} size={15} />
        <span className="only-heard">{words.severities[row.severity]}: </span>
        <span className="cut">{titleOf(row, words)}</span>
        <span className="cut faint">
          {source} · {row.cellName ?? words.list.noCell}
        </span>
        <span className="faint">
          <Moment atMs={row.occurredAtMs} />
        </span>
      </button>
    </li>
  );
}

export function OtherAlerts({ rows }: { rows: readonly AlertRow[] }) {
  const words = useWords();
  if (rows.length === 0) return null;
  return (
    <section aria-label={words.detail.otherAlerts}>
      <h3 className="case-part">
        {words.detail.otherAlerts} <span className="num faint">{rows.length}</span>
      </h3>
      <ul className="others">
        {rows.map((row) => (
          <OtherLine key={row.id} row={row} />
        ))}
      </ul>
    </section>
  );
}
