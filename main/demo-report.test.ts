/** The report counts what the alerts say, and names the first link that did nothing. */
import { expect, test } from 'vitest';
import { countsSince, demoReport, missingLink, percentile, type ReportedAlert } from './demo-report.ts';

const alert = (n: number, source: ReportedAlert['source'], tookMs: number, stage: ReportedAlert['caseStage'] = 'reported'): ReportedAlert => ({
  id: `a${n}`,
  source,
  caseId: `c${n}`,
  caseStage: stage,
  receivedAtMs: 1000 * n,
  filedAtMs: 1000 * n + tookMs,
});
const counts = { framesIn: 10, framesInferred: 7, framesShed: 3, eventsIn: 40 };

test('counts and latencies', () => {
  const report = demoReport([alert(1, 'camera', 100, 'closed'), alert(2, 'camera', 300), alert(3, 'sensor', 20), alert(4, 'sos', 10, 'closed')], counts, 500);
  expect(report).toEqual({ alerts: 4, cases: { opened: 4, closed: 2 }, bySource: { camera: 2, sensor: 1, sos: 1, health: 0 }, ...counts, firstAlertMs: 600, p50FrameToAlertMs: 100, p99FrameToAlertMs: 300, p99EventToAlertMs: 20 });
});

test('frames in are frames inferred and shed, also where some waited at the first look', () => {
  const since = countsSince({ framesIn: 12, framesInferred: 6, framesShed: 2, eventsIn: 3 }, { framesIn: 30, framesInferred: 20, framesShed: 9, eventsIn: 10 });
  expect(since).toEqual({ framesIn: 22, framesInferred: 14, framesShed: 7, eventsIn: 7 });
  expect(since.framesIn - since.framesInferred - since.framesShed).toBe(30 - 20 - 9); // those that wait now
});

test('percentiles by nearest rank', () => {
  expect(percentile([], 0.5)).toBeNull();
  expect(percentile([5], 0.99)).toBe(5);
  expect(percentile([4, 1, 3, 2], 0.5)).toBe(2);
  expect(percentile(Array.from({ length: 200 }, (_, i) => i + 1), 0.99)).toBe(198);
});

test('the first missing link is named', () => {
  const none = demoReport([], { framesIn: 0, framesInferred: 0, framesShed: 0, eventsIn: 0 }, 0);
  expect(missingLink(none, 0)).toContain('no camera streams');
  expect(missingLink(none, 6)).toContain('motion gate');
  expect(missingLink(demoReport([], { ...counts, framesInferred: 0 }, 0), 6)).toContain('model weights');
  expect(missingLink(demoReport([], counts, 0), 6)).toContain('intrusion rule');
  expect(missingLink(demoReport([alert(1, 'camera', 1)], { ...counts, eventsIn: 0 }, 0), 6)).toContain('no sensor event');
  expect(missingLink(demoReport([alert(1, 'camera', 1)], counts, 0), 6)).toContain('threshold rule');
  expect(missingLink(demoReport([alert(1, 'camera', 1), alert(2, 'sensor', 1)], counts, 0), 6)).toContain('SOS');
  expect(missingLink(demoReport([alert(1, 'camera', 1), alert(2, 'sensor', 1), alert(3, 'sos', 1)], counts, 0), 6)).toContain('closed');
});
