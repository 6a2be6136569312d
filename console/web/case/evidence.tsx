/** The redacted picture with the box of what was found; the space is kept while it loads, so that nothing jumps. */
import { useState } from 'react';
import type { AlertRow } from '../../../domain/alert.ts';
import { evidenceUrl } from '../api/client.ts';
import { useWords } from '../i18n/language.ts';
import { Moment } from '../time/now.tsx';

interface Size {
  readonly w: number;
  readonly h: number;
}

function Boxes({ alert, size }: { alert: AlertRow; size: Size }) {
  const words = useWords();
  if (alert.finding.source !== 'camera') return null;
  const { box, label, score } = alert.finding;
  return (
    <svg className="evidence-box" viewBox={`0 0 ${size.w} ${size.h}`} preserveAspectRatio="xMidYMid meet" aria-hidden="true">
      <rect x={box.x} y={box.y} width={box.w} height={box.h} className={`sev-${alert.severity}`} vectorEffect="non-scaling-stroke" />
      <text x={box.x} y={Math.max(size.h * 0.04, box.y - size.h * 0.012)} fontSize={size.h * 0.038}>
        {words.classes[label]} {Math.round(score * 100)} %
      </text>
    </svg>
  );
}

export function Evidence({ alert }: { alert: AlertRow }) {
  const words = useWords();
  const [at, setAt] = useState(0);
  const [size, setSize] = useState<Size | null>(null);
  const [gone, setGone] = useState(false);
  const picture = alert.evidence[at];
  if (!picture) return alert.source === 'camera' ? <p className="evidence evidence-none faint">{words.detail.noPicture}</p> : null;
  return (
    <figure className="evidence">
      {gone ? (
        <p className="evidence-none faint">{words.detail.pictureGone}</p>
      ) : (
        <img
          key={picture.id}
          src={evidenceUrl(picture.id)}
          alt={words.detail.picture}
          onLoad={(event) => setSize({ w: event.currentTarget.naturalWidth, h: event.currentTarget.naturalHeight })}
          onError={() => setGone(true)}
        />
      )}
      {/* The box belongs to the first finding, whose picture is the first. */}
      {size && !gone && at === 0 && <Boxes alert={alert} size={size} />}
      <figcaption>
        <Moment atMs={picture.takenAtMs} />
        <span className="cut">{words.detail.picture}</span>
        {alert.evidence.length > 1 && (
          <button type="button" className="button plain small" onClick={() => (setSize(null), setGone(false), setAt((at + 1) % alert.evidence.length))}>
            {words.detail.pictureOf(at + 1, alert.evidence.length)} ›
          </button>
        )}
      </figcaption>
    </figure>
  );
}
