/** The devices of a campaign with their results. The filter by result, reason, member and device is in the URL. */
import { Button } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { campaignQuery } from '../../api/campaigns.ts'
import { type Delivery, type DeliveryFilter, deliveriesQuery, exportAddress } from '../../api/deliveries.ts'
import { BackLink } from '../../components/back-link.tsx'
import { DownloadMenu } from '../../components/download-menu.tsx'
import { EndlessList } from '../../components/endless-list.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
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
      actions={<ExportDeliveries campaignId={id} filter={filter} />}
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

/** A choice only for those who may have complete addresses. */
function ExportDeliveries({ campaignId, filter }: { campaignId: string; filter: DeliveryFilter }) {
  const { deliveries: text } = useText()
  const masked = exportAddress(campaignId, filter)
  if (!useMay('addresses:read')) {
    return (
      <Button component="a" href={masked} download variant="default" title={text.exportHint}>
        {text.exportCsv}
      </Button>
    )
  }
  return (
    <DownloadMenu
      label={text.exportCsv}
      files={[
        { label: text.exportMasked, hint: text.exportHint, href: masked },
        { label: text.exportFull, hint: text.exportHint, href: exportAddress(campaignId, filter, 'full') },
      ]}
    />
  )
}
