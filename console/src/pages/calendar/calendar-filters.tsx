/** The filters that a calendar has of those of the list: words, state, author, tag, project. */
import { Group, NativeSelect } from '@mantine/core'
import { useState } from 'react'
import { CAMPAIGN_STATES } from '../../../../src/domain/campaign.ts'
import { FilterPopover } from '../../components/filter-popover.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { calendarTexts } from '../../text/calendar-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { ChoiceFields } from '../campaigns/campaign-filters.tsx'
import type { CalendarSearch } from './calendar-search.ts'

/** Drafts have no time. */
const STATES = CAMPAIGN_STATES.filter((state) => state !== 'draft')

interface Props {
  search: CalendarSearch
  put: (change: { [K in keyof CalendarSearch]?: string }) => void
}

export function CalendarFilters({ search, put }: Props) {
  const { campaigns: text, states } = useTextOf(calendarTexts)
  const [isOpen, setOpen] = useState(false)
  const { state, author, tag, project } = search
  const inUse = [state, author, tag, project].filter((value) => value !== undefined).length
  return (
    <Group component="search" gap="xs" wrap="nowrap" flex="1 1 16rem" maw="28rem">
      <SearchField
        label={text.search}
        value={search.search ?? ''}
        onSearch={(words) => put({ search: words })}
        maxLength={200}
      />
      <FilterPopover
        text={text}
        isOpen={isOpen}
        setOpen={setOpen}
        width={280}
        inUse={inUse}
        onClear={() => put({ state: '', author: '', tag: '', project: '' })}
      >
        <NativeSelect
          label={text.state}
          data={[
            { value: '', label: text.all },
            ...STATES.map((value) => ({ value, label: states.campaign[value] })),
          ]}
          value={state ?? ''}
          onChange={(event) => put({ state: event.currentTarget.value })}
        />
        <ChoiceFields search={search} put={put} isAsked={isOpen} />
      </FilterPopover>
    </Group>
  )
}
