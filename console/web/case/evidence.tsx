/** The redacted picture with the box of what was found, small in the panel and, in the camera's full resolution where there is a still, large over everything. */
import { useEffect, useRef, useState } from 'react';
import type { AlertRow, Evidence as Picture } from '../../../domain/alert.ts';
import { outlineOf } from '../../../domain/finding.ts';
import { evidenceUrl } from '../api/client.ts';
import { useSourceName } from '../alerts/alert-item.tsx';
import { useWords } from '../i18n/language.ts';
import { site } from '../live/session.ts';
import { useStore } from '../live/store.ts';
import { SignMark } from '../look/marks.tsx';
import { clockTime } from '../time/format.ts';
import { Moment } from '../time/now.tsx';
import { Clip } from './clip.tsx';
import { enlarged, turnPicture } from './enlarged.ts';
import { largeOf, picturesOf } from './pictures.ts';
import { inShort, titleOf, whatWasSeen } from './what.tsx';

interface Size {
  readonly w: number;
  readonly h: number;
}

/** `scale` is the height of the words as a part of the picture's. */
function Boxes({ alert, size, scale }: { alert: AlertRow; size: Size; scale: number }) {
  const words = useWords();
  if (alert.finding.source !== 'camera') return null;
  const { about } = alert.finding;
  const box = outlineOf(about);
  if (!box) return null;
  return (
    <svg className="evidence-box" viewBox={`0 0 ${size.w} ${size.h}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
      <rect x={box.x} y={box.y} width={box.w} height={box.h} className={`sev-${alert.severity}`} vectorEffect="non-scaling-stroke" />
      <text x={Math.max(2, Math.min(box.x, size.w * 0.8))} y={Math.max(size.h * scale * 1.05, box.y - size.h * scale * 0.35)} fontSize={size.h * scale}>
        {inShort(alert.finding, words)}
      </text>
    </svg>
  );
}

function useAlt(alert: AlertRow, picture: Picture): string {
  const words = useWords();
  const camera = useSourceName(alert);
  const time = clockTime(picture.takenAtMs, useStore(site, (now) => now.timeZone));
  const { finding } = alert;
  return finding.source === 'camera' && finding.where
    ? words.detail.pictureAlt(whatWasSeen(finding.about, words), finding.where.name, camera, time)
    : words.detail.pictureAltPlain(titleOf(alert, words), time);
}

/** A still has the shape of the picture that was looked at, but where the camera's two streams differ: there the box would be beside the thing. */
const sameShape = (a: Size, b: Size): boolean => Math.abs(a.w / a.h - b.w / b.h) < 0.02;

interface OnePictureProps {
  readonly alert: AlertRow;
  readonly picture: Picture;
  readonly first: boolean;
  readonly scale: number;
  /** Size of the picture in whose pixels boxes are told, where that is another. */
  readonly measuredIn?: Size | null;
  readonly onSize?: (size: Size) => void;
}

/** Keeps its space while it loads, so that nothing jumps. Made anew for each picture (`key`). */
function OnePicture({ alert, picture, first, scale, measuredIn = null, onSize }: OnePictureProps) {
  const words = useWords();
  const alt = useAlt(alert, picture);
  const [size, setSize] = useState<Size | null>(null);
  const [gone, setGone] = useState(false);
  if (gone) return <p className="evidence-none faint">{words.detail.pictureGone}</p>;
  const loaded = (now: Size): void => {
    setSize(now);
    onSize?.(now);
  };
  const boxesIn = size && (picture.kind === 'picture' ? size : measuredIn && sameShape(measuredIn, size) ? measuredIn : null);
  return (
    <>
      <img src={evidenceUrl(picture.id)} alt={alt} onLoad={({ currentTarget: { naturalWidth: w, naturalHeight: h } }) => loaded({ w, h })} onError={() => setGone(true)} />
      {!size && <span className="evidence-waiting faint">{words.detail.pictureLoading}</span>}
      {/* The box belongs to the first finding, whose picture is the first. */}
      {boxesIn && first && <Boxes alert={alert} size={boxesIn} scale={scale} />}
    </>
  );
}

function Large({ alert, measuredIn }: { alert: AlertRow; measuredIn: Size | null }) {
  const words = useWords();
  const at = useStore(enlarged, (now) => now);
  const dialog = useRef<HTMLDialogElement>(null);
  const pictures = picturesOf(alert);
  const picture = at === null ? undefined : largeOf(alert, at);
  const open = picture !== undefined;
  useEffect(() => {
    if (open) dialog.current?.showModal();
    else dialog.current?.close();
  }, [open]);
  useEffect(() => () => enlarged.set(null), []);
  return (
    <dialog ref={dialog} className="large" aria-label={words.detail.picture} onClose={() => enlarged.set(null)} onClick={() => enlarged.set(null)}>
      {picture && (
        <figure className="large-figure">
          <div className="large-picture">
            <OnePicture key={picture.id} alert={alert} picture={picture} first={at === 0} scale={0.024} measuredIn={measuredIn} />
          </div>
          <figcaption onClick={(event) => event.stopPropagation()}>
            <strong>{titleOf(alert, words)}</strong>
            <Moment atMs={picture.takenAtMs} />
            <span className="faint">{picture.kind === 'still' ? words.detail.still : words.detail.picture}</span>
            {pictures.length > 1 && (
              <button type="button" className="button plain small" onClick={() => turnPicture(1)} title={words.detail.nextPicture}>
                {words.detail.pictureOf((at ?? 0) + 1, pictures.length)} <kbd>→</kbd>
              </button>
            )}
            <button type="button" className="button plain small" onClick={() => enlarged.set(null)}>
              {words.detail.shrink} <kbd>Esc</kbd>
            </button>
          </figcaption>
        </figure>
      )}
    </dialog>
  );
}

export function Evidence({ alert }: { alert: AlertRow }) {
  const words = useWords();
  const [at, setAt] = useState(0);
  const [firstSize, setFirstSize] = useState<Size | null>(null);
  const pictures = picturesOf(alert);
  const picture = pictures[at] ?? pictures[0];
  if (!picture) {
    if (alert.source !== 'camera') return null;
    return (
      <div className="evidence">
        <p className="evidence-none faint">{words.detail.noPicture}</p>
        <Clip key={alert.id} alert={alert} />
      </div>
    );
  }
  return (
    <figure className="evidence">
      <button type="button" className="evidence-open" onClick={() => enlarged.set(at)} title={words.detail.enlarge} aria-keyshortcuts="v">
        <OnePicture key={picture.id} alert={alert} picture={picture} first={at === 0} scale={0.048} {...(at === 0 ? { onSize: setFirstSize } : {})} />
        <span className="evidence-sign">
          <SignMark sign="enlarge" size={15} />
        </span>
      </button>
      <figcaption>
        <Moment atMs={picture.takenAtMs} />
        <span className="cut">{words.detail.picture}</span>
        {pictures.length > 1 && (
          <button type="button" className="button plain small" onClick={() => setAt((at + 1) % pictures.length)} title={words.detail.nextPicture}>
            {words.detail.pictureOf(at + 1, pictures.length)} ›
          </button>
        )}
      </figcaption>
      <Clip key={alert.id} alert={alert} />
      <Large alert={alert} measuredIn={firstSize} />
    </figure>
  );
}
