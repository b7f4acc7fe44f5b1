/** All campaigns. Filters, order and search are in the address, and on the way back from a campaign as they were left. */
import { Box } from '@mantine/core'
import { IconPlus, IconSend } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { lazy, Suspense, useState } from 'react'
import { type Campaign, campaignListQuery } from '../../api/campaigns.ts'
import { EndlessList } from '../../components/endless-list.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import { BulkBar } from './bulk-bar.tsx'
import { CampaignFilters } from './campaign-filters.tsx'
import { CampaignTable } from './campaign-table.tsx'
import { filterOf, isFiltered } from './list-search.ts'
import { NOTHING } from './selection.ts'
import { StateTabs } from './state-tabs.tsx'

const PeekPanel = lazy(async () => ({ default: (await import('./peek-panel.tsx')).PeekPanel }))

export function Campaigns() {
  const text = useText()
  const search = useSearch({ from: '/signed-in/campaigns' })
  const navigate = useNavigate({ from: '/campaigns' })
  const mayWrite = useMay('campaigns:write')
  const list = useInfiniteQuery({ ...campaignListQuery(filterOf(search)), placeholderData: keepPreviousData })
  const [selection, setSelection] = useState(NOTHING)
  const [peeked, setPeeked] = useState<string | null>(null)
  const campaigns: Campaign[] = list.data?.pages.flatMap(({ data }) => data) ?? []
  const selected = campaigns.filter(({ id }) => selection.ids.has(id))
  const shown = campaigns.find(({ id }) => id === peeked)

  return (
    <Page title={text.campaigns.title} actions={mayWrite && <NewCampaignButton />}>
      <StateTabs search={search} />
      <Box mb="xs">
        {selected.length > 0 ? (
          <BulkBar selected={selected} onClear={() => setSelection(NOTHING)} />
        ) : (
          <CampaignFilters search={search} />
        )}
      </Box>
      <EndlessList
        query={list}
        isFiltered={isFiltered(search)}
        onClearFilter={() => void navigate({ search: {} })}
        icon={<IconSend size={40} aria-hidden />}
        text={text.campaigns}
      >
        {(rows) => (
          <CampaignTable
            campaigns={rows}
            search={search}
            selection={selection}
            onSelect={setSelection}
            peeked={shown?.id ?? null}
            onPeek={(id) => setPeeked((before) => (before === id ? null : id))}
          />
        )}
      </EndlessList>
      <Suspense>
        {shown !== undefined && <PeekPanel campaign={shown} onClose={() => setPeeked(null)} />}
      </Suspense>
    </Page>
  )
}

function NewCampaignButton() {
  const { campaigns: text } = useText()
  return (
    <ButtonLink to="/campaigns/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {text.create}
    </ButtonLink>
  )
}
