/** The current issues, one sentence each. */
import { Alert, List } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import { type Trouble, troublesOf } from './troubles.ts'

export function Health({ system }: { system: SystemReply }) {
  const { system: text } = useTextOf(systemTexts)
  const sentenceOf = useSentence()
  const troubles = troublesOf(system)
  // One permanent region, so that a screen reader announces changes only.
  return (
    <section role="status" aria-label={text.health}>
      {troubles.length === 0 ? (
        <Alert color="teal" variant="outline" icon={<IconCircleCheck aria-hidden />} title={text.healthy} />
      ) : (
        <Alert
          color="yellow"
          variant="outline"
          icon={<IconAlertTriangle aria-hidden />}
          title={text.issueCount(troubles.length)}
        >
          <List size="sm" spacing={4}>
            {troubles.map((trouble) => (
              <List.Item key={`${trouble.kind}${'process' in trouble ? trouble.process : ''}`}>
                {sentenceOf(trouble)}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
    </section>
  )
}

function useSentence(): (trouble: Trouble) => string {
  const { system, format } = useTextOf(systemTexts)
  const { issues: text } = system
  return (trouble) => {
    switch (trouble.kind) {
      case 'blocked':
        return text.blocked(format.clock(trouble.until))
      case 'slowed':
        return text.slowed(format.percent(trouble.share, 1))
      case 'overdue':
        return text.overdue(format.duration(trouble.seconds))
      case 'breaker':
      case 'memory':
      case 'lost':
        return text[trouble.kind](trouble.process)
      default:
        return text[trouble.kind]
    }
  }
}
