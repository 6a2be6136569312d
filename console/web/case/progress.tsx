/** Where the case stands on its way through the five stages, and since when. */
import { STAGES, type CaseDetail } from '../../../domain/case.ts';
import { useWords } from '../i18n/language.ts';
import { spanText } from '../time/format.ts';
import { useNow } from '../time/now.tsx';

export function Progress({ work }: { work: CaseDetail }) {
  const words = useWords();
  const reached = STAGES.indexOf(work.stage);
  const since = useNow((nowMs) => words.detail.inStage(spanText(nowMs - work.stageSinceMs, words)));
  return (
    <ol className="progress" aria-label={words.detail.progress}>
      {STAGES.map((stage, i) => (
        <li key={stage} className={i < reached ? 'passed' : i === reached ? 'here' : 'ahead'} aria-current={i === reached ? 'step' : undefined} title={i === reached ? since : undefined}>
          <i aria-hidden="true" />
          <span>{words.stages[stage]}</span>
        </li>
      ))}
    </ol>
  );
}
