/**
 * Preloaded into a dispatcher: it has a fixed number of requests in flight and of batches in hand, instead of finding them
 * itself. BENCH_FIXED has both, such as 2500:10. What the pipeline benchmark compares the defaults with.
 */
import { BatchSlots } from '../../src/dispatch/batch-slots.ts'
import { ConcurrencyLimit } from '../../src/push/fcm/concurrency-limit.ts'

if (process.argv[1]?.endsWith('dispatcher.ts')) {
  const [concurrency = 0, batches = 0] = (process.env.BENCH_FIXED ?? '').split(':').map(Number)
  if (!(concurrency > 0 && batches > 0)) throw new Error(`BENCH_FIXED is "${process.env.BENCH_FIXED}"`)
  Object.defineProperty(ConcurrencyLimit.prototype, 'current', { get: () => concurrency })
  BatchSlots.prototype.look = () => batches
}
