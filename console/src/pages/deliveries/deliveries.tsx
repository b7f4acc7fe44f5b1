/** The devices of a campaign with their results. The filter by result, reason, member and device is in the URL. */
import { Button } from '@mantine/core'
import { IconInbox } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { type Campaign, campaignQuery } from '../../api/campaigns.ts'
import { type Delivery, type DeliveryFilter, deliveriesQuery, exportAddress } from '../../api/deliveries.ts'
import { BackLink } from '../../components/back-link.tsx'
import { DownloadMenu } from '../../components/download-menu.tsx'
import { Empty } from '../../components/empty.tsx'
import { EndlessList } from '../../components/endless-list.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { deliveriesTexts } from '../../text/deliveries-texts.ts'
import { useLanguage, useTextOf } from '../../text/language.tsx'
import { AttemptsDrawer } from './attempts-drawer.tsx'
import { DeliveryFilters } from './delivery-filters.tsx'
import { DeliveryTable } from './delivery-table.tsx'

export function Deliveries() {
  const text = useTextOf(deliveriesTexts)
  const { id } = useParams({ from: '/signed-in/campaigns/$id/deliveries' })
  const filter = useSearch({ from: '/signed-in/campaigns/$id/deliveries' })
  const navigate = useNavigate({ from: '/campaigns/$id/deliveries' })
  const campaign = useQuery(campaignQuery(id))
  const areDeleted = campaign.data !== undefined && campaign.data.resultsDeletedAt !== null
  const list = useInfiniteQuery({
    ...deliveriesQuery(id, filter),
    enabled: !areDeleted && !campaign.isPending,
    placeholderData: keepPreviousData,
  })
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
      actions={!areDeleted && <ExportDeliveries campaignId={id} filter={filter} />}
    >
      {areDeleted ? (
        <Empty icon={<IconInbox size={40} aria-hidden />} title={text.deliveries.deletedTitle}>
          {text.deliveries.resultsDeleted}
        </Empty>
      ) : (
        <>
          <DeliveryFilters filter={filter} progress={campaign.data?.progress} />
          <EndlessList
            query={list}
            isFiltered={Object.keys(filter).length > 0}
            onClearFilter={() => void navigate({ search: {} })}
            icon={<IconInbox size={40} aria-hidden />}
            text={
              campaign.data && wasOver(campaign.data)
                ? { ...text.deliveries, empty: text.deliveries.emptyForGood }
                : text.deliveries
            }
          >
            {(deliveries) => <DeliveryTable deliveries={deliveries} onOpen={setOpened} />}
          </EndlessList>
        </>
      )}
      <AttemptsDrawer campaignId={id} delivery={opened} onClose={() => setOpened(null)} />
    </Page>
  )
}

/** Without results, and none will come. */
function wasOver({ closedAt }: Campaign): boolean {
  return closedAt !== null
}

/** A choice only for those who may have complete addresses. */
function ExportDeliveries({ campaignId, filter }: { campaignId: string; filter: DeliveryFilter }) {
  const { deliveries: text } = useTextOf(deliveriesTexts)
  const { language } = useLanguage()
  const masked = exportAddress(campaignId, language, filter)
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
        {
          label: text.exportFull,
          hint: text.exportHint,
          href: exportAddress(campaignId, language, filter, 'full'),
        },
      ]}
    />
  )
}
