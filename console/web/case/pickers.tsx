/** The questions the moves ask: which category, which patrol, which close code, what reason. */
import { useEffect, useMemo, useState } from 'react';
import type { CloseCode, Stage } from '../../../domain/case.ts';
import type { FindingSource } from '../../../domain/finding.ts';
import { api } from '../api/client.ts';
import type { Candidate, Choice, Shortfall } from '../../../domain/choice.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { Words } from '../i18n/en.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { moveCase } from '../live/open-case.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { spanText } from '../time/format.ts';
import { CATEGORIES, type Category } from './categories.ts';
import { offeredCloseCodes } from './offered.ts';
import { PickerForm } from './picker.tsx';

const LIKELY: Readonly<Record<FindingSource, Category>> = { camera: 'intrusion', sensor: 'environment', sos: 'help', health: 'facility' };

const given = (why: string): { why?: string } => (why === '' ? {} : { why });

export function ClassifyPicker({ alert }: { alert: AlertRow }) {
  const words = useWords();
  const options = useMemo(() => CATEGORIES.map((code) => ({ value: code, label: words.categories[code] })), [words]);
  return (
    <PickerForm
      title={words.act.pickCategory}
      options={options}
      first={LIKELY[alert.source]}
      why="none"
      onSend={(category) => moveCase({ move: 'classify', category })}
    />
  );
}

export function ClosePicker({ stage }: { stage: Stage }) {
  const words = useWords();
  const options = useMemo(() => offeredCloseCodes(stage).map((code) => ({ value: code, label: words.closeCodes[code] })), [stage, words]);
  return (
    <PickerForm
      title={words.act.pickCode}
      options={options}
      first={null}
      why="optional"
      onSend={(code, why) => moveCase({ move: 'close', closeCode: code as CloseCode, ...given(why) })}
    >
      {stage !== 'following_up' && <p className="picker-note faint">{words.act.trueLater}</p>}
    </PickerForm>
  );
}

export function WhyPicker({ move, title }: { move: 'rework' | 'follow_up'; title: string }) {
  return <PickerForm title={title} options={NONE} first={null} why="required" onSend={(_, why) => moveCase({ move, why })} />;
}
const NONE: readonly [] = [];

function candidateDetail(candidate: Candidate, words: Words): string {
  const { code, rank } = candidate.reason;
  // The best may be farther than another that has its hands full.
  const facts = [words.act.reasons[code === 'farther' && rank === 1 ? 'less-burdened' : code]];
  if (candidate.distanceM !== null) {
    facts.push((candidate.reason.measuredFrom === 'cell-centre' ? words.act.awayFromCentre : words.act.away)(words.metres(candidate.distanceM)));
  }
  if (candidate.positionAgeS !== null) facts.push(words.act.fixAge(spanText(candidate.positionAgeS * 1000, words)));
  if (candidate.openOrders > 0) facts.push(words.act.load(candidate.openOrders));
  return facts.join(' · ');
}

function ShortfallNote({ shortfall }: { shortfall: Shortfall }) {
  const words = useWords();
  return (
    <div className="shortfall" role="alert">
      <strong>{words.act.shortfalls[shortfall.code]}</strong>
      <span className="faint num">
        {words.act.sieve(shortfall.patrols, shortfall.onDuty, shortfall.untried, shortfall.withCapacity, shortfall.withFreshPosition)}
      </span>
    </div>
  );
}

export function DispatchPicker({ caseId }: { caseId: string }) {
  const words = useWords();
  const patrols = useStore(situation, (now) => now.patrols);
  const [answer, setAnswer] = useState<Choice | null>(null);
  const [failed, setFailed] = useState<unknown>(null);

  useEffect(() => {
    const stop = new AbortController();
    api.candidates(caseId, stop.signal).then(setAnswer, (error: unknown) => void (stop.signal.aborted || setFailed(error)));
    return () => stop.abort();
  }, [caseId]);

  const options = useMemo(
    () =>
      (answer?.candidates ?? []).map((candidate) => ({
        value: candidate.patrolId,
        label: patrols.get(candidate.patrolId)?.name ?? candidate.patrolId,
        detail: candidateDetail(candidate, words),
        tag: candidate.reason.rank === 1 && !candidate.stale && candidate.positionAgeS !== null ? words.act.best : undefined,
      })),
    [answer, patrols, words],
  );
  // Nobody with a trustworthy position is proposed: the operator may still choose one, knowingly.
  const first = answer?.shortfall ? null : (options[0]?.value ?? null);
  return (
    <PickerForm
      title={words.act.pickPatrol}
      options={options}
      first={first}
      why={options.length > 0 ? 'optional' : 'none'}
      onSend={async (patrolId, why) => patrolId !== '' && moveCase({ move: 'dispatch', patrolId, ...given(why) })}
    >
      {failed !== null && <p role="alert">{errorSentence(failed, words)}</p>}
      {!answer && failed === null && <p className="faint">{words.act.searching}</p>}
      {answer?.shortfall && <ShortfallNote shortfall={answer.shortfall} />}
    </PickerForm>
  );
}
