/** Texts like {{name}}, which nobody fills in: nothing is saved before they are gone or meant so. */
import { Alert, Checkbox, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { FieldsProps } from './message-step.tsx'
import classes from './platform-fields.module.css'

export function PlaceholderWarning({ message, change, errorOf }: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  const warning = errorOf('placeholders')
  // Confirmed ones can be taken back.
  if (warning === false && !message.isLiteral) return null
  return (
    <Alert
      role="status"
      color="yellow"
      variant="outline"
      icon={<IconAlertTriangle aria-hidden />}
      title={text.placeholdersTitle}
    >
      {warning !== false && (
        <Text size="sm" mb="sm" className={classes.words ?? ''}>
          {warning}
        </Text>
      )}
      <Checkbox
        label={text.placeholdersMeant}
        checked={message.isLiteral}
        onChange={(event) => change({ isLiteral: event.currentTarget.checked })}
      />
    </Alert>
  )
}
