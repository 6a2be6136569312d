/** One row of the list, of fixed height: how grave, what, where, when, how far. */
import { memo } from 'react';
import { STAGES, type Stage } from '../../../domain/case.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import { inShort, titleOf } from '../case/what.tsx';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SeverityMark, SignMark } from '../look/marks.tsx';
import { Ago, Moment } from '../time/now.tsx';
import { openAlert } from './desk.ts';

export const rowId = (alertId: string): string => `alert-${alertId}`;

/** The name of the camera or device that saw it, as the site calls it. */
export function useSourceName(row: AlertRow): string {
  return useStore(situation, (now) =>
    'cameraId' in row.finding ? (now.cameras.get(row.finding.cameraId)?.name ?? row.finding.cameraId) : (now.devices.get(row.finding.deviceId)?.name ?? row.finding.deviceId),
  );
}

export function StageSteps({ stage }: { stage: Stage }) {
  const reached = STAGES.indexOf(stage);
  return (
    <span className={`steps steps-${stage}`} aria-hidden="true">
      {STAGES.map((each, i) => (
        <i key={each} className={i <= reached ? 'step-done' : ''} />
      ))}
    </span>
  );
}

export const AlertItem = memo(function AlertItem({ row, chosen }: { row: AlertRow; chosen: boolean }) {
  const words = useWords();
  const source = useSourceName(row);
  return (
    <div
      id={rowId(row.id)}
      role="option"
      aria-selected={chosen}
      className={`alert edge-${row.severity}${row.caseStage === 'closed' ? ' alert-closed' : ''}`}
      onClick={() => openAlert(row.id)}
    >
      <SeverityMark severity={row.severity} size={18} />
      <div className="alert-body">
        <div className="alert-line">
          <span className="only-heard">{words.severities[row.severity]}: </span>
          <span className="alert-what cut">{titleOf(row, words)}</span>
          <span className="alert-time">
            <Ago atMs={row.occurredAtMs} />
          </span>
        </div>
        <div className="alert-line alert-where">
          <span className="cut">{row.cellName ?? row.place.cellCode ?? words.list.noCell}</span>
          <span className="alert-source cut">
            <SignMark sign={row.source} size={13} />
            <span className="only-heard">{words.sources[row.source]}</span>
            <span className="cut">{source}</span>
          </span>
          <span className="alert-time faint">
            <Moment atMs={row.occurredAtMs} />
          </span>
        </div>
        <div className="alert-line alert-work">
          <StageSteps stage={row.caseStage} />
          <span className={row.caseStage === 'reported' ? 'alert-stage' : 'alert-stage alert-stage-on'}>{words.stages[row.caseStage]}</span>
          <span className={row.assignee === null ? 'faint cut' : 'alert-assignee cut'}>{row.assignee ?? (row.caseStage === 'closed' ? '' : words.list.unassigned)}</span>
          <span className="alert-short cut num">{row.clearedAtMs ? words.list.cleared : inShort(row.finding, words)}</span>
          {row.findings > 1 && (
            <span className="alert-findings num" title={words.list.findingsHint(row.findings)}>
              {words.list.findings(row.findings)}
            </span>
          )}
        </div>
      </div>
    </div>
  );
});
