/** Small drawings: one shape per severity (never colour alone) and one sign per source. Drawn here: no icon font, no outside file. */
import type { FindingSource } from '../../../domain/finding.ts';
import type { Severity } from '../../../domain/gravity.ts';

const SHAPES: Readonly<Record<Severity, React.ReactNode>> = {
  // Octagon, triangle, diamond, circle, ring: told apart without colour, at 12 px, also when blurred.
  Extreme: (
    <>
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
      <path d="M8 4v5" className="mark-ink" />
      <path d="M8 11.2v.3" className="mark-ink" />
    </>
  ),
  Severe: (
    <>
      <path d="M8 1.2 15.3 14.5H.7z" fill="currentColor" strokeLinejoin="round" />
      <path d="M8 6v4M8 12v.3" className="mark-ink" />
    </>
  ),
  Moderate: <path d="M8 1 15 8 8 15 1 8z" fill="currentColor" />,
  Minor: <circle cx="8" cy="8" r="5.5" fill="currentColor" />,
  Unknown: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" strokeWidth="2" strokeDasharray="3 2" />,
};

export function SeverityMark({ severity, size = 16 }: { severity: Severity; size?: number }) {
  return (
    <svg className={`mark sev-${severity}`} width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[severity]}
    </svg>
  );
}

export type Sign = FindingSource | 'patrol' | 'clock' | 'pin' | 'keys' | 'filter' | 'close' | 'out' | 'shield' | 'enlarge' | 'play' | 'rule';

const SIGNS: Readonly<Record<Sign, React.ReactNode>> = {
  camera: <path d="M1.5 5h8.5v6.5H1.5zM10 7.5l4.5-2v5.5l-4.5-2" />,
  sensor: <path d="M8 9.5V14M5 5.5a4 4 0 0 0 0 5M11 5.5a4 4 0 0 1 0 5M2.8 3.2a7 7 0 0 0 0 9.6M13.2 3.2a7 7 0 0 1 0 9.6M8 8v.1" />,
  sos: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 5.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5zM3.8 3.8l2.4 2.4M12.2 3.8 9.8 6.2M3.8 12.2l2.4-2.4M12.2 12.2 9.8 9.8" />,
  health: <path d="M1.5 5h8.5v6.5H1.5zM10 7.5l4.5-2v5.5l-4.5-2M2.5 2.5l10 12" />,
  patrol: <path d="M8 1.5 13.5 4v4c0 3.3-2.3 5.3-5.5 6.5C4.8 13.3 2.5 11.3 2.5 8V4z" />,
  clock: <path d="M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM8 4.5V8l2.5 1.5" />,
  pin: <path d="M8 14.5S3 10 3 6.3a5 5 0 0 1 10 0C13 10 8 14.5 8 14.5zM8 8a1.7 1.7 0 1 0 0-3.4A1.7 1.7 0 0 0 8 8z" />,
  keys: <path d="M1.5 4h13v8h-13zM4 6.5h.1M6.6 6.5h.1M9.2 6.5h.1M11.9 6.5h.1M4.5 9.5h7" />,
  filter: <path d="M1.5 3h13l-5 6v4.5l-3-1.5V9z" />,
  close: <path d="M3.5 3.5l9 9M12.5 3.5l-9 9" />,
  play: <path d="M4.5 2.8v10.4L13 8z" />,
  enlarge: <path d="M9.5 2.5h4v4M13.5 2.5l-5 5M6.5 13.5h-4v-4M2.5 13.5l5-5" />,
  rule: <path d="M2 12.5 5 3.5l9 2-2.5 7zM6.5 7.5h4M6 10h3.5" />,
  out: <path d="M6 2H2.5v12H6M6.5 8H14M11 5l3 3-3 3" />,
  shield: <path d="M8 1.2 13.8 3.5v4.3c0 3.5-2.4 6-5.8 7.2-3.4-1.2-5.8-3.7-5.8-7.2V3.5zM3 8h10M8 1.5v13.3" />,
};

export function SignMark({ sign, size = 14 }: { sign: Sign; size?: number }) {
  return (
    <svg className="sign" width={size} height={size} viewBox="0 0 16 16" aria-hidden="true">
      {SIGNS[sign]}
    </svg>
  );
}
