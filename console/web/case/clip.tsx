/** The video about an alert: with faces unreadable, rendered when first asked for; as it was taken for those alone who may see faces, and say what for. */
import { useState } from 'react';
import type { AlertRow, Evidence } from '../../../domain/alert.ts';
import { api, clipUrl } from '../api/client.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { session } from '../live/session.ts';
import { useStore } from '../live/store.ts';

type Asked =
  | { readonly kind: 'nothing' }
  /** It is shown as soon as it is there. */
  | { readonly kind: 'redacted' }
  | { readonly kind: 'purpose' }
  | { readonly kind: 'plain'; readonly purpose: string };

const LEAST_PURPOSE = 3;

function Video({ src, file, faces }: { src: string; file: string; faces: boolean }) {
  const words = useWords();
  const [broken, setBroken] = useState(false);
  return (
    <>
      {broken ? (
        <p className="clip-note" role="alert">
          {words.detail.clip.unplayable}
        </p>
      ) : (
        <video src={src} controls autoPlay muted playsInline disablePictureInPicture aria-label={words.detail.clip.label} onError={() => setBroken(true)} />
      )}
      <p className="clip-note">
        <span className={faces ? 'clip-faces' : 'faint'}>{faces ? words.detail.clip.facesSeen : words.detail.clip.facesUnreadable}</span>
        <a className="clip-save" href={src} download={file}>
          {words.detail.clip.save}
        </a>
      </p>
    </>
  );
}

function Purpose({ onGiven, onAway }: { onGiven: (purpose: string) => void; onAway: () => void }) {
  const words = useWords();
  const [purpose, setPurpose] = useState('');
  const enough = purpose.trim().length >= LEAST_PURPOSE;
  return (
    <form
      className="clip-purpose"
      onSubmit={(event) => {
        event.preventDefault();
        if (enough) onGiven(purpose.trim());
      }}
    >
      <label>
        {words.detail.clip.purpose}
        <input value={purpose} maxLength={200} autoFocus onChange={(event) => setPurpose(event.target.value)} />
      </label>
      <button type="submit" className="button small" aria-disabled={!enough}>
        {words.detail.clip.show}
      </button>
      <button type="button" className="button plain small" onClick={onAway}>
        {words.detail.clip.leave}
      </button>
    </form>
  );
}

function Buttons({ clip, canBeRedacted, onAsk }: { clip: Evidence | undefined; canBeRedacted: boolean; onAsk: (asked: Asked) => void }) {
  const words = useWords();
  const seesFaces = useStore(session, (now) => now.me?.operator.seesFaces ?? false);
  return (
    <p className="clip-buttons">
      {canBeRedacted && (
        <button type="button" className="button small" onClick={() => onAsk({ kind: 'redacted' })}>
          {words.detail.clip.play}
        </button>
      )}
      {clip && seesFaces && (
        <button type="button" className="button plain small" onClick={() => onAsk({ kind: 'purpose' })}>
          {words.detail.clip.withFaces}
        </button>
      )}
    </p>
  );
}

/** Made anew for each alert (`key`). */
export function Clip({ alert }: { alert: AlertRow }) {
  const words = useWords();
  const [asked, setAsked] = useState<Asked>({ kind: 'nothing' });
  const [failed, setFailed] = useState<unknown>(null);
  const clip = alert.evidence.find(({ kind }) => kind === 'clip');
  const redacted = alert.evidence.find(({ kind }) => kind === 'redacted-clip');
  if (!clip && !redacted) return null;
  const ask = (next: Asked): void => {
    setAsked(next);
    setFailed(null);
    if (next.kind === 'redacted' && !redacted && clip) api.redactClip(clip.id).catch((error: unknown) => setFailed(error));
  };
  return (
    <div className="clip">
      {asked.kind === 'plain' && clip && <Video key="plain" src={clipUrl(clip.id, asked.purpose)} file={`${alert.id}.mp4`} faces />}
      {asked.kind === 'redacted' && redacted && <Video key="redacted" src={clipUrl(redacted.id)} file={`${alert.id}-redacted.mp4`} faces={false} />}
      {asked.kind === 'redacted' && !redacted && (
        <p className="clip-note" role="status">
          {failed === null ? words.detail.clip.rendering : errorSentence(failed, words)}
        </p>
      )}
      {asked.kind === 'purpose' ? (
        <Purpose onGiven={(purpose) => ask({ kind: 'plain', purpose })} onAway={() => ask({ kind: 'nothing' })} />
      ) : (
        <Buttons clip={clip} canBeRedacted={asked.kind !== 'redacted' || failed !== null} onAsk={ask} />
      )}
    </div>
  );
}
