/** The foot of the panel: what may be done now, each with its key; what went wrong; and the question a move asks. */
import type { Move } from '../../../domain/case.ts';
import type { AlertAnswer } from '../api/contract.ts';
import { errorSentence } from '../i18n/errors.ts';
import type { Words } from '../i18n/en.ts';
import { useWords } from '../i18n/language.ts';
import { type Notice, openCase } from '../live/open-case.ts';
import { session } from '../live/session.ts';
import { useStore } from '../live/store.ts';
import { actorName } from './case-facts.tsx';
import { MOVE_KEYS, picker, startMove } from './moves.ts';
import { offeredMoves } from './offered.ts';
import { ClosePicker, ClassifyPicker, DispatchPicker, WhyPicker } from './pickers.tsx';

/** The next step on the way, drawn as the main button. */
const NEXT: Readonly<Partial<Record<string, Move>>> = { reported: 'classify', classified: 'dispatch', handling: 'follow_up', following_up: 'close' };

function noticeText(notice: Notice, words: Words): string {
  switch (notice.kind) {
    case 'changed':
      return notice.actor && notice.what ? words.act.changed(actorName(notice.actor, words), words.history[notice.what]) : words.act.changedPlain;
    case 'error':
      return errorSentence(notice.error, words);
    case 'moved':
      return words.act.moved(words.moves[notice.move]);
    case 'not-now':
      return notice.assignee !== null && notice.stage !== 'closed'
        ? words.act.heldBy(words.moves[notice.move], notice.assignee)
        : words.act.notNow(words.moves[notice.move], words.stages[notice.stage]);
  }
}

function Question({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const asked = useStore(picker, (now) => now);
  switch (asked) {
    case 'classify':
      return <ClassifyPicker alert={answer.alert} />;
    case 'dispatch':
      return <DispatchPicker caseId={answer.case.id} />;
    case 'follow_up':
      return <WhyPicker move="follow_up" title={words.act.whyFollowUp} />;
    case 'rework':
      return <WhyPicker move="rework" title={words.act.whyRework} />;
    case 'close':
      return <ClosePicker stage={answer.case.stage} />;
    case null:
      return null;
  }
}

function NoticeLine() {
  const words = useWords();
  const notice = useStore(openCase, (now) => now.notice);
  const grave = notice !== null && notice.kind !== 'moved';
  return (
    <p className={`notice${grave ? ' notice-grave' : ''}`} role={grave ? 'alert' : 'status'}>
      {notice ? noticeText(notice, words) : ''}
    </p>
  );
}

export function MoveBar({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const busy = useStore(openCase, (now) => now.busy);
  const operator = useStore(session, (now) => now.me?.operator);
  if (!operator) return null;
  const moves = offeredMoves(answer.case, operator);
  const main = answer.case.assignee === null ? 'claim' : NEXT[answer.case.stage];
  if (operator.role === 'viewer') return <footer className="moves moves-none faint">{words.act.readOnly}</footer>;
  return (
    <footer className="moves" aria-label={words.act.label}>
      <Question answer={answer} />
      <NoticeLine />
      {moves.length === 0 ? (
        <p className="faint">{answer.case.stage === 'closed' ? words.act.done : words.act.held(answer.case.assignee ?? '')}</p>
      ) : (
        <div className="move-buttons">
          {moves.map((move) => (
            <button
              key={move}
              type="button"
              className={`button move-${move}${move === main ? ' main' : ''}${move === 'release' ? ' plain' : ''}`}
              disabled={busy}
              aria-keyshortcuts={MOVE_KEYS[move]}
              onClick={() => void startMove(move)}
            >
              {words.moves[move]} <kbd>{MOVE_KEYS[move]}</kbd>
            </button>
          ))}
        </div>
      )}
    </footer>
  );
}
