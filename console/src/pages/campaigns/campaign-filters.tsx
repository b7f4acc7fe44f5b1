import { CloseButton, Group, NativeSelect, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { CAMPAIGN_STATES, type CampaignState } from '../../../../src/campaigns/campaign.ts'
import type { CampaignFilter } from '../../api/campaigns.ts'
import { useText } from '../../text/language.tsx'

const TYPED_AFTER_MS = 300

export function CampaignFilters({ filter }: { filter: CampaignFilter }) {
  const text = useText()
  const navigate = useNavigate({ from: '/campaigns' })
  const [typed, setTyped] = useState(filter.search ?? '')

  // Back, forward, and a filter taken away change it from outside.
  useEffect(() => setTyped(filter.search ?? ''), [filter.search])

  const put = (change: CampaignFilter) => {
    const { state, search } = { ...filter, ...change }
    void navigate({ search: { ...(state && { state }), ...(search && { search }) }, replace: true })
  }
  const putSearch = useDebouncedCallback((search: string) => put({ search: search.trim() }), TYPED_AFTER_MS)
  const type = (value: string) => {
    setTyped(value)
    putSearch(value)
  }

  return (
    <Group component="search" gap="sm" mb="md" align="flex-end">
      <TextInput
        type="search"
        aria-label={text.campaigns.search}
        placeholder={text.campaigns.search}
        leftSection={<IconSearch size={16} aria-hidden />}
        rightSection={
          typed === '' ? null : (
            <CloseButton size="sm" aria-label={text.shell.clear} onClick={() => type('')} />
          )
        }
        value={typed}
        onChange={(event) => type(event.currentTarget.value)}
        flex="1 1 14rem"
        maxLength={200}
      />
      <NativeSelect
        aria-label={text.campaigns.state}
        data={[
          { value: '', label: text.campaigns.anyState },
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
