/** The picture as a plain grid: paths of recorded objects, the rule's zone, line or arrow with handles, and the finding that is looked at. */
import { useRef } from 'react';
import type { PicturePoint } from '../../../domain/camera.ts';
import type { Box } from '../../../domain/detection.ts';
import type { RecordedPaths } from '../../../domain/trial.ts';
import { useWords } from '../i18n/language.ts';
import { type Draft, onLine } from './draft.ts';

/** Drawn so wide; the height follows the picture. */
const WIDE = 1600;

interface CanvasProps {
  readonly draft: Draft;
  readonly recorded: RecordedPaths | null;
  readonly onDraft: (change: Partial<Draft>) => void;
  /** The finding looked at, in fractions of the picture, and whose path it is. */
  readonly shown: { readonly box: Box | null; readonly trackId: number | null; readonly label: string } | null;
}

const clamp = (part: number): number => Math.min(1, Math.max(0, part));

interface HandleProps {
  readonly at: PicturePoint;
  readonly high: number;
  readonly label: string;
  readonly onMove: (to: PicturePoint) => void;
  readonly onRemove?: (() => void) | undefined;
}

const STEPS: Readonly<Record<string, PicturePoint>> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function Handle({ at: [x, y], high, label, onMove, onRemove }: HandleProps) {
  const dragged = useRef(false);
  const move = (event: React.PointerEvent<SVGCircleElement>): void => {
    // By the drawing's own matrix: its frame may be wider or higher than the picture.
    const toScreen = event.currentTarget.ownerSVGElement?.getScreenCTM();
    if (!dragged.current || !toScreen) return;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(toScreen.inverse());
    onMove([clamp(at.x / WIDE), clamp(at.y / high)]);
  };
  const onKey = (event: React.KeyboardEvent): void => {
    const step = STEPS[event.key];
    if (step) {
      event.preventDefault();
      const by = event.shiftKey ? 0.05 : 0.01;
      onMove([clamp(x + step[0] * by), clamp(y + step[1] * by)]);
    } else if ((event.key === 'Delete' || event.key === 'Backspace') && onRemove) {
      event.preventDefault();
      onRemove();
    }
  };
  return (
    <circle
      className="trial-handle" cx={x * WIDE} cy={y * high} r={15} tabIndex={0} role="button" aria-label={label}
      onPointerDown={(event) => (event.currentTarget.setPointerCapture(event.pointerId), (dragged.current = true))}
      onPointerMove={move}
      onPointerUp={() => (dragged.current = false)}
      onDoubleClick={onRemove}
      onKeyDown={onKey}
    />
  );
}

function ZoneShape({ draft, onDraft, high }: Pick<CanvasProps, 'draft' | 'onDraft'> & { high: number }) {
  const words = useWords();
  const { zone } = draft;
  const { polygon } = zone;
  const put = (corners: readonly PicturePoint[]): void => onDraft({ zone: { ...zone, polygon: corners } });
  const middles = polygon.map(([x, y], i): PicturePoint => {
    const [nextX, nextY] = polygon[(i + 1) % polygon.length]!;
    return [(x + nextX) / 2, (y + nextY) / 2];
  });
  const percent = (part: number): number => Math.round(part * 100);
  const insert = (i: number): void => put(polygon.toSpliced(i + 1, 0, middles[i]!));
  return (
    <>
      <polygon className="trial-zone" points={polygon.map(([x, y]) => `${x * WIDE},${y * high}`).join(' ')} />
      {middles.map(([x, y], i) => (
        <circle
          key={`middle-${i}`} className="trial-middle" cx={x * WIDE} cy={y * high} r={9} tabIndex={0} role="button" aria-label={words.trial.addCorner(i + 1)}
          onClick={() => insert(i)} onKeyDown={(event) => event.key === 'Enter' && insert(i)}
        />
      ))}
      {polygon.map((corner, i) => (
        <Handle
          key={i} at={corner} high={high} label={words.trial.corner(i + 1, percent(corner[0]), percent(corner[1]))}
          onMove={(to) => put(polygon.with(i, to))} onRemove={polygon.length > 3 ? () => put(polygon.toSpliced(i, 1)) : undefined}
        />
      ))}
    </>
  );
}

/** Two ends; a line has its sides named, an arrow its head. */
function Ends({ points, high, arrow, onMove }: { points: readonly [PicturePoint, PicturePoint]; high: number; arrow: boolean; onMove: (points: [PicturePoint, PicturePoint]) => void }) {
  const words = useWords();
  const [[x1, y1], [x2, y2]] = points.map(([x, y]) => [x * WIDE, y * high]) as [[number, number], [number, number]];
  const long = Math.hypot(x2 - x1, y2 - y1) || 1;
  // Left of somebody who walks from the first point to the second, with y downwards.
  const [leftX, leftY] = [(y2 - y1) / long, -(x2 - x1) / long];
  const side = (sign: 1 | -1, word: string) => (
    <text className="trial-side" x={(x1 + x2) / 2 + sign * leftX * 44} y={(y1 + y2) / 2 + sign * leftY * 44 + 10} textAnchor="middle">{word}</text>
  );
  const percent = (part: number): number => Math.round(part * 100);
  return (
    <>
      <line className={arrow ? 'trial-arrow' : 'trial-line'} x1={x1} y1={y1} x2={x2} y2={y2} markerEnd="url(#trial-head)" />
      {arrow ? <text className="trial-side" x={x2 + 26} y={y2 + 10}>{words.trial.allowedWay}</text> : <>{side(1, words.trial.left)}{side(-1, words.trial.right)}</>}
      {points.map((point, i) => (
        <Handle key={i} at={point} high={high} label={words.trial.end(i + 1, percent(point[0]), percent(point[1]))} onMove={(to) => onMove(i === 0 ? [to, points[1]] : [points[0], to])} />
      ))}
    </>
  );
}

export function Canvas({ draft, recorded, onDraft, shown }: CanvasProps) {
  const words = useWords();
  const picture = recorded?.picture ?? { widthPx: 16, heightPx: 9 };
  const high = (WIDE * picture.heightPx) / picture.widthPx;
  return (
    <svg className="trial-canvas" viewBox={`0 0 ${WIDE} ${high}`} role="group" aria-label={words.trial.canvas} style={{ aspectRatio: `${picture.widthPx} / ${picture.heightPx}` }}>
      <defs>
        <marker id="trial-head" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto-start-reverse">
          <path d="M0 0 10 5 0 10z" className="trial-head" />
        </marker>
      </defs>
      <g className="trial-grid" aria-hidden="true">
        {Array.from({ length: 9 }, (_, i) => <path key={i} d={`M${((i + 1) * WIDE) / 10} 0v${high}M0 ${((i + 1) * high) / 10}h${WIDE}`} />)}
      </g>
      <g aria-hidden="true">
        {recorded?.paths.map(({ trackId, label, points }) => (
          <polyline
            key={trackId} points={points.map(([x, y]) => `${x * WIDE},${y * high}`).join(' ')}
            className={`trial-path ${label === 'person' ? 'trial-person' : 'trial-vehicle'}${trackId === shown?.trackId ? ' trial-path-shown' : ''}`}
          />
        ))}
      </g>
      {onLine(draft) ? (
        <Ends points={draft.line.points} high={high} arrow={false} onMove={(points) => onDraft({ line: { ...draft.line, points } })} />
      ) : (
        <ZoneShape draft={draft} onDraft={onDraft} high={high} />
      )}
      {draft.kind === 'wrong-way' && <Ends points={draft.arrow} high={high} arrow onMove={(arrow) => onDraft({ arrow })} />}
      {shown?.box && (
        <g className="trial-shown" aria-hidden="true">
          <rect x={shown.box.x * WIDE} y={shown.box.y * high} width={shown.box.w * WIDE} height={shown.box.h * high} />
          <text x={shown.box.x * WIDE} y={Math.max(30, shown.box.y * high - 12)}>{shown.label}</text>
        </g>
      )}
    </svg>
  );
}
