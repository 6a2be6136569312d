/** The live video of one camera over the console, and the button that opens it. */
import { useEffect, useRef } from 'react';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { LiveView } from './live-view.tsx';
import { watched, type Watched } from './watched.ts';
import './video.css';

export function LiveButton({ camera, name, alertId = null }: { camera: string; name: string; alertId?: string | null }) {
  const words = useWords();
  return (
    <button
      type="button"
      className="button small live-button"
      onClick={() => watched.set({ cameraId: camera, alertId })}
      title={words.video.open(name)}
      aria-label={words.video.open(name)}
      aria-haspopup="dialog"
      {...(alertId !== null && { 'aria-keyshortcuts': 'p' })}
    >
      <SignMark sign="play" size={13} />
      {words.video.watch}
    </button>
  );
}

function Open({ now }: { now: Watched }) {
  const words = useWords();
  const name = useStore(situation, ({ cameras }) => cameras.get(now.cameraId)?.name ?? now.cameraId);
  return (
    <div className="live-page">
      <header className="live-head">
        <h2 id="live-title" className="cut">{name}</h2>
        <button type="button" className="button plain small" onClick={() => watched.set(null)} aria-label={words.video.close} title={words.video.close}>
          <SignMark sign="close" size={16} /> <kbd>Esc</kbd>
        </button>
      </header>
      <LiveView watched={now} name={name} />
    </div>
  );
}

export function LiveDialog() {
  const now = useStore(watched, (each) => each);
  const dialog = useRef<HTMLDialogElement>(null);
  const isOpen = now !== null;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  useEffect(() => () => watched.set(null), []);
  return (
    <dialog ref={dialog} className="live-dialog" aria-labelledby="live-title" onClose={() => watched.set(null)} onClick={(event) => event.target === dialog.current && watched.set(null)}>
      {now && <Open now={now} />}
    </dialog>
  );
}
