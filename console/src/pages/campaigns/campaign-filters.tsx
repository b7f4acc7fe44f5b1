/** Search and filters. All of them are in the address. */
import { Group, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { ARCHIVED, type CampaignSort } from '../../../../src/domain/campaign-list.ts'
import { campaignChoicesQuery } from '../../api/campaign-list.ts'
import { FilterPopover } from '../../components/filter-popover.tsx'
import { SearchField } from '../../components/search-field.tsx'
import { useText } from '../../text/language.tsx'
import { type ListSearch, withChange } from './list-search.ts'

export function CampaignFilters({ search }: { search: ListSearch }) {
  const { campaigns: text } = useText()
  const navigate = useNavigate({ from: '/campaigns' })
  const [isOpen, setOpen] = useState(false)
  const put = (change: Parameters<typeof withChange>[1]) =>
    void navigate({ search: withChange(search, change), replace: true })

  const { author, tag, project, from, to, archived } = search
  const inUse = [author, tag, project, from, to, archived].filter((value) => value !== undefined).length
  return (
    <Group component="search" gap="xs" wrap="nowrap">
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
        width={300}
        inUse={inUse}
        onClear={() => put({ author: '', tag: '', project: '', from: '', to: '', archived: '' })}
      >
        <Group grow gap="xs">
          <TextInput
            type="date"
            label={text.from}
            value={from ?? ''}
            {...(to !== undefined && { max: to })}
            onChange={(event) => put({ from: event.currentTarget.value })}
          />
          <TextInput
            type="date"
            label={text.to}
            value={to ?? ''}
            {...(from !== undefined && { min: from })}
            onChange={(event) => put({ to: event.currentTarget.value })}
          />
        </Group>
        <ChoiceFields search={search} put={put} isAsked={isOpen} />
        <NativeSelect
          label={text.archived}
          data={ARCHIVED.map((value) => ({ value, label: text.archivedIs[value] }))}
          value={archived ?? 'false'}
          onChange={({ currentTarget: { value } }) => put({ archived: value === 'false' ? '' : value })}
        />
        {/* A narrow screen has no heads of columns to press. */}
        <NativeSelect
          hiddenFrom="sm"
          label={text.sortBy}
          data={SORTS.map((value) => ({
            value,
            label: value === 'newest' ? text.newestFirst : text.columns[value],
          }))}
          value={search.sort ?? 'newest'}
          onChange={({ currentTarget: { value } }) => put({ sort: value === 'newest' ? '' : value })}
        />
      </FilterPopover>
    </Group>
  )
}

interface ChoiceProps {
  search: Pick<ListSearch, 'author' | 'tag' | 'project'>
  put: (change: { author?: string; tag?: string; project?: string }) => void
  /** Read only when they are looked at. */
  isAsked: boolean
}

/** What a list can be filtered by that the server knows: authors, tags and projects. */
export function ChoiceFields({ search: { author, tag, project }, put, isAsked }: ChoiceProps) {
  const { campaigns: text } = useText()
  const choices = useQuery({ ...campaignChoicesQuery, enabled: isAsked })
  // One that is chosen stays a choice while the others are being read, or if it is none any more.
  const authors = withChosen(choices.data?.authors ?? [], author)
  const tags = withChosen(
    (choices.data?.tags ?? []).map((name) => ({ id: name, name })),
    tag,
  )
  const projects = withChosen(
    (choices.data?.projects ?? []).map(({ id, name }) => ({ id: String(id), name })),
    project,
  )
  return (
    <>
      <NativeSelect
        label={text.author}
        data={[{ value: '', label: text.anyAuthor }, ...authors]}
        value={author ?? ''}
        onChange={(event) => put({ author: event.currentTarget.value })}
      />
      <NativeSelect
        label={text.tag}
        data={[{ value: '', label: text.anyTag }, ...tags]}
        value={tag ?? ''}
        onChange={(event) => put({ tag: event.currentTarget.value })}
      />
      {projects.length > 1 && (
        <NativeSelect
          label={text.project}
          data={[{ value: '', label: text.anyProject }, ...projects]}
          value={project ?? ''}
          onChange={(event) => put({ project: event.currentTarget.value })}
        />
      )}
    </>
  )
}

const SORTS = [
  'newest',
  'time',
  'name',
  'audience',
  'sent',
  'failed',
] as const satisfies readonly CampaignSort[]

function withChosen(choices: { id: string; name: string }[], chosen: string | undefined) {
  const options = choices.map(({ id, name }) => ({ value: id, label: name }))
  if (chosen === undefined || options.some(({ value }) => value === chosen)) return options
  return [{ value: chosen, label: chosen }, ...options]
}
