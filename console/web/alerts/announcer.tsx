/** Says new alerts to screen readers, gathered, so that a storm is one sentence and not a hundred; and keeps the tab's title true. */
import { useEffect, useState } from 'react';
import { titleOf } from '../case/what.tsx';
import { LANGUAGES, language, useWords } from '../i18n/language.ts';
import { isPinned, situation } from '../live/situation.ts';
import { site } from '../live/session.ts';
import { useStore } from '../live/store.ts';
import { severityRank } from './arrange.ts';

const GATHER_MS = 2000;

function sentenceFor(ids: ReadonlySet<string>): string {
  const words = LANGUAGES[language.get()];
  const { alerts } = situation.get();
  const rows = [...ids].flatMap((id) => alerts.get(id) ?? []).sort((a, b) => severityRank(a.severity) - severityRank(b.severity));
  const gravest = rows[0];
  if (!gravest) return '';
  return words.list.arrived(rows.length, `${words.severities[gravest.severity]}, ${titleOf(gravest, words)}, ${gravest.cellName ?? words.list.noCell}`);
}

export function Announcer() {
  const words = useWords();
  const siteName = useStore(site, (now) => now.name);
  const grave = useStore(situation, (now) => [...now.alerts.values()].filter(isPinned).length);
  const [sentence, setSentence] = useState('');

  useEffect(() => {
    const gathered = new Set<string>();
    let heard = situation.get().arrivals;
    let timer = 0;
    const say = (): void => {
      timer = 0;
      setSentence(sentenceFor(gathered));
      gathered.clear();
    };
    const stop = situation.subscribe(() => {
      const { arrivals } = situation.get();
      if (arrivals === heard) return;
      heard = arrivals;
      for (const id of arrivals) gathered.add(id);
      timer ||= window.setTimeout(say, GATHER_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);

  useEffect(() => {
    document.title = `${grave > 0 ? `(${grave}) ` : ''}${siteName || words.product}`;
  }, [grave, siteName, words]);

  return (
    <p className="only-heard" role="status" aria-live="polite">
      {sentence}
    </p>
  );
}
