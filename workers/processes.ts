/** Which processes make up an installation on one machine. `npm start`, the demo and the load harness all start these. */
import { join } from 'node:path'
import type { ProcessSpec } from '../src/process/process-group.ts'

/**
 * An API makes garbage with every call, and an answer waits while it is collected. At twice its capacity by turns, with 4 and
 * with 16: p99 4.3 and 2.9 times the unloaded one, 1,175 and 1,326 calls a second taken; 24 MB more resident.
 */
const API_MB = 16
/** Small where little is made and thrown away; a dispatcher makes half a megabyte of garbage a batch. */
const SMALL_MB = 4
const DISPATCHER_MB = 4

/** `metricsPort` above 0 is the first one's; each next process has the next port. */
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
