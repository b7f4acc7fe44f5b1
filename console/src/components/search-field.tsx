/** A search whose words are in the address: they are put there when typing pauses. */
import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useText } from '../text/language.tsx'

const TYPED_AFTER_MS = 300

interface Props {
  label: string
  /** As the address has it. */
  value: string
  onSearch: (search: string) => void
  maxLength: number
}

export function SearchField({ label, value, onSearch, maxLength }: Props) {
  const { shell } = useText()
  const [typed, setTyped] = useState(value)
  // Back, forward, and a search taken away change it from outside.
  // What comes of typing does not: a space that was typed last would be gone.
  useEffect(() => setTyped((now) => (now.trim() === value ? now : value)), [value])
  const { history } = useRouter()
  const put = useDebouncedCallback((search: string, page: string) => {
    // Whoever has pressed a link meanwhile is on their way, however long that page takes, and is not called back.
    if (history.location.pathname === page) onSearch(search.trim())
  }, TYPED_AFTER_MS)
  const type = (search: string) => {
    setTyped(search)
    put(search, history.location.pathname)
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed === '' ? null : <CloseButton size="sm" aria-label={shell.clear} onClick={() => type('')} />
      }
      value={typed}
      onChange={(event) => type(event.currentTarget.value)}
      flex="1 1 14rem"
      maxLength={maxLength}
    />
  )
}
