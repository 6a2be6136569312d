/** What was done about it: who holds the case, who was sent, and the whole history. */
import { useMemo } from 'react';
import { type CaseDetail, type CaseEvent, type Order, ORDER_STATUSES } from '../../../domain/case.ts';
import { BY_ITSELF, CAME_AGAIN, CLEARED } from '../../../domain/health.ts';
import { useWords } from '../i18n/language.ts';
import type { Words } from '../i18n/en.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { spanText } from '../time/format.ts';
import { Moment } from '../time/now.tsx';
import { Fact } from './alert-facts.tsx';
import { categoryName } from './category-name.ts';
import { readOrderReason } from './order-reason.ts';

/** "operator/lin" → lin, "patrol/p1" → the patrol's name, "system" and what the program does by itself → the word for it. */
export function actorName(actor: string, words: Words): string {
  if (actor === 'system' || actor === BY_ITSELF) return words.system;
  const name = actor.slice(actor.indexOf('/') + 1);
  return actor.startsWith('patrol/') ? (situation.get().patrols.get(name)?.name ?? words.detail.patrol(name)) : name;
}

const ORDER_STEPS = ['sent', 'acknowledged', 'en_route', 'on_scene', 'done'] as const;

function reasonText(order: Order, words: Words): string {
  const reason = readOrderReason(order.reason);
  if (!reason) return order.reason;
  const facts = [words.act.reasons[reason.code]];
  if (reason.distanceM !== null) facts.push(words.metres(reason.distanceM));
  if (reason.positionAgeS !== null) facts.push(words.act.fixAge(spanText(reason.positionAgeS * 1000, words)));
  return facts.join(' · ');
}

function OrderLine({ order }: { order: Order }) {
  const words = useWords();
  const patrol = useStore(situation, (now) => now.patrols.get(order.patrolId)?.name ?? words.detail.patrol(order.patrolId));
  const step = ORDER_STEPS.indexOf(order.status as (typeof ORDER_STEPS)[number]);
  return (
    <li className={`order order-${order.status}`}>
      <div className="order-line">
        <strong className="cut">{patrol}</strong>
        <span className="order-status">{words.orderStatuses[order.status]}</span>
        <span className="faint">
          <Moment atMs={order.statusAtMs} />
        </span>
      </div>
      {step >= 0 && (
        <span className="order-steps" aria-hidden="true">
          {ORDER_STEPS.map((each, i) => (
            <i key={each} className={i <= step ? 'step-done' : ''} title={words.orderStatuses[each]} />
          ))}
        </span>
      )}
      <span className="faint order-why">{order.note ? `“${order.note}” · ${reasonText(order, words)}` : reasonText(order, words)}</span>
    </li>
  );
}

/** What the program does by itself has codes for reasons; a patrol's answer is kept as "status" or "status: note"; what people wrote stays as they wrote it. */
function whyText(line: CaseEvent, words: Words): string {
  const why = line.why ?? '';
  if (line.actor === BY_ITSELF) return why === CLEARED ? words.detail.closedByItself : why === CAME_AGAIN ? words.detail.cameAgain : why;
  if (line.what !== 'order') return why;
  const status = ORDER_STATUSES.find((each) => why === each || why.startsWith(`${each}: `));
  return status ? words.orderStatuses[status] + why.slice(status.length) : why;
}

function HistoryLine({ line }: { line: CaseEvent }) {
  const words = useWords();
  const moved = line.fromStage !== null && line.fromStage !== line.toStage;
  return (
    <li className={`event event-${line.what}`}>
      <span className="event-time faint">
        <Moment atMs={line.atMs} />
      </span>
      <span className="event-body">
        <strong>{words.history[line.what]}</strong> <span className="quiet">{words.detail.by(actorName(line.actor, words))}</span>
        {moved && line.fromStage && <span className="fact-under faint">{words.detail.stageChange(words.stages[line.fromStage], words.stages[line.toStage])}</span>}
        {line.why && <span className="fact-under quiet">{whyText(line, words)}</span>}
      </span>
    </li>
  );
}

export function CaseFacts({ work }: { work: CaseDetail }) {
  const words = useWords();
  const history = useMemo(() => work.history.toSorted((a, b) => b.atMs - a.atMs), [work.history]);
  return (
    <>
      <h3 className="case-part">{words.detail.caseTitle}</h3>
      <dl className="facts">
        <Fact name={words.detail.assignee}>{work.assignee ?? <span className="faint">{words.detail.nobody}</span>}</Fact>
        <Fact name={words.detail.category}>{categoryName(work.category, words)}</Fact>
        {work.closeCode && <Fact name={words.detail.closeCode}>{words.closeCodes[work.closeCode]}</Fact>}
      </dl>
      <h3 className="case-part">{words.detail.orders}</h3>
      {work.orders.length === 0 ? (
        <p className="case-empty faint">{words.detail.noOrders}</p>
      ) : (
        <ul className="orders">
          {work.orders.toSorted((a, b) => b.sentAtMs - a.sentAtMs).map((order) => (
            <OrderLine key={order.id} order={order} />
          ))}
        </ul>
      )}
      <h3 className="case-part">{words.detail.history}</h3>
      <ol className="history">
        {history.map((line) => (
          <HistoryLine key={line.id} line={line} />
        ))}
      </ol>
    </>
  );
}
