/** The first page: what runs, what is next, how it went, and what needs a person. All of one moment. */
import { Text } from '@mantine/core'
import { IconPlus, IconSend } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { lazy, Suspense } from 'react'
import { overviewQuery, type Overview as Read } from '../../api/overview.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useText } from '../../text/language.tsx'
import { AttentionList } from './attention-list.tsx'
import { DayBars } from './day-bars.tsx'
import { DayFigures } from './day-figures.tsx'
import { NextList } from './next-list.tsx'
import classes from './overview.module.css'
import { RunningList } from './running-list.tsx'

const NoPages = lazy(async () => ({ default: (await import('../../components/no-pages.tsx')).NoPages }))

export function Overview() {
  const { overview: text } = useText()
  if (useMay('campaigns:read')) return <Campaigns />
  return (
    <Page title={text.title}>
      <Suspense>
        <NoPages />
      </Suspense>
    </Page>
  )
}

function Campaigns() {
  const text = useText()
  const query = useQuery(overviewQuery)
  const mayWrite = useMay('campaigns:write')
  const create = mayWrite && (
    <ButtonLink to="/campaigns/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {text.campaigns.create}
    </ButtonLink>
  )
  const asOf = query.data !== undefined && (
    <Text size="xs" c="dimmed" className="figure" title={text.format.exactTime(query.data.asOf)}>
      {text.overview.asOf(text.format.clock(query.data.asOf))}
    </Text>
  )
  return (
    <Page title={text.overview.title} aside={asOf} actions={create}>
      <Answer query={query}>
        {(overview) =>
          isEmpty(overview) ? (
            <Empty icon={<IconSend size={40} aria-hidden />} title={text.overview.emptyTitle} action={create}>
              {text.overview.empty}
            </Empty>
          ) : (
            <Parts overview={overview} />
          )
        }
      </Answer>
    </Page>
  )
}

function Parts({ overview }: { overview: Read }) {
  const { overview: text } = useText()
  const today = overview.days.at(-1)
  return (
    <>
      {overview.attention.length > 0 && <AttentionList attention={overview.attention} />}
      <div className={classes.columns}>
        <RunningList campaigns={overview.running} />
        <NextList campaigns={overview.next} runs={overview.nextRuns} />
      </div>
      <div className={classes.columns} data-wide-last>
        <div>
          {today !== undefined && <DayFigures title={text.today} figures={today} />}
          <DayFigures title={text.yesterday} figures={overview.yesterday} />
        </div>
        <DayBars days={overview.days} />
      </div>
    </>
  )
}

function isEmpty({ running, next, nextRuns, attention, days }: Read): boolean {
  return (
    running.length === 0 &&
    next.length === 0 &&
    nextRuns.length === 0 &&
    attention.length === 0 &&
    days.every(({ campaigns, sent, failed }) => campaigns === 0 && sent === 0 && failed === 0)
  )
}
