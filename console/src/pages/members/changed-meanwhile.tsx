/** What is stored now, shown to someone whose change was not saved because somebody else was faster. */
import { Alert, Code, Text } from '@mantine/core'
import { IconUsers } from '@tabler/icons-react'
import type { MemberDetail } from '../../api/members.ts'
import { useTextOf } from '../../text/language.tsx'
import { membersTexts } from '../../text/members-texts.ts'
import { ConsentSentence } from './member-facts.tsx'

export function ChangedMeanwhile({ current, hint }: { current: MemberDetail; hint: string }) {
  const { memberChange: text, format } = useTextOf(membersTexts)
  const { locale, timezone, attributes, editedAt, editedByName } = current
  const stored = { locale, timezone, attributes }
  return (
    <Alert
      role="alert"
      color="yellow"
      variant="outline"
      icon={<IconUsers aria-hidden />}
      title={text.changedTitle}
    >
      <Text size="sm">{hint}</Text>
      <Text size="sm" mt="xs">
        <ConsentSentence member={current} />
        {editedAt !== null && (
          <>
            <br />
            {text.edited}: {text.editedBy(format.dateTime(editedAt), editedByName)}
          </>
        )}
      </Text>
      <Code block mt="xs" tabIndex={0} mah="12rem" style={{ overflow: 'auto' }}>
        {JSON.stringify(stored, null, 2)}
      </Code>
    </Alert>
  )
}
