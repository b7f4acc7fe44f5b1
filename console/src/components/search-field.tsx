/** A search that is stored in the address, updated when typing pauses. */
import { CloseButton, TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { useText } from '../text/language.tsx'

const TYPED_AFTER_MS = 300

interface Props {
  label: string
  /** From the address. */
  value: string
  onSearch: (search: string) => void
  maxLength: number
}

export function SearchField({ label, value, onSearch, maxLength }: Props) {
  const { shell } = useText()
  const [typed, setTyped] = useState(value)
  // Back, forward and "clear" change it from outside.
  // The field's own change does not: it would remove a space that was just typed.
  useEffect(() => setTyped((now) => (now.trim() === value ? now : value)), [value])
  const { history } = useRouter()
  const put = useDebouncedCallback((search: string, page: string) => {
    // If a link was clicked meanwhile, the user is on the way to another page and must not be pulled back.
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
