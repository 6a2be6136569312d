/** The live picture of one camera, with what a person must know of it: how old it is, whether faces are unreadable, and what is wrong. */
import { useEffect, useRef, useState } from 'react';
import type { LiveVariant } from '../../../domain/live-video.ts';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { cameraReason } from '../overview/camera-reason.ts';
import { Line, type LineState } from './line.ts';
import { Player } from './player.ts';
import type { Watched } from './watched.ts';

interface Shown {
  readonly variant: LiveVariant;
  /** When the picture that is seen was taken, and how long that was ago by this computer's clock. */
  readonly ageMs: number;
}

/** What is on the line now, and what is on the screen: null until the first picture. */
function useLive(video: React.RefObject<HTMLVideoElement | null>, { cameraId, alertId }: Watched): { readonly state: LineState; readonly shown: Shown | null } {
  const [state, setState] = useState<LineState>({ kind: 'connecting' });
  const [shown, setShown] = useState<Shown | null>(null);
  useEffect(() => {
    const element = video.current;
    if (!element) return;
    const stop = new AbortController();
    let begun: { variant: LiveVariant; zeroAtMs: number } | null = null;
    // Whether anything came since the line last said something: what is still in the buffer plays on, and is not live.
    let fresh = false;
    const player = new Player(element, {
      shown: (_, takenAtS) => {
        if (!begun || !fresh) return;
        setState({ kind: 'playing' });
        setShown({ variant: begun.variant, ageMs: Math.max(0, Date.now() - begun.zeroAtMs - takenAtS * 1000) });
      },
      failed: () => line.again(),
    });
    const sink = {
      state: (next: LineState) => {
        fresh = false;
        setState(next);
      },
      begin: (mime: string, variant: LiveVariant, zeroAtMs: number) => {
        begun = { variant, zeroAtMs };
        player.begin(mime);
      },
      clock: (zeroAtMs: number) => {
        if (begun) begun = { ...begun, zeroAtMs };
      },
      bytes: (bytes: ArrayBuffer) => {
        fresh = true;
        player.take(bytes);
      },
    };
    const line = new Line({ cameraId, alertId }, sink, stop.signal);
    void line.run();
    return () => {
      stop.abort();
      player.close();
      setShown(null);
    };
  }, [video, cameraId, alertId]);
  return { state, shown };
}

/** What is wrong, in words; null while all is well. */
function useTrouble(state: LineState, cameraId: string): string | null {
  const words = useWords();
  const status = useStore(situation, (now) => now.cameras.get(cameraId)?.status ?? null);
  switch (state.kind) {
    case 'playing':
      return null;
    case 'refused':
      return errorSentence(state.error, words);
    case 'away':
    case 'silent': {
      const reason = status && status.state !== 'streaming' ? cameraReason(status, words) : '';
      return reason ? `${words.video[state.kind]}${words.colon}${reason}` : words.video[state.kind];
    }
    case 'connecting':
    case 'reconnecting':
    case 'unplayable':
      return words.video[state.kind];
  }
}

export function LiveView({ watched, name }: { watched: Watched; name: string }) {
  const words = useWords();
  const video = useRef<HTMLVideoElement>(null);
  const { state, shown } = useLive(video, watched);
  const trouble = useTrouble(state, watched.cameraId);
  return (
    <figure className="live-view" data-state={state.kind} data-variant={shown?.variant} data-age-ms={shown ? Math.round(shown.ageMs) : undefined}>
      <video ref={video} muted playsInline disablePictureInPicture aria-label={words.video.label(name)} />
      {trouble !== null && (
        <p className={shown ? 'live-trouble live-trouble-over' : 'live-trouble'} role="status">
          {trouble}
        </p>
      )}
      <figcaption className="live-facts">
        <span className={state.kind === 'playing' ? 'live-sign live-sign-on' : 'live-sign'}>{words.video.live}</span>
        {shown && <span className="num">{words.video.age(shown.ageMs / 1000)}</span>}
        {shown && <span className={shown.variant === 'plain' ? 'live-faces' : 'faint'}>{words.video.variants[shown.variant]}</span>}
      </figcaption>
    </figure>
  );
}
