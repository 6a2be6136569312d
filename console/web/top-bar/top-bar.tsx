/** The situation in one line: site, line state, what is open, the time, and who sits here. */
import { STAGES } from '../../../domain/case.ts';
import { SEVERITIES } from '../../../domain/gravity.ts';
import { setFilter } from '../alerts/desk.ts';
import { ArmProfileButton } from '../arm/arm-profile.tsx';
import { switchLanguage, useWords } from '../i18n/language.ts';
import { helpOpen, pageOpen } from '../keyboard/keys.ts';
import { type Link, link } from '../live/link.ts';
import { session, signOut, site } from '../live/session.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SeverityMark, SignMark } from '../look/marks.tsx';
import { clockTime, dayName } from '../time/format.ts';
import { useNow } from '../time/now.tsx';
import './top-bar.css';

function LinkState() {
  const words = useWords();
  const now: Link = useStore(link, (value) => value);
  const timeZone = useStore(site, (value) => value.timeZone);
  const seconds = useNow((nowMs) => (now.retryAtMs === null ? 0 : Math.max(0, Math.ceil((now.retryAtMs - nowMs) / 1000))));
  const text = now.state === 'live' ? words.bar.live : now.state === 'connecting' ? words.bar.connecting : words.bar.reconnecting(seconds);
  const since = now.state === 'reconnecting' && now.heardAtMs !== null ? words.bar.silentFor(clockTime(now.heardAtMs, timeZone)) : undefined;
  return (
    <div className={`link link-${now.state}`} title={since}>
      <span className="link-dot" aria-hidden="true" />
      <span role="status">{text}</span>
    </div>
  );
}

function Clock() {
  const words = useWords();
  const timeZone = useStore(site, (now) => now.timeZone);
  const time = useNow((nowMs) => clockTime(nowMs, timeZone));
  const day = useNow((nowMs) => dayName(nowMs, timeZone, words.locale));
  return (
    <div className="clock" title={timeZone}>
      <span className="clock-time num">{time}</span>
      <span className="clock-day faint num">{day}</span>
    </div>
  );
}

function BySeverity() {
  const words = useWords();
  const counts = useStore(situation, (now) => now.summary?.openBySeverity ?? null);
  return (
    <ul className="tallies" aria-label={words.bar.openBySeverity}>
      {SEVERITIES.filter((severity) => severity !== 'Unknown' || (counts?.Unknown ?? 0) > 0).map((severity) => {
        const n = counts?.[severity] ?? 0;
        return (
          <li key={severity} className={n > 0 ? 'tally' : 'tally tally-none'} title={words.severities[severity]}>
            <SeverityMark severity={severity} size={15} />
            <span className="tally-n num">{counts ? n : '–'}</span>
            <span className="tally-word">{words.severities[severity]}</span>
          </li>
        );
      })}
    </ul>
  );
}

function ByStage() {
  const words = useWords();
  const counts = useStore(situation, (now) => now.summary?.byStage ?? null);
  return (
    <ol className="stages" aria-label={words.bar.byStage}>
      {STAGES.map((stage) => (
        <li key={stage}>
          <button type="button" className="stage-count" title={words.stages[stage]} onClick={() => setFilter({ stage })}>
            <span className="num">{counts?.[stage] ?? '–'}</span>
            <span className="stage-word">{words.stages[stage]}</span>
          </button>
        </li>
      ))}
    </ol>
  );
}

export function TopBar() {
  const words = useWords();
  const name = useStore(site, (now) => now.name);
  const me = useStore(session, (now) => now.me);
  return (
    <header className="top-bar">
      <div className="brand">
        <span className="brand-mark">
          <SignMark sign="shield" size={22} />
        </span>
        <div className="cut">
          <h1 className="brand-site cut" title={name}>
            {name || words.product}
          </h1>
          <p className="brand-line cut">{words.productLine}</p>
        </div>
      </div>
      <LinkState />
      <ArmProfileButton />
      <BySeverity />
      <ByStage />
      <Clock />
      <div className="who">
        <div className="who-name">
          <span className="cut">{me?.operator.name}</span>
          <span className="faint cut">{me ? words.roles[me.operator.role] : ''}</span>
        </div>
        {me && me.operator.role !== 'viewer' && (
          <button type="button" className="button plain small" onClick={() => pageOpen.set('trial')} title={words.trial.title} aria-label={words.trial.title}>
            <SignMark sign="rule" size={16} />
          </button>
        )}
        <button type="button" className="button plain small" onClick={() => helpOpen.set(true)} title={words.bar.help} aria-label={words.bar.help}>
          <SignMark sign="keys" size={16} />
        </button>
        <button type="button" className="button plain small" onClick={switchLanguage} title={words.otherLanguageHint}>
          {words.otherLanguage}
        </button>
        <button type="button" className="button plain small" onClick={() => void signOut()} title={words.bar.signOut} aria-label={words.bar.signOut}>
          <SignMark sign="out" size={16} />
        </button>
      </div>
    </header>
  );
}
