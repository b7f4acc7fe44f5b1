/** The processes of an installation on one machine, as started by `npm start`, the demo and the load harness. */
import { join } from 'node:path'
import type { ProcessSpec } from '../src/process/process-group.ts'

/**
 * Each call to the API creates garbage, and collecting it delays answers. Measured at twice the capacity, alternating
 * between 4 and 16: p99 of 4.3 and 2.9 times the unloaded one, 1,175 and 1,326 calls accepted a second; 16 uses 24 MB more memory.
 */
const API_MB = 16
/** Planner and maintenance create little garbage. A dispatcher creates half a megabyte per batch. */
const SMALL_MB = 4
const DISPATCHER_MB = 4

/** `metricsPort`: port of the first process; each further process has the next one. 0: none. */
export function processesOf(dispatchers: number, metricsPort = 0): ProcessSpec[] {
  const specs = [
    worker('api', 'api', API_MB),
    worker('planner', 'planner', SMALL_MB),
    worker('maintenance', 'maintenance', SMALL_MB),
    ...Array.from({ length: dispatchers }, (_, index) =>
      worker(`dispatcher ${index + 1}`, 'dispatcher', DISPATCHER_MB),
    ),
  ]
  if (metricsPort === 0) return specs
  return specs.map((spec, index) => ({ ...spec, env: { METRICS_PORT: String(metricsPort + index) } }))
}

function worker(name: string, file: string, semiSpaceMb: number): ProcessSpec {
  return { name, file: join(import.meta.dirname, `${file}.ts`), semiSpaceMb }
}
