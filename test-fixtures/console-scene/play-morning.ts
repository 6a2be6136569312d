/** Plays a morning of twenty alerts, worked to all five stages, so that screens can be looked at with something on them. */
import { STAGES, type Stage } from '../../domain/case.ts';
import { morning } from './alerts.ts';
import { PEOPLE, type Person } from './cast.ts';
import type { Scene } from './scene.ts';

const REACHED: readonly Stage[] = ['reported', 'reported', 'reported', 'reported', 'reported', 'reported', 'classified', 'classified', 'handling', 'handling', 'handling', 'following_up', 'following_up', 'closed'];
const CATEGORY = { camera: 'intrusion', sensor: 'environment', sos: 'help' } as const;

async function work(scene: Scene, caseId: string, person: Person, stage: Stage, category: string): Promise<void> {
  const actor = PEOPLE[person];
  const steps = STAGES.indexOf(stage);
  const seen = async () => (await scene.store.casework.caseDetail(caseId)).version;
  await scene.desk.move(caseId, { move: 'claim', actor, seenVersion: await seen() });
  if (steps >= 1) await scene.desk.move(caseId, { move: 'classify', category, actor, seenVersion: await seen() });
  if (steps >= 2) {
    const best = (await scene.desk.candidates(caseId, { actor })).candidates[0];
    if (!best) return;
    await scene.desk.move(caseId, { move: 'dispatch', patrolId: best.patrolId, actor, seenVersion: await seen() });
    await scene.orderAnswers(caseId, steps === 2 ? 'en_route' : 'done');
  }
  if (steps >= 3) await scene.desk.move(caseId, { move: 'follow_up', actor, seenVersion: await seen() });
  if (steps >= 4) await scene.desk.move(caseId, { move: 'close', closeCode: 'true', actor, seenVersion: await seen() });
}

export async function playMorning(scene: Scene, nowMs: number, jpeg?: Uint8Array, box?: { x: number; y: number; w: number; h: number }): Promise<void> {
  // The oldest first, as it happened; the old ones are closed before the new ones need the patrols.
  for (const [i, wanted] of [...morning(nowMs).entries()].reverse()) {
    const row = await scene.happen(wanted, wanted.kind === 'camera' ? jpeg : undefined, box);
    const stage = REACHED[i] ?? 'closed';
    if (stage !== 'reported' || i === 3) await work(scene, row.caseId, i % 2 ? 'lin' : 'zhou', stage, CATEGORY[wanted.kind]);
  }
  for (const [i, reason] of ['measurement "temperatureC" is "NaN"; send a number', 'the payload is no JSON: it begins with "T=21.5"'].entries()) {
    await scene.store.quarantine.addQuarantined({ id: `q${i}`, deviceId: i === 0 ? 's12' : null, topic: `sensors/t${i}/data`, reason, payloadBase64: '', payloadBytes: 12, receivedAtMs: nowMs - i * 400_000 });
  }
}
