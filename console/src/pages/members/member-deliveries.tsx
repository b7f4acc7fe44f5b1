/** The deliveries to a member, newest campaign first. */
import { Text } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type MemberDelivery, memberDeliveriesQuery } from '../../api/members.ts'
import { Answer } from '../../components/answer.tsx'
import { TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Panel } from '../../components/panel.tsx'
import { Swatch } from '../../components/progress-bar.tsx'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import classes from './member.module.css'

export function MemberDeliveries({ externalId }: { externalId: string }) {
  const { members: text } = useTextOf(membersTexts)
  const list = useInfiniteQuery(memberDeliveriesQuery(externalId))
  return (
    <Panel title={text.deliveries}>
      <Answer query={list}>
        {({ pages }) => {
          const deliveries = pages.flatMap(({ data }) => data)
          // A page is empty when many campaigns were looked at that did not go to the member.
          if (deliveries.length === 0 && !list.hasNextPage) return <Text size="sm">{text.noDeliveries}</Text>
          return (
            <>
              <ul className={classes.list}>
                {deliveries.map((delivery) => (
                  <Row key={`${delivery.campaignId} ${delivery.deviceId}`} delivery={delivery} />
                ))}
              </ul>
              <LoadMore pages={list} />
            </>
          )
        }}
      </Answer>
    </Panel>
  )
}

function Row({ delivery }: { delivery: MemberDelivery }) {
  const { members: text, states, format, codes } = useTextOf(membersTexts)
  const { campaignId, campaignName, resendOf, platform, address, state, code, sentAt } = delivery
  return (
    <li className={classes.delivery}>
      <div className={classes.name}>
        <TextLink to="/campaigns/$id" params={{ id: campaignId }} dir="auto">
          {campaignName}
        </TextLink>
        <Text size="xs" c="dimmed">
          {states.platform[platform]} …{address}
          {resendOf !== null && ` · ${text.resent}`}
        </Text>
      </div>
      <div>
        <Text size="sm" component="div" className={classes.result}>
          <Swatch part={state} />
          {states.delivery[state]}
        </Text>
        {state !== 'sent' && (
          <Text size="sm" c="dimmed">
            {codes[code].meaning}
          </Text>
        )}
      </div>
      <Text size="sm" c="dimmed" component="time" dateTime={sentAt}>
        {format.dateTime(sentAt)}
      </Text>
    </li>
  )
}
