/** The plumbing in one quiet line: frames and what was shed, events and what was set aside, who and what is on the air. */
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';

/** EEMUA 191 calls more than ten alarms in ten minutes per operator a flood. */
const FLOOD_PER_10_MIN = 10;

function Figure({ label, value, bad = false, hint }: { label: string; value: string; bad?: boolean; hint?: string | undefined }) {
  return (
    <span className={bad ? 'figure figure-bad' : 'figure'} title={hint}>
      <span className="figure-label">{label}</span>
      <span className="figure-value num">{value}</span>
    </span>
  );
}

export function StatusStrip() {
  const words = useWords();
  const { summary, cameras, patrols, devices } = useStore(situation, (now) => now);
  const n = (value: number | undefined): string => (value === undefined ? '–' : value.toLocaleString(words.locale));
  const streaming = [...cameras.values()].filter((camera) => camera.status?.state === 'streaming').length;
  const onDuty = [...patrols.values()].filter((patrol) => patrol.state.onDuty).length;
  const sensing = [...devices.values()].filter((device) => device.kind !== 'patrol');
  const online = sensing.filter((device) => device.status?.connected).length;
  return (
    <footer className="strip">
      <div className="strip-group" title={words.bar.framesHint}>
        <Figure label={words.bar.framesIn} value={n(summary?.framesIn)} />
        <Figure label={words.bar.framesInferred} value={n(summary?.framesInferred)} />
        <Figure label={words.bar.framesShed} value={n(summary?.framesShed)} />
      </div>
      <div className="strip-group">
        <Figure label={words.bar.events} value={n(summary?.eventsIn)} />
        <Figure label={words.bar.quarantined} value={n(summary?.quarantined)} bad={(summary?.quarantined ?? 0) > 0} />
      </div>
      <div className="strip-group">
        <Figure label={words.bar.cameras} value={`${streaming}/${cameras.size}`} bad={streaming < cameras.size} />
        <Figure label={words.bar.sensors} value={`${online}/${sensing.length}`} bad={online < sensing.length} />
        <Figure label={words.bar.patrols} value={`${onDuty}/${patrols.size}`} bad={onDuty === 0 && patrols.size > 0} />
      </div>
      <div className="strip-group strip-last">
        <Figure
          label={words.bar.load}
          hint={words.bar.loadHint}
          value={summary ? summary.perOperatorPer10Min.toLocaleString(words.locale, { maximumFractionDigits: 1 }) : '–'}
          bad={(summary?.perOperatorPer10Min ?? 0) > FLOOD_PER_10_MIN}
        />
      </div>
    </footer>
  );
}
