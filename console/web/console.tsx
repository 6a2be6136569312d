/** The one screen an operator keeps open: list, map, one alert; and what runs while it is open. */
import { useEffect } from 'react';
import { AlertList } from './alerts/alert-list.tsx';
import { Announcer } from './alerts/announcer.tsx';
import { startDesk } from './alerts/desk.ts';
import { ArmProfileDialog } from './arm/arm-profile.tsx';
import { CasePanel } from './case/case-panel.tsx';
import { useWords } from './i18n/language.ts';
import { KeyHelp } from './keyboard/key-help.tsx';
import { pageOpen, startKeys } from './keyboard/keys.ts';
import { LineBanner } from './live/line-banner.tsx';
import { startLink } from './live/link.ts';
import { open } from './live/open-case.ts';
import { EMPTY, situation } from './live/situation.ts';
import { MapPanel } from './map/map-panel.tsx';
import { StatusStrip } from './top-bar/status-strip.tsx';
import { TopBar } from './top-bar/top-bar.tsx';
import { TrialDialog } from './trial/trial-page.tsx';
import { LiveDialog } from './video/live-dialog.tsx';
import './console.css';

/** Everything that runs beside the rendering, ended in the opposite order; the next person must not see the last one's data. */
function runConsole(): () => void {
  const stops = [startDesk(), startKeys(), startLink()];
  return () => {
    for (const stop of stops.reverse()) stop();
    void open(null);
    pageOpen.set(null);
    situation.set(EMPTY);
  };
}

export function Console() {
  const words = useWords();
  useEffect(runConsole, []);
  return (
    <div className="console">
      <TopBar />
      <main className="console-body">
        <AlertList />
        <section className="console-map" aria-label={words.map.label}>
          <MapPanel />
          <LineBanner />
        </section>
        <CasePanel />
      </main>
      <StatusStrip />
      <Announcer />
      <KeyHelp />
      <ArmProfileDialog />
      <TrialDialog />
      <LiveDialog />
    </div>
  );
}
