/** A dialog in which something is written: a press beside it does not close it, nor does Escape once there is something to lose. */
import { Modal } from '@mantine/core'
import type { ReactNode } from 'react'
import { useText } from '../text/language.tsx'

interface Props {
  title: string
  size: string
  isTyped: boolean
  onClose: () => void
  children: ReactNode
}

export function WritingDialog({ title, size, isTyped, onClose, children }: Props) {
  const { shell } = useText()
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      size={size}
      closeOnClickOutside={false}
      // Escape also ends what a keyboard is composing, as Korean ones do.
      closeOnEscape={!isTyped}
      closeButtonProps={{ 'aria-label': shell.close }}
    >
      {children}
    </Modal>
  )
}
