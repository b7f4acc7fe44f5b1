/** All schedules: when each runs, and when next. */
import { Table } from '@mantine/core'
import { IconPlus, IconRepeat } from '@tabler/icons-react'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ScheduleRow, scheduleListQuery } from '../../api/schedules.ts'
import { Answer } from '../../components/answer.tsx'
import { Empty } from '../../components/empty.tsx'
import { ButtonLink, TextLink } from '../../components/links.tsx'
import { LoadMore } from '../../components/load-more.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { scheduleTexts } from '../../text/schedule-texts.ts'
import { ruleWords } from './rule-words.ts'
import classes from './schedules.module.css'

export function Schedules() {
  const { schedules: text } = useTextOf(scheduleTexts)
  const list = useInfiniteQuery(scheduleListQuery)
  const maySend = useMay('campaigns:send')
  const create = maySend && (
    <ButtonLink to="/schedules/new" leftSection={<IconPlus size={16} aria-hidden />}>
      {text.newButton}
    </ButtonLink>
  )
  return (
    <Page title={text.title} actions={create}>
      <Answer query={list}>
        {({ pages }) => {
          const rows = pages.flatMap(({ data }) => data)
          if (rows.length === 0) {
            return (
              <Empty icon={<IconRepeat size={40} aria-hidden />} title={text.emptyTitle} action={create}>
                {text.hint}
              </Empty>
            )
          }
          return (
            <>
              <Rows rows={rows} />
              <LoadMore pages={list} />
            </>
          )
        }}
      </Answer>
    </Page>
  )
}

function Rows({ rows }: { rows: ScheduleRow[] }) {
  const texts = useTextOf(scheduleTexts)
  const { schedules: text, format, shell } = texts
  return (
    <div className={classes.frame}>
      <Table aria-label={text.title} verticalSpacing="xs" horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{text.name}</Table.Th>
            <Table.Th visibleFrom="sm">{text.rule}</Table.Th>
            <Table.Th>{text.next}</Table.Th>
            <Table.Th>{text.state}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map(({ id, name, rule, timezone, nextAt, state }) => (
            <Table.Tr key={id} data-over={state === 'ended' || undefined}>
              <Table.Td className={classes.name}>
                <TextLink to="/schedules/$id" params={{ id }} dir="auto">
                  {name}
                </TextLink>
              </Table.Td>
              <Table.Td visibleFrom="sm">{ruleWords(rule, texts)}</Table.Td>
              <Table.Td className="figure">
                {nextAt === null ? shell.none : format.inZone(nextAt, timezone)}
              </Table.Td>
              <Table.Td>{text.states[state]}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  )
}
