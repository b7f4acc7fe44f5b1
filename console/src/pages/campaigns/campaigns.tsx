/** All campaigns, newest first. The filter by name and status is in the address. */
import { IconPlus, IconSend } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { campaignListQuery } from '../../api/campaigns.ts'
import { EndlessList } from '../../components/endless-list.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import { CampaignFilters } from './campaign-filters.tsx'
import { CampaignRow } from './campaign-row.tsx'
import classes from './campaigns.module.css'

export function Campaigns() {
  const text = useText()
  const filter = useSearch({ from: '/signed-in/campaigns' })
  const navigate = useNavigate({ from: '/campaigns' })
  const mayWrite = useMay('campaigns:write')
  const list = useInfiniteQuery({ ...campaignListQuery(filter), placeholderData: keepPreviousData })

  return (
    <Page title={text.campaigns.title} actions={mayWrite && <NewCampaignButton />}>
      <CampaignFilters filter={filter} />
      <EndlessList
        query={list}
        isFiltered={Object.keys(filter).length > 0}
        onClearFilter={() => void navigate({ search: {} })}
        icon={<IconSend size={40} aria-hidden />}
        text={text.campaigns}
      >
        {(campaigns) => (
          <ul className={classes.list}>
            {campaigns.map((campaign) => (
              <CampaignRow key={campaign.id} campaign={campaign} />
            ))}
          </ul>
        )}
      </EndlessList>
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
