/** The demo's one-line report: what went through the chain and how fast, and which link is missing when it did not. */
import type { FrameCounts } from '../domain/frame.ts';
import type { FindingSource } from '../domain/finding.ts';
import type { Stage } from '../domain/case.ts';

export interface ReportedAlert {
  readonly id: string;
  readonly source: FindingSource;
  readonly caseId: string;
  readonly caseStage: Stage;
  readonly receivedAtMs: number;
  readonly filedAtMs: number;
}

export interface DemoReport {
  readonly alerts: number;
  readonly cases: { readonly opened: number; readonly closed: number };
  readonly bySource: Readonly<Record<FindingSource, number>>;
  readonly framesIn: number;
  readonly framesInferred: number;
  readonly framesShed: number;
  readonly eventsIn: number;
  readonly firstAlertMs: number | null;
  readonly p50FrameToAlertMs: number | null;
  readonly p99FrameToAlertMs: number | null;
  readonly p99EventToAlertMs: number | null;
}

export interface DemoCounts extends FrameCounts {
  readonly eventsIn: number;
}

/** What came in between two looks. Frames that waited at the first look are worked on after it, so they count as come in after it too. */
export function countsSince(before: DemoCounts, now: DemoCounts): DemoCounts {
  return {
    framesIn: now.framesIn - before.framesInferred - before.framesShed,
    framesInferred: now.framesInferred - before.framesInferred,
    framesShed: now.framesShed - before.framesShed,
    eventsIn: now.eventsIn - before.eventsIn,
  };
}

export function demoReport(alerts: readonly ReportedAlert[], counts: DemoCounts, startedAtMs: number): DemoReport {
  const latencies = (sources: readonly FindingSource[]): number[] =>
    alerts.filter((alert) => sources.includes(alert.source)).map((alert) => alert.filedAtMs - alert.receivedAtMs);
  const cases = new Map(alerts.map((alert) => [alert.caseId, alert.caseStage]));
  const of = (source: FindingSource): number => alerts.filter((alert) => alert.source === source).length;
  return {
    alerts: alerts.length,
    cases: { opened: cases.size, closed: [...cases.values()].filter((stage) => stage === 'closed').length },
    bySource: { camera: of('camera'), sensor: of('sensor'), sos: of('sos'), health: of('health') },
    framesIn: counts.framesIn,
    framesInferred: counts.framesInferred,
    framesShed: counts.framesShed,
    eventsIn: counts.eventsIn,
    firstAlertMs: alerts.length === 0 ? null : Math.min(...alerts.map((alert) => alert.filedAtMs)) - startedAtMs,
    p50FrameToAlertMs: percentile(latencies(['camera']), 0.5),
    p99FrameToAlertMs: percentile(latencies(['camera']), 0.99),
    p99EventToAlertMs: percentile(latencies(['sensor', 'sos']), 0.99),
  };
}

/** Nearest-rank percentile; null of nothing. */
export function percentile(values: readonly number[], p: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)] ?? null;
}

/** The first link that did nothing, in the data's order. */
export function missingLink(report: DemoReport, camerasStreaming: number): string {
  if (camerasStreaming === 0) return 'no camera streams: cameras → gateway';
  if (report.framesIn === 0) return 'cameras stream, but no frame reached the queue: motion gate → frame slot';
  if (report.framesInferred === 0) return 'frames wait, but none was inferred: queue → worker (are there model weights?)';
  if (report.bySource.camera === 0) return 'frames are inferred, but no rule was broken: detector → tracker → intrusion rule';
  if (report.eventsIn === 0) return 'no sensor event was taken in: MQTT devices → gateway';
  if (report.bySource.sensor === 0) return 'events come in, but no sensor alert came of them: queue → threshold rule';
  if (report.bySource.sos === 0) return 'no SOS became an alert: SOS queue → desk';
  return 'alerts were filed, but not every source has a case that was closed: desk → order → patrol → answer';
}
