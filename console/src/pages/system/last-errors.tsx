/** The last errors logged by any process. */
import { Code, Text } from '@mantine/core'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { TextLink } from '../../components/links.tsx'
import { Panel } from '../../components/panel.tsx'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import classes from './system.module.css'

export function LastErrors({ system: { errors } }: { system: SystemReply }) {
  const { system: text, format } = useTextOf(systemTexts)
  return (
    <Panel title={text.errors}>
      {errors.length === 0 && <Text size="sm">{text.noErrors}</Text>}
      <ul className={classes.list}>
        {errors.map(({ at, process, message, code, campaignId }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a process may log the same error twice at once.
          <li key={`${at} ${process} ${index}`} className={classes.error}>
            <Text size="sm">
              {/* As it stands in the log, which is English. */}
              <span lang="en">{message}</span> {code !== null && <Code>{code}</Code>}
            </Text>
            <Text size="xs" c="dimmed">
              {format.exactTime(at)} · {process}
              {campaignId !== null && (
                <>
                  {' · '}
                  <TextLink to="/campaigns/$id" params={{ id: campaignId }} size="xs">
                    {text.campaign}
                  </TextLink>
                </>
              )}
            </Text>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
