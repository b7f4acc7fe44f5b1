/**
 * How much memory this process has, and of how much. Two limits count: the container's (or MEMORY_LIMIT_MB) for all
 * of the process, and V8's for the JavaScript heap, which ends the process just the same.
 */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

export interface MemoryReading {
  rssBytes: number
  /** Null: nobody limits it. */
  rssLimitBytes: number | null
  heapUsedBytes: number
  heapLimitBytes: number
  /** What V8 does not account for: TLS and HTTP/2 state, zlib, the allocator's own. A leak here is seen nowhere else. */
  nativeBytes: number
}

/** `limitMb` 0: the container's limit, when it has one. */
export function memoryReader(limitMb: number): () => MemoryReading {
  const rssLimitBytes = limitMb > 0 ? limitMb * 1024 * 1024 : containerLimit()
  const heapLimitBytes = getHeapStatistics().heap_size_limit
  return () => {
    const { rss, heapTotal, heapUsed, external } = process.memoryUsage()
    return {
      rssBytes: rss,
      rssLimitBytes,
      heapUsedBytes: heapUsed,
      heapLimitBytes,
      // `external` has the array buffers in it. V8 reserves pages it has not touched yet: never below nothing.
      nativeBytes: Math.max(0, rss - heapTotal - external),
    }
  }
}

/** Without a limit Node answers with 2^64 or so, or with nothing at all. */
function containerLimit(): number | null {
  const bytes = process.constrainedMemory()
  return bytes > 0 && bytes < totalmem() ? bytes : null
}
