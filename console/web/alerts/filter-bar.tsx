/** What the list shows: an area of the grid at any level, a source, a stage. */
import { useMemo } from 'react';
import { STAGES } from '../../../domain/case.ts';
import { FINDING_SOURCES } from '../../../domain/finding.ts';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { NO_FILTER, type Filter } from './arrange.ts';
import { areasOf } from './areas.ts';
import { filter, setFilter, shown } from './desk.ts';

/** Where `/` leads. */
export const FIRST_FILTER_ID = 'filter-area';

const INDENT = '\u2003';

function AreaChoice({ value }: { value: string }) {
  const words = useWords();
  const cells = useStore(situation, (now) => now.cells);
  const areas = useMemo(() => areasOf(cells), [cells]);
  return (
    <select id={FIRST_FILTER_ID} className="choice" aria-label={words.list.cell} value={value} onChange={(event) => setFilter({ cell: event.target.value })}>
      <option value="">{words.list.allCells}</option>
      {areas.map((area) => (
        <option key={area.code} value={area.code}>
          {INDENT.repeat(area.depth) + area.name}
        </option>
      ))}
    </select>
  );
}

export function FilterBar() {
  const words = useWords();
  const now = useStore(filter, (value) => value);
  const count = useStore(shown, (value) => value.pinned.length + value.rest.length);
  const known = useStore(situation, (value) => value.alerts.size);
  const active = now.cell !== '' || now.source !== '' || now.stage !== '';
  return (
    <div className="filter" role="search" aria-label={words.list.filter}>
      <h2 className="filter-title">
        {words.list.title} <span className="num faint">{words.list.count(count, known)}</span>
      </h2>
      <button type="button" className="button plain small filter-clear" disabled={!active} onClick={() => setFilter(NO_FILTER)}>
        <SignMark sign="filter" size={13} />
        {words.list.clear}
      </button>
      <div className="filter-area">
        <AreaChoice value={now.cell} />
      </div>
      <select className="choice" aria-label={words.list.source} value={now.source} onChange={(event) => setFilter({ source: event.target.value as Filter['source'] })}>
        <option value="">{words.list.anySource}</option>
        {FINDING_SOURCES.map((source) => (
          <option key={source} value={source}>
            {words.sources[source]}
          </option>
        ))}
      </select>
      <select className="choice" aria-label={words.list.stage} value={now.stage} onChange={(event) => setFilter({ stage: event.target.value as Filter['stage'] })}>
        <option value="">{words.list.anyStage}</option>
        <option value="open">{words.list.openOnly}</option>
        {STAGES.map((stage) => (
          <option key={stage} value={stage}>
            {words.stages[stage]}
          </option>
        ))}
      </select>
    </div>
  );
}
