/** Counters and histograms of a process, in Prometheus' words. */
import { AggregatorRegistry, Counter, Gauge, Histogram, type MetricObjectWithValues, type MetricValue, Registry, collectDefaultMetrics } from 'prom-client';

export interface Metrics {
  count(name: string, help: string, labels?: Readonly<Record<string, string>>, by?: number): void;
  set(name: string, help: string, value: number, labels?: Readonly<Record<string, string>>): void;
  observeMs(name: string, help: string, ms: number, labels?: Readonly<Record<string, string>>): void;
  /** All values as plain data, to be posted where `metricsText` finds them. */
  snapshot(): Promise<MetricsSnapshot>;
}

/** One process's metrics as plain JSON. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** The exposition text over several processes: counters and histograms added up. */
export function metricsText(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots.map((s) => [...s])).metrics();
}

const BUCKETS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000];

export function createMetrics(withProcess = true): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  const made = new Map<string, Counter | Gauge | Histogram>();
  const once = <M extends Counter | Gauge | Histogram>(name: string, make: () => M): M => {
    const have = made.get(name);
    if (have) return have as M;
    const fresh = make();
    made.set(name, fresh);
    return fresh;
  };
  return {
    count(name, help, labels = {}, by = 1) {
      once(name, () => new Counter({ name, help, labelNames: Object.keys(labels), registers: [registry] })).inc(labels, by);
    },
    set(name, help, value, labels = {}) {
      once(name, () => new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] })).set(labels, value);
    },
    observeMs(name, help, ms, labels = {}) {
      once(name, () => new Histogram({ name, help, labelNames: Object.keys(labels), buckets: BUCKETS_MS, registers: [registry] })).observe(labels, ms);
    },
    snapshot: () => registry.getMetricsAsJSON(),
  };
}
