/** The button beside a search that opens the filters and says how many are in use. */
import { Button, Popover, Stack } from '@mantine/core'
import { IconFilter } from '@tabler/icons-react'
import type { ReactNode } from 'react'

interface Props {
  text: { filters: string; clear: string }
  isOpen: boolean
  setOpen: (isOpen: boolean) => void
  width: number
  inUse: number
  onClear: () => void
  children: ReactNode
}

export function FilterPopover({ text, isOpen, setOpen, width, inUse, onClear, children }: Props) {
  return (
    <Popover opened={isOpen} onChange={setOpen} position="bottom-end" trapFocus returnFocus width={width}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilter size={16} aria-hidden />}
          onClick={() => setOpen(!isOpen)}
          flex="none"
        >
          {inUse === 0 ? text.filters : `${text.filters} (${inUse})`}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={text.filters}>
        <Stack gap="sm">
          {children}
          {inUse > 0 && (
            <Button variant="default" onClick={onClear}>
              {text.clear}
            </Button>
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  )
}
