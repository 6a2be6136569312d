/** Says over the page that live data stopped, since when, and when it is back: what stands below may be old. */
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { clockTime, spanText } from '../time/format.ts';
import { useNow } from '../time/now.tsx';
import { link, tryNow } from './link.ts';
import { site } from './session.ts';
import { useStore } from './store.ts';
import './line-banner.css';

const MENDED_SHOWN_MS = 12_000;

export function LineBanner() {
  const words = useWords();
  const { state, heardAtMs, retryAtMs, refusal, mended } = useStore(link, (now) => now);
  const timeZone = useStore(site, (now) => now.timeZone);
  const seconds = useNow((nowMs) => (retryAtMs === null ? 0 : Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000))));
  const justMended = useNow((nowMs) => mended !== null && nowMs - mended.atMs < MENDED_SHOWN_MS);
  if (state === 'reconnecting') {
    return (
      <div className="line-banner line-down" role="alert">
        <strong>
          {refusal && errorSentence(refusal, words)} {heardAtMs !== null ? words.bar.silentFor(clockTime(heardAtMs, timeZone)) : refusal ? '' : words.bar.notReached}
        </strong>
        {/* The seconds are for the eye: read aloud each second they would drown everything else. */}
        <span className="num" aria-hidden="true">
          {words.bar.reconnecting(seconds)}
        </span>
        <button type="button" className="button small" onClick={tryNow} disabled={retryAtMs === null}>
          {words.bar.tryNow}
        </button>
      </div>
    );
  }
  if (!justMended || !mended) return null;
  return (
    <div className="line-banner line-mended" role="status">
      {words.bar.backAfter(spanText(mended.atMs - mended.silentFromMs, words))}
    </div>
  );
}
