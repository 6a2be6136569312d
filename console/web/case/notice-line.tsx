/** What came of the last move, or why there was none; the line is kept when it is empty, so that buttons stay where they are. */
import { ApiError } from '../api/client.ts';
import type { Words } from '../i18n/en.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { type Notice, openCase } from '../live/open-case.ts';
import { useStore } from '../live/store.ts';
import { actorName } from './case-facts.tsx';

function noticeText(notice: Notice, words: Words): string {
  switch (notice.kind) {
    case 'changed':
      return notice.actor && notice.what ? words.act.changed(actorName(notice.actor, words), words.history[notice.what]) : words.act.changedPlain;
    case 'error':
      return notice.error instanceof ApiError && notice.error.code === 'OFFLINE' ? words.moveUnsure : errorSentence(notice.error, words);
    case 'moved':
      return words.act.moved(words.moves[notice.move]);
    case 'not-now':
      return notice.assignee !== null && notice.stage !== 'closed'
        ? words.act.heldBy(words.moves[notice.move], notice.assignee)
        : words.act.notNow(words.moves[notice.move], words.stages[notice.stage]);
  }
}

export function NoticeLine() {
  const words = useWords();
  const notice = useStore(openCase, (now) => now.notice);
  const grave = notice !== null && notice.kind !== 'moved';
  return (
    <p className={`notice${grave ? ' notice-grave' : ''}`} role={grave ? 'alert' : 'status'}>
      {notice ? noticeText(notice, words) : ''}
    </p>
  );
}
