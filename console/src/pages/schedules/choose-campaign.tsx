/** Which campaign is to recur: its message, audience and settings are taken from it. */
import { Group, Stack, Text } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { campaignListQuery } from '../../api/campaigns.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { Answer } from '../../components/answer.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import classes from './schedules.module.css'

const SHOWN = 20

export function ChooseCampaign() {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, campaigns: said } = texts
  const [search, setSearch] = useState('')
  const list = useInfiniteQuery(campaignListQuery(search === '' ? {} : { search }))
  return (
    <Stack gap="sm" maw="40rem">
      <Text c="dimmed">{text.choose}</Text>
      <Group gap="xs">
        <SearchField label={said.search} value={search} onSearch={setSearch} maxLength={200} />
        <ButtonLink to="/campaigns/new" variant="default">
          {said.create}
        </ButtonLink>
      </Group>
      <Answer query={list}>
        {({ pages }) => {
          // Half a draft has nothing to send.
          const whole = pages
            .flatMap(({ data }) => data)
            .filter(({ message, audienceSummary }) => message !== null && audienceSummary !== null)
            .slice(0, SHOWN)
          return whole.length === 0 ? (
            <Group gap="xs" c="dimmed" role="status">
              <IconSearch size={16} aria-hidden />
              {text.chooseNone}
            </Group>
          ) : (
            <ul className={classes.runs} aria-label={text.choose}>
              {whole.map((campaign) => (
                <li key={campaign.id} className={`${classes.run} ${classes.choice}`}>
                  <Link
                    to="/schedules/new"
                    search={{ from: campaign.id }}
                    className={classes.choiceLink}
                    dir="auto"
                  >
                    {nameOfCampaign(campaign, texts)}
                  </Link>
                  <StateBadge campaign={campaign} />
                </li>
              ))}
            </ul>
          )
        }}
      </Answer>
    </Stack>
  )
}
