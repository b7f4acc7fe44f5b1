// biome-ignore-all lint/a11y/useSemanticElements: a table element that is laid out as a grid has no roles any more.
// biome-ignore-all lint/a11y/useFocusableInteractive: the links, boxes and buttons of a row have the focus.
/**
 * The rows, with heads to sort by. Arrow keys move from row to row, Space opens the peek panel, X selects. Made of blocks
 * with the roles of a table: a narrow screen shows each row as a card, and rows out of sight are not laid out.
 */
import { Checkbox } from '@mantine/core'
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react'
import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, useCallback, useRef } from 'react'
import type { CampaignSort } from '../../../../src/domain/campaign-list.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { useNow } from '../../components/use-now.ts'
import { useText } from '../../text/language.tsx'
import { CampaignRow } from './campaign-row.tsx'
import classes from './campaign-table.module.css'
import { type ListSearch, withChange } from './list-search.ts'
import { allOf, NOTHING, type Selection, toggled } from './selection.ts'

interface Props {
  campaigns: Campaign[]
  search: ListSearch
  selection: Selection
  onSelect: (change: (selection: Selection) => Selection) => void
  peeked: string | null
  onPeek: (id: string | null) => void
}

const COLUMNS = ['name', 'state', 'audience', 'sent', 'failed', 'share', 'time', 'author'] as const
const SORTED_BY: Partial<Record<(typeof COLUMNS)[number], 'name' | 'audience' | 'sent' | 'failed' | 'time'>> =
  {
    name: 'name',
    audience: 'audience',
    sent: 'sent',
    failed: 'failed',
    time: 'time',
  }
const FIGURES: readonly string[] = ['audience', 'sent', 'failed', 'share']

export function CampaignTable({ campaigns, search, selection, onSelect, peeked, onPeek }: Props) {
  const { campaigns: text } = useText()
  const now = useNow(30_000)
  const table = useRef<HTMLDivElement>(null)
  const ids = campaigns.map(({ id }) => id)
  // Rows are memoized: they must not be given a new function with each answer.
  const latest = useRef({ ids, onSelect, onPeek })
  latest.current = { ids, onSelect, onPeek }
  const toggle = useCallback((id: string, isRange: boolean) => {
    const { ids: rows, onSelect: select } = latest.current
    select((before) => toggled(before, id, rows, isRange))
  }, [])
  const peek = useCallback((id: string) => latest.current.onPeek(id), [])

  const press = (event: KeyboardEvent<HTMLDivElement>) => {
    const at = ids.indexOf((event.target as HTMLElement).dataset.campaign ?? '')
    const id = ids[at]
    if (id === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    const next = event.key === 'ArrowDown' ? ids[at + 1] : event.key === 'ArrowUp' ? ids[at - 1] : undefined
    if (next !== undefined) {
      table.current?.querySelector<HTMLElement>(`[data-campaign="${next}"]`)?.focus()
      if (peeked !== null) onPeek(next)
    } else if (event.key === ' ') onPeek(id)
    else if (event.code === 'KeyX') toggle(id, event.shiftKey)
    else return
    event.preventDefault()
  }

  const isAll = ids.length > 0 && ids.every((id) => selection.ids.has(id))
  return (
    <div role="table" aria-label={text.title} className={classes.table} ref={table} onKeyDown={press}>
      <div role="rowgroup" className={classes.head}>
        <div role="row" className={classes.grid}>
          <div role="columnheader">
            <Checkbox
              size="xs"
              aria-label={text.selectAll}
              checked={isAll}
              indeterminate={!isAll && selection.ids.size > 0}
              onChange={() => onSelect(() => (isAll ? NOTHING : allOf(ids)))}
            />
          </div>
          {COLUMNS.map((column) => (
            <ColumnHead key={column} column={column} search={search} />
          ))}
          <div role="columnheader" aria-label={text.columns.peek} />
        </div>
      </div>
      <div role="rowgroup">
        {campaigns.map((campaign) => (
          <CampaignRow
            key={campaign.id}
            campaign={campaign}
            now={now}
            isSelected={selection.ids.has(campaign.id)}
            isPeeked={campaign.id === peeked}
            onToggle={toggle}
            onPeek={peek}
          />
        ))}
      </div>
    </div>
  )
}

function ColumnHead({ column, search }: { column: (typeof COLUMNS)[number]; search: ListSearch }) {
  const { campaigns: text } = useText()
  const navigate = useNavigate({ from: '/campaigns' })
  const sort = SORTED_BY[column]
  const className = FIGURES.includes(column) ? classes.figure : undefined
  if (sort === undefined) {
    return (
      <div role="columnheader" className={className} data-column={column}>
        {text.columns[column]}
      </div>
    )
  }
  const isOn = search.sort === sort || search.sort === `-${sort}`
  const isTurned = search.sort === `-${sort}`
  // Names from A, everything else with the most or the latest first.
  const isUp = (sort === 'name') !== isTurned
  // Pressed a third time it is the newest first again.
  const next: CampaignSort | '' = !isOn ? sort : isTurned ? '' : `-${sort}`
  const Arrow = isUp ? IconArrowUp : IconArrowDown
  return (
    <div
      role="columnheader"
      className={className}
      data-column={column}
      aria-sort={isOn ? (isUp ? 'ascending' : 'descending') : 'none'}
    >
      <button
        type="button"
        className={classes.sort}
        onClick={() => void navigate({ search: withChange(search, { sort: next }), replace: true })}
      >
        {text.columns[column]}
        {isOn && <Arrow size={14} aria-hidden />}
      </button>
    </div>
  )
}
