/** The keyboard shortcuts. */
import { Kbd, Modal, Table } from '@mantine/core'
import { useTextOf } from '../text/language.tsx'
import { paletteTexts } from '../text/palette-texts.ts'
import { useFocusReturn } from './use-focus-return.ts'

export function ShortcutHelp({ onClose }: { onClose: () => void }) {
  const { palette: text, shell } = useTextOf(paletteTexts)
  useFocusReturn()
  return (
    <Modal opened onClose={onClose} title={text.shortcuts} closeButtonProps={{ 'aria-label': shell.close }}>
      <Table withRowBorders={false} verticalSpacing="xs">
        <Table.Tbody>
          {text.keys.map(({ keys, does }) => (
            <Table.Tr key={does}>
              <Table.Td>{does}</Table.Td>
              <Table.Td ta="end">
                <Kbd>{keys}</Kbd>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
