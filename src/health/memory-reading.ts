/**
 * Reads this process's memory use and its limits. There are two limits: the container's (or MEMORY_LIMIT_MB) for the whole
 * process, and V8's for the JavaScript heap. Exceeding either ends the process.
 */
import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'

export interface MemoryReading {
  rssBytes: number
  /** Null if there is no limit. */
  rssLimitBytes: number | null
  heapUsedBytes: number
  heapLimitBytes: number
  /** Memory outside V8: TLS, zlib, sockets, the allocator's overhead. A leak there does not show in the heap. */
  nativeBytes: number
}

/** `limitMb` 0: the container's limit, if it has one. */
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
      // `external` includes array buffers. V8 reserves pages it has not touched yet, so the difference may be negative.
      nativeBytes: Math.max(0, rss - heapTotal - external),
    }
  }
}

/** Without a limit, Node returns a value near 2^64, or 0. */
function containerLimit(): number | null {
  const bytes = process.constrainedMemory()
  return bytes > 0 && bytes < totalmem() ? bytes : null
}
