/** The foot of the panel: what may be done now, each with its key; what went wrong; and the question a move asks. */
import type { Move } from '../../../domain/case.ts';
import type { AlertAnswer } from '../api/contract.ts';
import { useWords } from '../i18n/language.ts';
import { openCase } from '../live/open-case.ts';
import { session } from '../live/session.ts';
import { useStore } from '../live/store.ts';
import { MOVE_KEYS, type Picker, picker, startMove } from './moves.ts';
import { NoticeLine } from './notice-line.tsx';
import { offeredMoves } from './offered.ts';
import { ClosePicker, ClassifyPicker, DispatchPicker, WhyPicker } from './pickers.tsx';

/** The next step on the way, drawn as the main button. */
const NEXT: Readonly<Partial<Record<string, Move>>> = { reported: 'classify', classified: 'dispatch', handling: 'follow_up', following_up: 'close' };

function Question({ asked, answer }: { asked: Picker; answer: AlertAnswer }) {
  const words = useWords();
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
  }
}

export function MoveBar({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const asked = useStore(picker, (now) => now);
  const busy = useStore(openCase, (now) => now.busy);
  const operator = useStore(session, (now) => now.me?.operator);
  if (!operator) return null;
  const moves = offeredMoves(answer.case, operator);
  const main = answer.case.assignee === null ? 'claim' : NEXT[answer.case.stage];
  if (operator.role === 'viewer') return <footer className="moves moves-none faint">{words.act.readOnly}</footer>;
  return (
    <footer className="moves" aria-label={words.act.label}>
      {asked === null ? <NoticeLine /> : <Question asked={asked} answer={answer} />}
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
