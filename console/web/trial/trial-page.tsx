/** "Try a rule": draw it over the paths of what was recorded, see what it would have found, take its YAML along. */
import { useEffect, useRef, useState } from 'react';
import { outlineOf } from '../../../domain/finding.ts';
import type { RecordedPaths, Trial } from '../../../domain/trial.ts';
import { api } from '../api/client.ts';
import type { CameraRow } from '../api/contract.ts';
import { whatWasSeen } from '../case/what.tsx';
import { errorSentence } from '../i18n/errors.ts';
import { useWords } from '../i18n/language.ts';
import { pageOpen } from '../keyboard/keys.ts';
import { site } from '../live/session.ts';
import { situation } from '../live/situation.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { clockTime } from '../time/format.ts';
import { Canvas } from './canvas.tsx';
import { type Draft, draftOf, NEW_LINE, NEW_ZONE, placesOf, ruleOf, yamlOf } from './draft.ts';
import { Fields, type SpanChoice } from './fields.tsx';
import { Findings, Timeline } from './results.tsx';
import './trial.css';

export function TrialDialog() {
  const words = useWords();
  const isOpen = useStore(pageOpen, (now) => now === 'trial');
  const cameras = useStore(situation, (now) => now.cameras);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);
  return (
    <dialog ref={dialog} className="trial-dialog" aria-labelledby="trial-title" onClose={() => pageOpen.update((now) => (now === 'trial' ? null : now))}>
      {isOpen && (
        <div className="trial-page">
          <header className="trial-head-bar">
            <h2 id="trial-title">{words.trial.title}</h2>
            <p className="faint cut" title={words.trial.hint}>{words.trial.hint}</p>
            <button type="button" className="button plain small" onClick={() => pageOpen.set(null)} aria-label={words.trial.close} title={words.trial.close}>
              <SignMark sign="close" size={16} />
            </button>
          </header>
          {cameras.size === 0 ? <p className="trial-none faint">{words.overview.noCameras}</p> : <Trying cameras={[...cameras.values()]} />}
        </div>
      )}
    </dialog>
  );
}

interface Recorded {
  readonly paths: RecordedPaths | null;
  readonly fromMs: number | null;
  readonly failed: unknown;
}

/** What was recorded of the camera in the span, read anew when either changes. */
function useRecorded(cameraId: string, span: SpanChoice): Recorded {
  const [recorded, setRecorded] = useState<Recorded>({ paths: null, fromMs: null, failed: null });
  useEffect(() => {
    const over = new AbortController();
    const fromMs = span === 'all' ? null : Date.now() - span * 60_000;
    setRecorded({ paths: null, fromMs, failed: null });
    api.recordedPaths(cameraId, fromMs, over.signal).then(
      (paths) => setRecorded({ paths, fromMs, failed: null }),
      (failed: unknown) => over.signal.aborted || setRecorded({ paths: null, fromMs, failed }),
    );
    return () => over.abort();
  }, [cameraId, span]);
  return recorded;
}

function Trying({ cameras }: { cameras: readonly CameraRow[] }) {
  const words = useWords();
  const place = (camera: CameraRow): Pick<Draft, 'cameraId' | 'zone' | 'line' | 'arrow'> => ({
    cameraId: camera.id,
    zone: camera.zones[0] ?? { ...NEW_ZONE, name: words.trial.zoneName },
    line: camera.lines[0] ?? { ...NEW_LINE, name: words.trial.lineName },
    arrow: [[0.5, 0.9], [0.5, 0.5]],
  });
  const [draft, setDraft] = useState<Draft>(() => draftOf('intrusion', words.trial.newName(words.ruleKinds.intrusion), place(cameras[0]!)));
  const [span, setSpan] = useState<SpanChoice>('all');
  const { paths, fromMs, failed } = useRecorded(draft.cameraId, span);
  const { trial, tried, refusal, busy, tryIt, forget } = useTrial();
  const [shown, show] = useState<number | null>(null);
  const camera = cameras.find(({ id }) => id === draft.cameraId) ?? cameras[0]!;
  const change = (part: Partial<Draft>): void => setDraft((now) => ({ ...now, ...part }));
  const over = (): void => (forget(), show(null));
  const fresh = trial !== null && tried === draft;
  return (
    <form className="trial-body" onSubmit={(event) => (event.preventDefault(), show(null), void tryIt(draft, fromMs))}>
      <div className="trial-form scroll" tabIndex={-1}>
        <Fields
          cameras={cameras} camera={camera} draft={draft} span={span} onDraft={change}
          onCamera={(id) => (over(), change(place(cameras.find((one) => one.id === id)!)))} onSpan={(next) => (over(), setSpan(next))}
        />
        <button className="button main trial-go" disabled={busy}>{busy ? words.trial.trying : words.trial.try}</button>
        {refusal !== null && <p className="trial-warn trial-refusal" role="alert">{errorSentence(refusal, words)}</p>}
      </div>
      <section className="trial-middle-part">
        <Canvas draft={draft} recorded={paths} onDraft={change} shown={fresh ? shownOf(trial, shown, words) : null} />
        <Legend recorded={paths} failed={failed} />
        {paths && paths.fromMs !== null && paths.toMs !== null && <Timeline trial={fresh ? trial : null} shown={shown} onShow={show} fromMs={paths.fromMs} toMs={paths.toMs} />}
      </section>
      <section className="trial-results" aria-label={words.trial.findings}>
        <h3>{words.trial.findings}</h3>
        {trial === null ? <p className="faint">{words.trial.notYet}</p> : fresh ? <Findings trial={trial} shown={shown} onShow={show} /> : <p className="trial-warn" role="status">{words.trial.stale}</p>}
        <Yaml text={yamlOf(draft)} />
      </section>
    </form>
  );
}

function useTrial() {
  const [state, setState] = useState<{ trial: Trial | null; tried: Draft | null; refusal: unknown; busy: boolean }>({ trial: null, tried: null, refusal: null, busy: false });
  const tryIt = async (draft: Draft, from: number | null): Promise<void> => {
    setState((now) => ({ ...now, busy: true, refusal: null }));
    try {
      const trial = await api.tryRule({ rule: ruleOf(draft), ...placesOf(draft), ...(from === null ? {} : { from }) });
      setState({ trial, tried: draft, refusal: null, busy: false });
    } catch (refusal) {
      setState({ trial: null, tried: null, refusal, busy: false });
    }
  };
  return { ...state, tryIt, forget: () => setState({ trial: null, tried: null, refusal: null, busy: false }) };
}

function shownOf({ findings, widthPx, heightPx }: Trial, shown: number | null, words: ReturnType<typeof useWords>): React.ComponentProps<typeof Canvas>['shown'] {
  const finding = shown === null ? undefined : findings[shown];
  if (!finding) return null;
  const box = outlineOf(finding.about);
  return {
    box: box && { x: box.x / widthPx, y: box.y / heightPx, w: box.w / widthPx, h: box.h / heightPx },
    trackId: finding.about.kind === 'track' ? finding.about.trackId : null,
    label: whatWasSeen(finding.about, words),
  };
}

function Legend({ recorded, failed }: { recorded: RecordedPaths | null; failed: unknown }) {
  const words = useWords();
  const timeZone = useStore(site, (now) => now.timeZone);
  if (failed !== null) return <p className="trial-legend trial-warn" role="alert">{errorSentence(failed, words)}</p>;
  if (!recorded) return <p className="trial-legend faint">{words.trial.reading}</p>;
  if (recorded.fromMs === null || recorded.toMs === null) return <p className="trial-legend trial-warn" role="status">{words.trial.nothingRecorded}</p>;
  const n = (value: number): string => value.toLocaleString(words.locale);
  return (
    <p className="trial-legend faint">
      <span><i className="trial-sample trial-sample-person" /> {words.trial.persons}</span>
      <span><i className="trial-sample trial-sample-vehicle" /> {words.trial.others}</span>
      <span className="trial-recorded num">{words.trial.recorded(n(recorded.frames), n(recorded.objects), clockTime(recorded.fromMs, timeZone), clockTime(recorded.toMs, timeZone))}</span>
    </p>
  );
}

/** Over plain HTTP browsers give no clipboard: the text is then marked, to be copied by key. */
function Yaml({ text }: { text: string }) {
  const words = useWords();
  const area = useRef<HTMLTextAreaElement>(null);
  const [copied, setCopied] = useState('');
  const copy = async (): Promise<void> => {
    area.current?.select();
    try {
      await navigator.clipboard.writeText(text);
      setCopied(text);
    } catch {
      area.current?.focus();
    }
  };
  return (
    <div className="trial-yaml">
      <div className="trial-yaml-head">
        <h3 id="trial-yaml">{words.trial.yaml}</h3>
        <button type="button" className="button small" onClick={() => void copy()}>
          <span role="status">{copied === text ? words.trial.copied : words.trial.copy}</span>
        </button>
      </div>
      <textarea ref={area} readOnly className="field mono scroll" value={text} rows={text.split('\n').length} aria-labelledby="trial-yaml" spellCheck={false} wrap="off" />
    </div>
  );
}
