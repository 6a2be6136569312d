/** What the rule would have found: on a timeline, and one by one. */
import type { Trial, TrialFinding } from '../../../domain/trial.ts';
import { whatWasSeen } from '../case/what.tsx';
import { useWords } from '../i18n/language.ts';
import { site } from '../live/session.ts';
import { useStore } from '../live/store.ts';
import { clockTime } from '../time/format.ts';

interface ResultsProps {
  readonly trial: Trial;
  readonly shown: number | null;
  readonly onShow: (finding: number) => void;
}

export function Timeline({ trial, shown, onShow, fromMs, toMs }: Omit<ResultsProps, 'trial'> & { readonly trial: Trial | null; readonly fromMs: number; readonly toMs: number }) {
  const words = useWords();
  const timeZone = useStore(site, (now) => now.timeZone);
  const percent = (ms: number): string => `${(100 * (ms - fromMs)) / Math.max(1, toMs - fromMs)}%`;
  return (
    <div className="trial-timeline" role="img" aria-label={words.trial.timeline(trial?.found ?? 0)}>
      <div className="trial-track">
        {trial?.findings.map(({ atMs, sinceMs }, i) => (
          <i key={i} className={i === shown ? 'trial-stretch trial-stretch-shown' : 'trial-stretch'} style={{ left: percent(Math.max(fromMs, sinceMs)), right: `calc(100% - ${percent(atMs)})` }} />
        ))}
        {trial?.findings.map(({ atMs }, i) => (
          <i key={`tick-${i}`} className={i === shown ? 'trial-tick trial-tick-shown' : 'trial-tick'} style={{ left: percent(atMs) }} onClick={() => onShow(i)} />
        ))}
      </div>
      <span className="faint num">{clockTime(fromMs, timeZone)}</span>
      <span className="faint num">{clockTime(toMs, timeZone)}</span>
    </div>
  );
}

function Finding({ finding, marked, onShow }: { finding: TrialFinding; marked: boolean; onShow: () => void }) {
  const words = useWords();
  const timeZone = useStore(site, (now) => now.timeZone);
  const { atMs, sinceMs, about } = finding;
  return (
    <li>
      <button type="button" className={marked ? 'trial-finding trial-marked' : 'trial-finding'} aria-pressed={marked} onClick={onShow}>
        <span className="num">{clockTime(atMs, timeZone)}</span>
        <span>{whatWasSeen(about, words)}</span>
        {atMs - sinceMs >= 1000 && <span className="faint num">{words.trial.since(clockTime(sinceMs, timeZone))}</span>}
      </button>
    </li>
  );
}

export function Findings({ trial, shown, onShow }: ResultsProps) {
  const words = useWords();
  return (
    <>
      <p className="trial-sum" role="status">{words.trial.found(trial.found, trial.frames.toLocaleString(words.locale))}</p>
      {trial.cutShort && <p className="trial-warn">{words.trial.cutShort}</p>}
      <ol className="trial-findings scroll" tabIndex={0} aria-label={words.trial.findings}>
        {trial.findings.map((finding, i) => <Finding key={i} finding={finding} marked={i === shown} onShow={() => onShow(i)} />)}
        {trial.found > trial.findings.length && <li className="faint">{words.trial.more(trial.found - trial.findings.length)}</li>}
      </ol>
    </>
  );
}
