/**
 * The simulated operator of `demo -- --once`: signs in, watches the live stream and works the first new case of each source through all
 * five stages, and what is left of an earlier run when it speaks again: an open alert takes further findings, so no new one would come.
 */
import type { CaseDetail } from '../../domain/case.ts';
import type { FindingSource } from '../../domain/finding.ts';
import { ConsoleClient } from '../../main/console-client.ts';
import type { Clock } from '../../platform/clock.ts';
import { sentenceOf } from '../../platform/errors.ts';

interface AlertRow {
  readonly caseId: string;
  readonly source: FindingSource;
  readonly filedAtMs: number;
}

const CATEGORY: Readonly<Record<FindingSource, string>> = { camera: 'intrusion', sensor: 'device-alarm', sos: 'help', health: 'facility' };

export async function runOperator(origin: string, code: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const client = new ConsoleClient(origin);
  await client.signIn(code);
  const sinceMs = clock.nowMs();
  const taken = new Set<string>();
  const work: Promise<void>[] = [];
  try {
    for await (const { event, data } of client.stream('/api/stream', signal)) {
      if (event !== 'alert') continue;
      const alert = data as AlertRow;
      const once = alert.filedAtMs >= sinceMs ? alert.source : alert.caseId;
      if (taken.has(once)) continue;
      taken.add(once);
      work.push(workCase(client, alert, clock, signal).catch((error: unknown) => void process.stderr.write(`simulated operator: ${sentenceOf(error)}\n`)));
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  await Promise.all(work);
}

async function workCase(client: ConsoleClient, alert: AlertRow, clock: Clock, signal: AbortSignal): Promise<void> {
  const path = `/api/cases/${alert.caseId}`;
  const look = async (): Promise<CaseDetail> => (await client.get<{ case: CaseDetail }>(path)).case;
  // Another process may change the case between look and move (a patrol answers): then look again, as a person would.
  const move = async (fields: object): Promise<void> => {
    for (let tries = 0; ; tries++) {
      try {
        await client.post(`${path}/moves`, { ...fields, seenVersion: (await look()).version });
        return;
      } catch (error) {
        if (tries >= 3) throw error;
      }
    }
  };
  const untilCase = async (holds: (found: CaseDetail) => boolean): Promise<void> => {
    while (!signal.aborted && !holds(await look())) await clock.sleep(250, signal);
  };

  const found = await look();
  if (found.assignee === null) await move({ move: 'claim' });
  if (found.stage === 'reported') await move({ move: 'classify', category: CATEGORY[alert.source] });
  if (found.stage === 'reported' || found.stage === 'classified') await dispatch();
  if (found.stage !== 'following_up') {
    await untilCase((now) => now.orders.some((order) => order.status === 'done'));
    await move({ move: 'follow_up', why: '已电话回访 Called back' });
  }
  await move({ move: 'close', closeCode: 'true', why: '属实，已处理 True and handled' });

  async function dispatch(): Promise<void> {
    let patrolId: string | undefined;
    while (patrolId === undefined && !signal.aborted) {
      const { candidates } = await client.get<{ candidates: { patrolId: string }[] }>(`${path}/candidates`);
      patrolId = candidates[0]?.patrolId;
      if (patrolId === undefined) await clock.sleep(500, signal);
    }
    await move({ move: 'dispatch', patrolId });
  }
}
