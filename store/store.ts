/** Everything that is kept, opened and closed as one. */
import path from 'node:path';
import type { Clock } from '../platform/clock.ts';
import type { Ids } from '../platform/ids.ts';
import { AlertShelf } from './alerts.ts';
import { CaseShelf } from './cases.ts';
import { CellShelf } from './cells.ts';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { EvidenceFiles } from './evidence-files.ts';
import { type EvidenceObjects, FileObjects } from './evidence-objects.ts';
import { FaceViewShelf } from './face-views.ts';
import { migrate } from './migrate.ts';
import { OperatorShelf } from './operators.ts';
import { PositionShelf } from './positions.ts';
import { openPostgres } from './postgres.ts';
import { QuarantineShelf } from './quarantine.ts';
import { ReadingShelf } from './reading.ts';

export type StorePlace = { readonly kind: 'embedded'; readonly dir: string } | { readonly kind: 'postgres'; readonly url: string };

export interface StoreEnvironment {
  /** Pictures lie under `<filesDir>/evidence`. With several desks on PostgreSQL it must be a folder they share. */
  readonly filesDir: string;
  /** Where stills and clips go; absent, beside the pictures. */
  readonly objects?: EvidenceObjects | undefined;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface Store {
  /** What `alerts/` files into (`AlertStore`). */
  readonly filing: Pick<AlertShelf, 'fileAlert' | 'clearAlerts'> & Pick<EvidenceFiles, 'addEvidence'>;
  /** What `dispatch/` works cases with (`CaseStore`). */
  readonly casework: Pick<CaseShelf, 'caseDetail' | 'changeCase' | 'findOrder' | 'unansweredOrders'> &
    Pick<PositionShelf, 'patrolStates' | 'savePosition' | 'setOnDuty'>;
  readonly alerts: AlertShelf;
  readonly cases: CaseShelf;
  readonly cells: CellShelf;
  readonly evidence: EvidenceFiles;
  readonly faceViews: FaceViewShelf;
  readonly operators: OperatorShelf;
  readonly positions: PositionShelf;
  readonly quarantine: QuarantineShelf;
  readonly reading: ReadingShelf;
  /** Where it is, without credentials. */
  readonly where: string;
  /** Really writes and commits one row; throws what a real change would throw. */
  proveWritable(): Promise<void>;
  /**
   * House-keeping, to be called at start and then every hour: forgets positions older than `trailMs`, findings and windows older than any retry,
   * pictures left without a row, looks at faces of more than a year ago; lets the database take stock of itself (the embedded one never does so on its own).
   */
  tidy(keep: { readonly trailMs: number }): Promise<Tidied>;
  /** Idempotent. */
  close(): Promise<void>;
}

export interface Tidied {
  readonly positions: number;
  readonly findings: number;
  readonly windows: number;
  readonly orphans: number;
  readonly faceViews: number;
}

const DAY_MS = 86_400_000;
/** Failed jobs are kept for seven days (queue/jobs.ts), and may be given again by hand: their findings must still be known. */
const FINDINGS_KEPT_MS = 30 * DAY_MS;
/** Long enough that whoever asks a year later who looked is answered, and no longer: these rows tell of the operators, too. */
const FACE_VIEWS_KEPT_MS = 400 * DAY_MS;
/** A picture whose row is not committed after so long belongs to a process that died. */
const ORPHAN_AFTER_MS = 3_600_000;

/** Opens, migrates and gives all parts. Throws STORE_UNAVAILABLE, STORE_IN_USE, STORE_NEWER, DISK_FULL. */
export async function openStore(place: StorePlace, env: StoreEnvironment): Promise<Store> {
  const database = place.kind === 'embedded' ? await openEmbedded(place.dir) : await openPostgres(place.url);
  try {
    await migrate(database, env.clock.nowMs());
  } catch (error) {
    await database.close();
    throw error;
  }
  return over(database, env);
}

function over(database: Database, env: StoreEnvironment): Store {
  const cases = new CaseShelf(database);
  const cells = new CellShelf(database);
  const alerts = new AlertShelf(database, env.ids);
  const evidence = new EvidenceFiles(database, new FileObjects(path.join(env.filesDir, 'evidence')), env.objects);
  const positions = new PositionShelf(database);
  const faceViews = new FaceViewShelf(database);
  return {
    filing: {
      fileAlert: (candidate) => alerts.fileAlert(candidate),
      clearAlerts: (clearing) => alerts.clearAlerts(clearing),
      addEvidence: (described, content) => evidence.addEvidence(described, content),
    },
    casework: {
      caseDetail: (caseId) => cases.caseDetail(caseId),
      changeCase: (change) => cases.changeCase(change),
      findOrder: (orderId) => cases.findOrder(orderId),
      unansweredOrders: (sentBeforeMs) => cases.unansweredOrders(sentBeforeMs),
      patrolStates: () => positions.patrolStates(),
      savePosition: (fix) => positions.savePosition(fix),
      setOnDuty: (patrolId, onDuty) => positions.setOnDuty(patrolId, onDuty),
    },
    alerts,
    cases,
    cells,
    evidence,
    faceViews,
    operators: new OperatorShelf(database),
    positions,
    quarantine: new QuarantineShelf(database),
    reading: new ReadingShelf(database, cases, cells),
    where: database.where,
    proveWritable: async () => {
      await database.query('INSERT INTO readiness (one, written_at_ms) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET written_at_ms = excluded.written_at_ms', [env.clock.nowMs()]);
    },
    tidy: async ({ trailMs }) => {
      const nowMs = env.clock.nowMs();
      const tidied = {
        positions: await positions.forgetTrail(nowMs - trailMs),
        findings: await alerts.forgetFindings(nowMs - FINDINGS_KEPT_MS),
        windows: await alerts.forgetWindows(nowMs - FINDINGS_KEPT_MS),
        orphans: await evidence.removeOrphans(nowMs - ORPHAN_AFTER_MS),
        faceViews: await faceViews.forgetViews(nowMs - FACE_VIEWS_KEPT_MS),
      };
      await database.query('VACUUM (ANALYZE)');
      return tidied;
    },
    close: () => database.close(),
  };
}
