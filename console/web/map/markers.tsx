/** How each thing on the map looks and what it says when pointed at. */
import type { Severity } from '../../../domain/gravity.ts';
import type { AlertRow } from '../../../domain/alert.ts';
import type { CameraRow, DeviceRow, PatrolRow } from '../api/contract.ts';
import { openAlert } from '../alerts/desk.ts';
import { titleOf } from '../case/what.tsx';
import { useWords } from '../i18n/language.ts';
import { SeverityMark, SignMark } from '../look/marks.tsx';
import { cameraReason } from '../overview/camera-reason.ts';
import { spanText } from '../time/format.ts';
import { useNow } from '../time/now.tsx';

/** A patrol whose fix is older than this may be anywhere. */
const STALE_MS = 120_000;

function Tip({ title, lines }: { title: string; lines: readonly string[] }) {
  return (
    <span className="tip" role="presentation">
      <strong>{title}</strong>
      {lines.map((line) => (
        <span key={line}>{line}</span>
      ))}
    </span>
  );
}

/** Cells are often named after their community ("银闸社区第一网格"): where room is short that part is left out. */
export function CellName({ name, community, open }: { name: string; community: string; open: number }) {
  const rest = name.startsWith(community) ? name.slice(community.length).trim() : '';
  return (
    <span className="cell-name">
      <span>
        <span className="cell-long">{rest ? community : ''}</span>
        {rest || name}
      </span>
      {open > 0 && <span className="cell-open num">{open}</span>}
    </span>
  );
}

export function CameraMarker({ camera }: { camera: CameraRow }) {
  const words = useWords();
  const state = camera.status?.state ?? 'stopped';
  const ok = state === 'streaming';
  const { framesIn, framesInferred, framesShed } = camera.counts;
  const lines = [
    words.cameraStates[state],
    ...(ok ? [] : [cameraReason(camera.status, words)].filter(Boolean)),
    ...(camera.status?.faults ?? []).map((fault) => words.healthFaults[fault]),
    `${words.bar.framesIn} ${framesIn.toLocaleString(words.locale)} · ${words.bar.framesInferred} ${framesInferred.toLocaleString(words.locale)} · ${words.bar.framesShed} ${framesShed.toLocaleString(words.locale)}`,
  ];
  return (
    <span className={ok ? 'pin pin-camera' : 'pin pin-camera pin-off'}>
      <SignMark sign="camera" size={13} />
      <Tip title={camera.name} lines={lines} />
    </span>
  );
}

export function DeviceMarker({ device }: { device: DeviceRow }) {
  const words = useWords();
  const status = device.status;
  const text = status?.connected ? words.map.online : status?.lastSeenAtMs ? words.map.offline : words.map.neverSeen;
  return (
    <span className={`pin pin-device pin-${device.kind}${status?.connected ? '' : ' pin-off'}`}>
      {device.kind === 'sos' ? <SignMark sign="sos" size={12} /> : <i className="device-dot" />}
      <Tip title={device.name} lines={[text]} />
    </span>
  );
}

export function PatrolMarker({ patrol }: { patrol: PatrolRow }) {
  const words = useWords();
  const { onDuty, fixAtMs, openOrders } = patrol.state;
  const age = useNow((nowMs) => (fixAtMs !== null && nowMs - fixAtMs > STALE_MS ? spanText(nowMs - fixAtMs, words) : ''));
  const lines = [`${onDuty ? words.map.onDuty : words.map.offDuty} · ${words.map.orders(openOrders)}`, ...(age ? [words.map.stale(age)] : [])];
  return (
    <span className={`pin-patrol${onDuty ? '' : ' patrol-off'}${age ? ' patrol-stale' : ''}${openOrders > 0 ? ' patrol-busy' : ''}`}>
      <SignMark sign="patrol" size={14} />
      <span className="side-label patrol-name">
        {patrol.name}
        {age && <span className="patrol-age num"> · {age}</span>}
      </span>
      <Tip title={patrol.name} lines={lines} />
    </span>
  );
}

export interface AlertSpot {
  readonly severity: Severity;
  readonly rows: readonly AlertRow[];
}

export function AlertMarker({ spot, chosen }: { spot: AlertSpot; chosen: string | null }) {
  const words = useWords();
  const row = spot.rows.find((each) => each.id === chosen) ?? spot.rows[0];
  if (!row) return null;
  const isChosen = row.id === chosen;
  // Pressed again, a mark of several leads on to the next of them.
  const next = spot.rows[(spot.rows.indexOf(row) + 1) % spot.rows.length] ?? row;
  const lines = spot.rows.slice(0, 4).map((each) => `${words.severities[each.severity]} · ${titleOf(each, words)}`);
  if (spot.rows.length > 4) lines.push(`+${spot.rows.length - 4}`);
  return (
    // The list is the keyboard's way to alerts; sixty stops on the map would bury it.
    <button
      type="button"
      tabIndex={-1}
      className={`pin-alert sev-${spot.severity}${isChosen ? ' alert-chosen' : ''}`}
      aria-label={`${words.severities[row.severity]}: ${titleOf(row, words)}`}
      onClick={() => openAlert(isChosen ? next.id : row.id)}
    >
      <SeverityMark severity={spot.severity} size={isChosen ? 24 : 20} />
      {spot.rows.length > 1 && <span className="alert-many num">{spot.rows.length}</span>}
      <Tip title={row.cellName ?? words.list.noCell} lines={lines} />
    </button>
  );
}
