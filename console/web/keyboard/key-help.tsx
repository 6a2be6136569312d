/** The overview of keys, over everything, gone with Esc. */
import { useEffect, useRef } from 'react';
import type { Move } from '../../../domain/case.ts';
import { MOVE_KEYS } from '../case/moves.ts';
import { useWords } from '../i18n/language.ts';
import { useStore } from '../live/store.ts';
import { helpOpen } from './keys.ts';
import './key-help.css';

function Keys({ rows }: { rows: readonly (readonly [keys: string, what: string])[] }) {
  return (
    <dl className="key-rows">
      {rows.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            {keys.split(' ').map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}

export function KeyHelp() {
  const words = useWords();
  const isOpen = useStore(helpOpen, (now) => now);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  const { keys, moves } = words;
  const order = Object.keys(MOVE_KEYS) as Move[];
  return (
    <dialog ref={dialog} className="key-help" aria-label={keys.title} onClose={() => helpOpen.set(false)} onClick={(event) => event.target === dialog.current && helpOpen.set(false)}>
      {isOpen && (
        <div className="key-card">
          <h2>{keys.title}</h2>
          <div className="key-columns">
            <section>
              <h3>{keys.groups.move}</h3>
              <Keys rows={[['j k ↓ ↑', keys.nextPrev], ['Enter', keys.open], ['Esc', keys.back], ['n', keys.fresh], ['/', keys.filter], ['g', keys.map], ['v', keys.picture], ['p', keys.live]]} />
            </section>
            <section>
              <h3>{keys.groups.work}</h3>
              <Keys rows={[...order.map((move) => [MOVE_KEYS[move], moves[move]] as const), ['1 – 9', keys.choose]]} />
            </section>
            <section>
              <h3>{keys.groups.other}</h3>
              <Keys rows={[['l', keys.language], ['?', keys.help]]} />
            </section>
          </div>
        </div>
      )}
    </dialog>
  );
}
