/** The devices of a campaign with their results. The filter by result, reason, member and device is in the URL. */
import { Button } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { campaignQuery } from '../../api/campaigns.ts'
import { type Delivery, deliveriesQuery, exportAddress } from '../../api/deliveries.ts'
import { BackLink } from '../../components/back-link.tsx'
import { EndlessList } from '../../components/endless-list.tsx'
import { Page } from '../../components/page.tsx'
import { useText } from '../../text/language.tsx'
import { AttemptsDrawer } from './attempts-drawer.tsx'
import { DeliveryFilters } from './delivery-filters.tsx'
import { DeliveryTable } from './delivery-table.tsx'

export function Deliveries() {
  const text = useText()
  const { id } = useParams({ from: '/signed-in/campaigns/$id/deliveries' })
  const filter = useSearch({ from: '/signed-in/campaigns/$id/deliveries' })
  const navigate = useNavigate({ from: '/campaigns/$id/deliveries' })
  const campaign = useQuery(campaignQuery(id))
  const list = useInfiniteQuery({ ...deliveriesQuery(id, filter), placeholderData: keepPreviousData })
  const [opened, setOpened] = useState<Delivery | null>(null)
  const name = campaign.data?.name

  return (
    <Page
      title={text.deliveries.title}
      {...(name !== undefined && { tabTitle: text.deliveries.titleOf(name) })}
      above={
        <BackLink to="/campaigns/$id" params={{ id }}>
          {name ?? text.campaign.back}
        </BackLink>
      }
      actions={
        <Button
          component="a"
          href={exportAddress(id, filter)}
          download
          variant="default"
          title={text.deliveries.exportHint}
        >
          {text.deliveries.exportCsv}
        </Button>
      }
    >
      <DeliveryFilters filter={filter} />
      <EndlessList
        query={list}
        isFiltered={Object.keys(filter).length > 0}
        onClearFilter={() => void navigate({ search: {} })}
        icon={<IconInbox size={40} aria-hidden />}
        text={text.deliveries}
      >
        {(deliveries) => <DeliveryTable deliveries={deliveries} onOpen={setOpened} />}
      </EndlessList>
      <AttemptsDrawer campaignId={id} delivery={opened} onClose={() => setOpened(null)} />
    </Page>
  )
}
