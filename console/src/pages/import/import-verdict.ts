/** How an import went, before anybody reads its figures. Pure. */
import type { Static } from 'typebox'
import type { ImportReply } from '../../../../src/api/devices/import-schemas.ts'

export type ImportVerdict = 'complete' | 'partial' | 'failed'

/** Half of a list that was refused is a list that is wrong. */
const FAILED_SHARE = 0.5

/** Only an import without a rejected row is called complete; one that stored nothing has failed, however few rows it had. */
export function verdictOf({
  lines,
  accepted,
  rejected,
  membersKept,
}: Pick<Static<typeof ImportReply>, 'lines' | 'accepted' | 'rejected' | 'membersKept'>): ImportVerdict {
  if (accepted + membersKept === 0 || rejected >= lines * FAILED_SHARE) return 'failed'
  return rejected === 0 ? 'complete' : 'partial'
}
