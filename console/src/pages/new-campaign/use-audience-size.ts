import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Audience } from '../../../../src/domain/campaign.ts'
import { audienceCountQuery } from '../../api/drafts.ts'

const TYPED_AFTER_MS = 500
/** Never requested: `enabled` is false while there is no audience. */
const NOBODY: Audience = { externalIds: [] }

/** The current size of an audience; the last figures stay while new ones are counted. */
export function useAudienceSize(audience: Audience | null) {
  // Compared as text, so that equal conditions are the same audience.
  const [text] = useDebouncedValue(JSON.stringify(audience), TYPED_AFTER_MS)
  const asked = JSON.parse(text) as Audience | null
  const size = useQuery({
    ...audienceCountQuery(asked ?? NOBODY),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
  })
  const isCounting = audience !== null && (size.isFetching || text !== JSON.stringify(audience))
  return { size, isCounting }
}
