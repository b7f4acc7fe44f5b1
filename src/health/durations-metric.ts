/**
 * Shows a `Durations` as a Prometheus histogram. The durations are already counted in buckets 2.2 % wide; prom-client's
 * histogram would count each a second time, at a hundred times the cost.
 */
import type { Metric, Registry } from 'prom-client'
import { beginOf, type Durations } from '../process/durations.ts'

const BOUNDS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

export function registerDurations(
  registry: Registry,
  name: string,
  help: string,
  durations: Durations,
): void {
  const metric = {
    name,
    help,
    aggregator: 'sum',
    get: async () => ({
      name,
      help,
      type: 'histogram',
      values: valuesOf(name, durations),
      aggregator: 'sum',
    }),
    reset: () => {},
  }
  // A registry only uses the name and `get` of a metric.
  registry.registerMetric(metric as unknown as Metric)
}

function valuesOf(name: string, durations: Durations) {
  const below = BOUNDS_SECONDS.map(() => 0)
  let count = 0
  let sum = 0
  for (const [key, n] of Object.entries(durations.counts)) {
    const bucket = Number(key)
    const endSeconds = beginOf(bucket + 1) / 1000
    count += n
    sum += (n * (beginOf(bucket) / 1000 + endSeconds)) / 2
    // A bucket that contains the bound counts as above it: an error of 2.2 % at most.
    for (const [i, bound] of BOUNDS_SECONDS.entries()) if (endSeconds <= bound) below[i] = (below[i] ?? 0) + n
  }
  return [
    ...BOUNDS_SECONDS.map((le, i) => ({
      metricName: `${name}_bucket`,
      labels: { le },
      value: below[i] ?? 0,
    })),
    { metricName: `${name}_bucket`, labels: { le: '+Inf' }, value: count },
    { metricName: `${name}_sum`, labels: {}, value: sum },
    { metricName: `${name}_count`, labels: {}, value: count },
  ]
}
