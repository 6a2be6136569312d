/** One alert and its case: picture, facts, stages, orders, history, and at the foot the moves. */
import { useWords } from '../i18n/language.ts';
import { errorSentence } from '../i18n/errors.ts';
import { open, openCase } from '../live/open-case.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import type { AlertAnswer } from '../api/contract.ts';
import { Overview } from '../overview/overview.tsx';
import { SeverityMark, SignMark } from '../look/marks.tsx';
import { CaseFacts } from './case-facts.tsx';
import { AlertFacts } from './alert-facts.tsx';
import { Evidence } from './evidence.tsx';
import { MoveBar } from './move-bar.tsx';
import { OtherAlerts } from './other-alerts.tsx';
import { Progress } from './progress.tsx';
import { titleOf } from './what.tsx';
import './case.css';

export const PANEL_ID = 'case-panel';

function Head({ answer }: { answer: AlertAnswer }) {
  const words = useWords();
  const { alert, cell } = answer;
  return (
    <header className={`case-head edge-${alert.severity}`}>
      <SeverityMark severity={alert.severity} size={26} />
      <div className="case-title">
        <h2>{titleOf(alert, words)}</h2>
        <p className="quiet cut">
          <span className={`case-severity sev-${alert.severity}`}>{words.severities[alert.severity]}</span>
          {' · '}
          {cell?.name ?? alert.cellName ?? words.list.noCell}
        </p>
      </div>
      <button type="button" className="button plain small" onClick={() => void open(null)} aria-label={words.detail.close} title={words.detail.close}>
        <SignMark sign="close" />
      </button>
    </header>
  );
}

function Body({ answer }: { answer: AlertAnswer }) {
  return (
    <>
      <Head answer={answer} />
      <Progress work={answer.case} />
      {/* A new alert starts at its top: the key makes it a new scroll area. */}
      <div className="case-scroll scroll" key={answer.alert.id} tabIndex={0}>
        <Evidence alert={answer.alert} />
        <AlertFacts answer={answer} />
        <OtherAlerts rows={answer.others} />
        <CaseFacts work={answer.case} />
      </div>
      <MoveBar answer={answer} />
    </>
  );
}

export function CasePanel() {
  const words = useWords();
  const { alertId, answer, failed } = useStore(openCase, (now) => now);
  return (
    <aside className={alertId === null ? 'case' : 'case case-open'} id={PANEL_ID} aria-label={words.detail.label} tabIndex={-1}>
      {answer ? (
        <Body answer={answer} />
      ) : (
        <Nothing alertId={alertId} failed={failed} />
      )}
    </aside>
  );
}

function Nothing({ alertId, failed }: { alertId: string | null; failed: unknown }) {
  const words = useWords();
  const loaded = useStore(situation, (now) => now.loaded);
  if (alertId === null && loaded) return <Overview />;
  return (
    <div className="case-none" role={failed ? 'alert' : undefined}>
      {failed ? <p>{errorSentence(failed, words)}</p> : <p className="faint">{words.detail.loading}</p>}
    </div>
  );
}
