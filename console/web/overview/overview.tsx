/** What stands in the panel while no alert is open: who is out there, what is on the air, and what had to be set aside. */
import type { CameraStatus } from '../../../domain/camera.ts';
import type { CameraRow, DeviceRow, PatrolRow } from '../api/contract.ts';
import { useWords } from '../i18n/language.ts';
import { session } from '../live/session.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { mapView } from '../map/held-view.ts';
import { Ago } from '../time/now.tsx';
import { LiveButton } from '../video/live-dialog.tsx';
import { cameraReason, policyFacts } from './camera-reason.ts';
import { Quarantine } from './quarantine.tsx';
import './overview.css';

function PatrolLine({ patrol }: { patrol: PatrolRow }) {
  const words = useWords();
  const { onDuty, openOrders, position, fixAtMs, cellCode } = patrol.state;
  const cell = useStore(situation, (now) => now.cells.find((each) => each.properties.code === cellCode)?.properties.name);
  return (
    <li>
      <button type="button" className="air-line" disabled={!position} onClick={() => position && mapView.get()?.show(position)}>
        <span className={onDuty ? 'air-mark air-on' : 'air-mark'}>
          <SignMark sign="patrol" size={15} />
        </span>
        <span className="air-name cut">{patrol.name}</span>
        <span className="air-more cut">{position ? (cell ?? words.list.noCell) : words.map.noFix}</span>
        <span className="air-state cut">
          {onDuty ? words.map.onDuty : words.map.offDuty}
          {openOrders > 0 && ` · ${words.map.orders(openOrders)}`}
        </span>
        <span className="air-time faint">{fixAtMs !== null && <Ago atMs={fixAtMs} />}</span>
      </button>
    </li>
  );
}

/** What is wrong with it, what of it is decoded and why, and whose clock its pictures go by. */
function CameraUnder({ status }: { status: CameraStatus }) {
  const words = useWords();
  const { policy, clock, faults = [], state, evidence } = status;
  const streams = state === 'streaming';
  const facts = streams ? [...(policy ? policyFacts(policy, words) : []), ...(clock ? [words.gate.clocks[clock]] : []), ...(evidence?.state === 'backing-off' ? [words.gate.evidenceAway(cameraReason(evidence, words))] : [])] : [];
  if (faults.length === 0 && facts.length === 0) return null;
  return (
    <span className="air-under">
      {faults.length > 0 && <strong className="air-faults">{faults.map((fault) => words.healthFaults[fault]).join(' · ')}</strong>}
      {facts.length > 0 && <span className="faint">{facts.join(' · ')}</span>}
    </span>
  );
}

function CameraLine({ camera }: { camera: CameraRow }) {
  const words = useWords();
  const state = camera.status?.state ?? 'stopped';
  const ok = state === 'streaming';
  const reason = cameraReason(camera.status, words);
  const { framesIn, framesInferred, framesShed } = camera.counts;
  return (
    <li className="air-row">
      <button type="button" className="air-line" onClick={() => mapView.get()?.show(camera.location)}>
        <span className={ok && !camera.status?.faults?.length ? 'air-mark air-on' : 'air-mark air-bad'}>
          <SignMark sign={camera.status?.faults?.length ? 'health' : 'camera'} size={15} />
        </span>
        <span className="air-name cut">{camera.name}</span>
        <span className={ok ? 'air-more cut num' : 'air-more air-why'} title={ok ? words.bar.framesHint : reason}>
          {ok ? `${framesIn.toLocaleString(words.locale)} = ${framesInferred.toLocaleString(words.locale)} + ${framesShed.toLocaleString(words.locale)}` : reason}
        </span>
        <span className={ok ? 'air-state cut' : 'air-state air-warn cut'}>{words.cameraStates[state]}</span>
        <span className="air-time faint">{!ok && camera.status?.lastFrameAtMs ? <Ago atMs={camera.status.lastFrameAtMs} /> : null}</span>
        {camera.status && <CameraUnder status={camera.status} />}
      </button>
      <LiveButton camera={camera.id} name={camera.name} />
    </li>
  );
}

function DeviceLine({ device }: { device: DeviceRow }) {
  const words = useWords();
  const { location } = device;
  return (
    <li>
      <button type="button" className="air-line" disabled={!location} onClick={() => location && mapView.get()?.show(location)}>
        <span className="air-mark air-bad">
          <SignMark sign={device.kind === 'sos' ? 'sos' : 'sensor'} size={15} />
        </span>
        <span className="air-name cut">{device.name}</span>
        <span className="air-more" />
        <span className="air-state air-warn cut">{device.status?.lastSeenAtMs ? words.map.offline : words.map.neverSeen}</span>
        <span className="air-time faint">{device.status?.lastSeenAtMs ? <Ago atMs={device.status.lastSeenAtMs} /> : null}</span>
      </button>
    </li>
  );
}

function Group({ title, note, children }: { title: string; note?: string; children: React.ReactNode }) {
  return (
    <section className="air-group">
      <h3>
        {title}
        {note && <span className="faint air-note">{note}</span>}
      </h3>
      {children}
    </section>
  );
}

export function Overview() {
  const words = useWords();
  const { patrols, cameras, devices } = useStore(situation, (now) => now);
  const role = useStore(session, (now) => now.me?.operator.role);
  const away = [...devices.values()].filter((device) => device.kind !== 'patrol' && !device.status?.connected);
  return (
    <div className="air scroll" tabIndex={0} aria-label={words.overview.label}>
      <p className="air-hint faint">
        {words.detail.noneHint} <kbd>?</kbd>
      </p>
      <Group title={words.overview.patrols}>
        {patrols.size === 0 ? <p className="air-none faint">{words.overview.noPatrols}</p> : <ul>{[...patrols.values()].map((patrol) => <PatrolLine key={patrol.id} patrol={patrol} />)}</ul>}
      </Group>
      <Group title={words.overview.cameras} note={words.overview.frameSum}>
        {cameras.size === 0 ? <p className="air-none faint">{words.overview.noCameras}</p> : <ul>{[...cameras.values()].map((camera) => <CameraLine key={camera.id} camera={camera} />)}</ul>}
      </Group>
      <Group title={words.overview.devices}>
        {away.length === 0 ? <p className="air-none faint">{words.overview.allOnline}</p> : <ul>{away.map((device) => <DeviceLine key={device.id} device={device} />)}</ul>}
      </Group>
      {role === 'admin' && (
        <Group title={words.overview.quarantine}>
          <Quarantine />
        </Group>
      )}
    </div>
  );
}
