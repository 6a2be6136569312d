/** The live list: grave open alerts first, then newest first; a listbox for keyboard and screen reader alike. */
import { useEffect, useRef } from 'react';
import { useWords } from '../i18n/language.ts';
import { link } from '../live/link.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SeverityMark } from '../look/marks.tsx';
import { AlertItem, rowId } from './alert-item.tsx';
import { severityRank } from './arrange.ts';
import { filter, listScrolled, pointerInList, pointerLeftList, selected, showFresh, shown } from './desk.ts';
import { FilterBar } from './filter-bar.tsx';
import './alerts.css';

/** One line of fixed height above the list: nothing moves when alerts wait. */
function FreshLine() {
  const words = useWords();
  const fresh = useStore(shown, (now) => now.fresh);
  const alerts = useStore(situation, (now) => now.alerts);
  // Nothing is said to be up to date while the line is down.
  const live = useStore(link, (now) => now.state === 'live');
  const waiting = fresh.flatMap((id) => alerts.get(id) ?? []).sort((a, b) => severityRank(a.severity) - severityRank(b.severity));
  const gravest = waiting[0];
  if (!gravest) return <p className="fresh fresh-none faint">{live ? words.list.upToDate : ''}</p>;
  return (
    <button type="button" className="fresh fresh-some" onClick={showFresh}>
      <SeverityMark severity={gravest.severity} />
      <strong className="num">{words.list.fresh(waiting.length)}</strong>
      <span className="fresh-show">
        {words.list.showFresh} <kbd>n</kbd>
      </span>
    </button>
  );
}

function Section({ title, ids, tone }: { title: string; ids: readonly string[]; tone: 'pinned' | 'rest' }) {
  const alerts = useStore(situation, (now) => now.alerts);
  const chosen = useStore(selected, (now) => now);
  if (ids.length === 0) return null;
  return (
    <div role="group" aria-label={title} className={`section section-${tone}`}>
      <div className="section-head" role="presentation">
        <span>{title}</span>
        <span className="num">{ids.length}</span>
      </div>
      {ids.map((id) => {
        const row = alerts.get(id);
        return row && <AlertItem key={id} row={row} chosen={id === chosen} />;
      })}
    </div>
  );
}

function useKeepInView(list: React.RefObject<HTMLDivElement | null>, chosen: string | null): void {
  useEffect(() => {
    if (chosen === null) return;
    list.current?.querySelector(`[id="${rowId(chosen)}"]`)?.scrollIntoView({ block: 'nearest' });
  }, [list, chosen]);
}

export function AlertList() {
  const words = useWords();
  const now = useStore(shown, (value) => value);
  const loaded = useStore(situation, (value) => value.loaded);
  const chosen = useStore(selected, (value) => value);
  const filtered = useStore(filter, (value) => value.cell !== '' || value.source !== '' || value.stage !== '');
  const list = useRef<HTMLDivElement>(null);
  useKeepInView(list, chosen);
  const empty = now.pinned.length + now.rest.length === 0;
  return (
    <section className="alerts" aria-label={words.list.title}>
      <FilterBar />
      <FreshLine />
      <div
        ref={list}
        className="alerts-scroll scroll"
        role="listbox"
        tabIndex={0}
        aria-label={words.list.label}
        aria-activedescendant={chosen === null ? undefined : rowId(chosen)}
        onPointerMove={pointerInList}
        onPointerLeave={pointerLeftList}
        onScroll={(event) => listScrolled(event.currentTarget.scrollTop > 8)}
      >
        <Section title={words.list.pinned} ids={now.pinned} tone="pinned" />
        <Section title={words.list.newest} ids={now.rest} tone="rest" />
        {!loaded && <p className="alerts-empty">{words.list.loading}</p>}
        {empty && loaded && <p className="alerts-empty">{filtered ? words.list.empty : words.list.emptyAll}</p>}
      </div>
    </section>
  );
}
