/** All campaigns, newest first: found by name and state, which are in the address. */
import { Button, Stack, Text } from '@mantine/core'
import { IconFilterOff, IconPlus, IconSend } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { campaignListQuery } from '../../api/campaigns.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import { CampaignFilters } from './campaign-filters.tsx'
import { CampaignRow } from './campaign-row.tsx'
import classes from './campaigns.module.css'

export function Campaigns() {
  const text = useText()
  const filter = useSearch({ from: '/signed-in/campaigns' })
  const mayWrite = useMay('operator')
  const list = useInfiniteQuery({ ...campaignListQuery(filter), placeholderData: keepPreviousData })

  return (
    <Page title={text.campaigns.title} actions={mayWrite && <NewCampaignButton />}>
      <CampaignFilters filter={filter} />
      <Answer query={list}>
        {({ pages }) => {
          const campaigns = pages.flatMap(({ data }) => data)
          if (campaigns.length === 0) return <NoCampaigns isFiltered={Object.keys(filter).length > 0} />
          return (
            <Stack gap="md" aria-busy={list.isPlaceholderData}>
              <ul className={classes.list}>
                {campaigns.map((campaign) => (
                  <CampaignRow key={campaign.id} campaign={campaign} />
                ))}
              </ul>
              {list.hasNextPage ? (
                <LoadMore pages={list} />
              ) : (
                <Text c="dimmed" size="sm" ta="center">
                  {text.campaigns.end(campaigns.length)}
                </Text>
              )}
            </Stack>
          )
        }}
      </Answer>
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

function NoCampaigns({ isFiltered }: { isFiltered: boolean }) {
  const { campaigns: text } = useText()
  const navigate = useNavigate({ from: '/campaigns' })
  if (!isFiltered) {
    return (
      <Empty icon={<IconSend size={40} aria-hidden />} title={text.emptyTitle}>
        {text.empty}
      </Empty>
    )
  }
  return (
    <Empty
      icon={<IconFilterOff size={40} aria-hidden />}
      title={text.noMatchTitle}
      action={
        <Button variant="default" mt="sm" onClick={() => void navigate({ search: {} })}>
          {text.clearFilters}
        </Button>
      }
    >
      {text.noMatch}
    </Empty>
  )
}
