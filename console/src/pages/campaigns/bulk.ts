/** Does one thing to many campaigns, one after the other, and counts what came of it. Pure but for what it is given. */
import type { Campaign } from '../../api/campaigns.ts'
import { ApiProblem } from '../../api/problem.ts'

export interface BulkResult {
  done: Campaign[]
  /** Somebody changed them meanwhile: they are left as they are. */
  changed: number
  /** Not possible in their state, or not there any more. */
  unfit: number
  failed: number
}

/** One at a time: fifty requests at once would be refused as overload, and a list is never that urgent. */
export async function forEach(
  campaigns: readonly Campaign[],
  act: (campaign: Campaign) => Promise<unknown>,
  onProgress: (done: number) => void = () => undefined,
): Promise<BulkResult> {
  const result: BulkResult = { done: [], changed: 0, unfit: 0, failed: 0 }
  for (const [index, campaign] of campaigns.entries()) {
    try {
      await act(campaign)
      result.done.push(campaign)
    } catch (error) {
      result[kindOf(error)] += 1
    }
    onProgress(index + 1)
  }
  return result
}

function kindOf(error: unknown): 'changed' | 'unfit' | 'failed' {
  if (!(error instanceof ApiProblem)) return 'failed'
  if (error.status === 412) return 'changed'
  return error.status === 409 || error.status === 404 ? 'unfit' : 'failed'
}
