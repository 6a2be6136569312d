/** The arm profile in the header, and the dialog that changes it for the whole site and shows who did. */
import { useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { pageOpen } from '../keyboard/keys.ts';
import { session } from '../live/session.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { Moment } from '../time/now.tsx';
import './arm-profile.css';

/** Nothing where the site has no profiles. */
export function ArmProfileButton() {
  const words = useWords();
  const state = useStore(situation, (now) => now.armProfile);
  const current = state?.profiles.find(({ id }) => id === state.current);
  if (!current) return null;
  return (
    <button type="button" className="button small arm-button" onClick={() => pageOpen.set('arm-profile')} title={words.arm.now(current.name)} aria-label={words.arm.now(current.name)} aria-haspopup="dialog">
      <SignMark sign="shield" size={15} />
      <span className="cut" role="status">{current.name}</span>
    </button>
  );
}

export function ArmProfileDialog() {
  const words = useWords();
  const isOpen = useStore(pageOpen, (now) => now === 'arm-profile');
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className="arm-dialog" aria-label={words.arm.title} onClose={() => pageOpen.update((now) => (now === 'arm-profile' ? null : now))} onClick={(event) => event.target === dialog.current && pageOpen.set(null)}>
      {isOpen && <Switch />}
    </dialog>
  );
}

function Switch() {
  const words = useWords();
  const state = useStore(situation, (now) => now.armProfile);
  const me = useStore(session, (now) => now.me?.operator);
  const [chosen, choose] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<unknown>(null);
  const may = me !== undefined && me.role !== 'viewer' && me.cellScope.length === 0;
  const marked = state?.profiles.find(({ id }) => id === (chosen ?? state.current));

  async function send(): Promise<void> {
    if (!marked || marked.id === state?.current) return;
    setBusy(true);
    try {
      const armProfile = await api.setArmProfile(marked.id);
      situation.update((now) => ({ ...now, armProfile }));
      pageOpen.set(null);
    } catch (error) {
      setFailed(error);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form className="arm-card" onSubmit={(event) => (event.preventDefault(), void send())}>
      <h2>{words.arm.title}</h2>
      <p className="faint">{may ? words.arm.hint : words.arm.looksOnly}</p>
      <fieldset className="arm-options" disabled={!may}>
        <legend className="only-heard">{words.arm.title}</legend>
        {state?.profiles.map(({ id, name }) => (
          <label key={id} className={id === marked?.id ? 'arm-option arm-marked' : 'arm-option'}>
            <input type="radio" name="profile" checked={id === marked?.id} onChange={() => choose(id)} />
            <span className="cut">{name}</span>
            {id === state.current && <span className="arm-now">{words.arm.current}</span>}
          </label>
        ))}
      </fieldset>
      {failed !== null && <p role="alert" className="arm-failed">{errorSentence(failed, words)}</p>}
      {may && (
        <div className="arm-foot">
          <button className="button main" disabled={busy || !marked || marked.id === state?.current}>{busy ? words.arm.setting : words.arm.set(marked?.name ?? '')}</button>
          <button type="button" className="button plain" onClick={() => pageOpen.set(null)}>{words.act.cancel}</button>
        </div>
      )}
      <Changes />
    </form>
  );
}

function Changes() {
  const words = useWords();
  const state = useStore(situation, (now) => now.armProfile);
  const nameOf = (id: string): string => state?.profiles.find((profile) => profile.id === id)?.name ?? id;
  return (
    <section className="arm-changes">
      <h3>{words.arm.changes}</h3>
      {state?.changes.length ? (
        <ol>
          {state.changes.slice(0, 5).map(({ by, atMs, from, to }) => (
            <li key={atMs}>
              <span className="faint num"><Moment atMs={atMs} /></span>
              <span className="cut">{words.arm.change(by, nameOf(from), nameOf(to))}</span>
            </li>
          ))}
        </ol>
      ) : (
        <p className="faint">{words.arm.noChanges}</p>
      )}
    </section>
  );
}
