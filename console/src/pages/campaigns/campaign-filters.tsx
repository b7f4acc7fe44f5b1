import { Group, NativeSelect } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { CAMPAIGN_STATES, type CampaignState } from '../../../../src/domain/campaign.ts'
import type { CampaignFilter } from '../../api/campaigns.ts'
import { SearchField } from '../../components/search-field.tsx'
import { useText } from '../../text/language.tsx'

export function CampaignFilters({ filter }: { filter: CampaignFilter }) {
  const text = useText()
  const navigate = useNavigate({ from: '/campaigns' })

  const put = (change: CampaignFilter) => {
    const { state, search } = { ...filter, ...change }
    void navigate({ search: { ...(state && { state }), ...(search && { search }) }, replace: true })
  }

  return (
    <Group component="search" gap="sm" mb="md" align="flex-end">
      <SearchField
        label={text.campaigns.search}
        value={filter.search ?? ''}
        onSearch={(search) => put({ search })}
        maxLength={200}
      />
      <NativeSelect
        aria-label={text.campaigns.state}
        data={[
          { value: '', label: text.campaigns.allStates },
          ...CAMPAIGN_STATES.map((state) => ({ value: state, label: text.states.campaign[state] })),
        ]}
        value={filter.state ?? ''}
        onChange={({ currentTarget: { value } }) =>
          put({ state: (value || undefined) as CampaignState | undefined })
        }
        flex="1 1 11rem"
        maw={{ sm: '12rem' }}
      />
    </Group>
  )
}
