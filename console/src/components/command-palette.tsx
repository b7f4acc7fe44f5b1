/** Ctrl-K: goes to a page or a campaign, or does something, without the mouse. Loaded when it is asked for. */
import { Combobox, Kbd, Modal, Text, TextInput, useCombobox } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconKeyboard, IconPlus, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useEffect, useState } from 'react'
import type { Campaign, PageOf } from '../api/campaigns.ts'
import { get } from '../api/client.ts'
import { keys } from '../api/query-keys.ts'
import { nameOfCampaign } from '../campaign-name.ts'
import { useText, useTextOf } from '../text/language.tsx'
import { paletteTexts } from '../text/palette-texts.ts'
import classes from './command-palette.module.css'
import { useLinks } from './nav-links.tsx'
import { StateBadge } from './state-badge.tsx'
import { useFocusReturn } from './use-focus-return.ts'
import { useMay } from './use-session.ts'

const TYPED_AFTER_MS = 200
const MOST_CAMPAIGNS = 8

interface Command {
  id: string
  label: string
  icon: ReactNode
  hint?: string
  run: () => void
}

export function CommandPalette({ onClose, onHelp }: { onClose: () => void; onHelp: () => void }) {
  const { palette: text } = useTextOf(paletteTexts)
  const [typed, setTyped] = useState('')
  const store = useCombobox()
  const commands = useCommands(onHelp).filter(({ label }) => hasWords(label, typed))
  const { campaigns, isSearching } = useFound(typed)
  const navigate = useNavigate()
  useFocusReturn()

  const ids = [...commands.map(({ id }) => id), ...campaigns.map(({ id }) => id)].join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: Enter takes the first of what is listed now.
  useEffect(() => void store.selectFirstOption(), [ids])

  const run = (id: string) => {
    onClose()
    const command = commands.find((one) => one.id === id)
    if (command !== undefined) command.run()
    else void navigate({ to: '/campaigns/$id', params: { id } })
  }

  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      padding={0}
      size="lg"
      yOffset="12dvh"
      aria-label={text.title}
      transitionProps={{ duration: 0 }}
    >
      <Combobox store={store} onOptionSubmit={run}>
        <Combobox.EventsTarget>
          <TextInput
            data-autofocus
            variant="unstyled"
            classNames={{ input: classes.input }}
            leftSection={<IconSearch size={18} aria-hidden />}
            aria-label={text.field}
            placeholder={text.field}
            maxLength={200}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </Combobox.EventsTarget>
        <Combobox.Options className={classes.options}>
          {commands.length > 0 && (
            <Combobox.Group label={text.commands}>
              {commands.map(({ id, label, icon, hint }) => (
                <Combobox.Option key={id} value={id} className={classes.option}>
                  {icon}
                  <span className={classes.name}>{label}</span>
                  {hint !== undefined && <Kbd size="xs">{hint}</Kbd>}
                </Combobox.Option>
              ))}
            </Combobox.Group>
          )}
          {campaigns.length > 0 && (
            <Combobox.Group label={text.campaigns}>
              {campaigns.map((campaign) => (
                <CampaignOption key={campaign.id} campaign={campaign} />
              ))}
            </Combobox.Group>
          )}
          {commands.length === 0 && campaigns.length === 0 && (
            <Combobox.Empty>{isSearching ? text.searching : text.nothing}</Combobox.Empty>
          )}
        </Combobox.Options>
      </Combobox>
    </Modal>
  )
}

function CampaignOption({ campaign }: { campaign: Campaign }) {
  const text = useText()
  return (
    <Combobox.Option value={campaign.id} className={classes.option}>
      <Text span size="sm" className={classes.name} dir="auto">
        {nameOfCampaign(campaign, text)}
      </Text>
      <StateBadge campaign={campaign} />
    </Combobox.Option>
  )
}

function useCommands(onHelp: () => void): Command[] {
  const { shell, campaigns, palette } = useTextOf(paletteTexts)
  const navigate = useNavigate()
  const mayWrite = useMay('campaigns:write')
  const pages = useLinks().map(({ to, label, icon: Icon }) => ({
    id: to,
    label: shell[label],
    icon: <Icon size={16} aria-hidden />,
    run: () => void navigate({ to }),
  }))
  const create = {
    id: 'new',
    label: campaigns.create,
    icon: <IconPlus size={16} aria-hidden />,
    hint: 'C',
    run: () => void navigate({ to: '/campaigns/new' }),
  }
  const help = {
    id: 'help',
    label: palette.shortcuts,
    icon: <IconKeyboard size={16} aria-hidden />,
    hint: '?',
    run: onHelp,
  }
  return [...(mayWrite ? [create] : []), ...pages, help]
}

/** Campaigns by words of their name, when typing pauses; the last ones stay until the next are there. */
function useFound(typed: string): { campaigns: Campaign[]; isSearching: boolean } {
  const [search] = useDebouncedValue(typed.trim(), TYPED_AFTER_MS)
  const found = useQuery({
    queryKey: keys.found(search),
    queryFn: ({ signal }) =>
      get<PageOf<Campaign>>(
        '/v1/campaigns',
        { search, limit: MOST_CAMPAIGNS, archived: search === '' ? undefined : 'any' },
        signal,
      ),
    placeholderData: keepPreviousData,
  })
  return { campaigns: found.data?.data ?? [], isSearching: found.isFetching }
}

/** As the search of campaigns: all words, in any order. */
function hasWords(label: string, typed: string): boolean {
  const words = typed.toLowerCase().split(/\s+/)
  return words.every((word) => label.toLowerCase().includes(word))
}
