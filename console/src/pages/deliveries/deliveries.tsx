/** Each device of a campaign with its result, found by result, reason, member or token; the filter is in the address. */
import { Button, Stack, Text } from '@mantine/core'
import { IconFilterOff, IconInbox } from '@tabler/icons-react'
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { campaignQuery } from '../../api/campaigns.ts'
import { type Delivery, deliveriesQuery, exportAddress } from '../../api/deliveries.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Page } from '../../components/page.tsx'
import { useText } from '../../text/language.tsx'
import { AttemptsDrawer } from './attempts-drawer.tsx'
import { DeliveryFilters } from './delivery-filters.tsx'
import { DeliveryTable } from './delivery-table.tsx'

export function Deliveries() {
  const text = useText()
  const { id } = useParams({ from: '/signed-in/campaigns/$id/deliveries' })
  const filter = useSearch({ from: '/signed-in/campaigns/$id/deliveries' })
  const campaign = useQuery(campaignQuery(id))
  const list = useInfiniteQuery({ ...deliveriesQuery(id, filter), placeholderData: keepPreviousData })
  const [opened, setOpened] = useState<Delivery | null>(null)
  const name = campaign.data?.name

  return (
    <Page
      title={text.deliveries.title}
      {...(name !== undefined && { tabTitle: text.deliveries.titleOf(name) })}
      above={
        <TextLink to="/campaigns/$id" params={{ id }} size="sm" mb="xs" display="inline-block" dir="auto">
          ← {name ?? text.campaign.back}
        </TextLink>
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
      <Answer query={list}>
        {({ pages }) => {
          const deliveries = pages.flatMap(({ data }) => data)
          if (deliveries.length === 0) return <NoDeliveries isFiltered={Object.keys(filter).length > 0} />
          return (
            <Stack gap="md" aria-busy={list.isPlaceholderData}>
              <DeliveryTable deliveries={deliveries} onOpen={setOpened} />
              {list.hasNextPage ? (
                <LoadMore pages={list} />
              ) : (
                <Text c="dimmed" size="sm" ta="center">
                  {text.deliveries.end(deliveries.length)}
                </Text>
              )}
            </Stack>
          )
        }}
      </Answer>
      <AttemptsDrawer campaignId={id} delivery={opened} onClose={() => setOpened(null)} />
    </Page>
  )
}

function NoDeliveries({ isFiltered }: { isFiltered: boolean }) {
  const { deliveries: text } = useText()
  const navigate = useNavigate({ from: '/campaigns/$id/deliveries' })
  if (!isFiltered) {
    return (
      <Empty icon={<IconInbox size={40} aria-hidden />} title={text.emptyTitle}>
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
          {text.clear}
        </Button>
      }
    >
      {text.noMatch}
    </Empty>
  )
}
