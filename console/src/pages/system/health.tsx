/** The current issues, one sentence each. */
import { Alert, List } from '@mantine/core'
import { IconAlertTriangle, IconCircleCheck, IconClockExclamation } from '@tabler/icons-react'
import type { SystemReply } from '../../../../src/api/system/system-schemas.ts'
import { useNow } from '../../components/use-now.ts'
import { useTextOf } from '../../text/language.tsx'
import { systemTexts } from '../../text/system-texts.ts'
import { type Trouble, troublesOf } from './troubles.ts'

/** Figures that are older than this say nothing about now. */
const OLD_MS = 15_000

interface Props {
  system: SystemReply
  /** When this browser got them. */
  readAt: number
}

/** "All well" needs fresh figures: of old ones the last state is not shown as the present one. */
export function Health({ system, readAt }: Props) {
  const { system: text, format } = useTextOf(systemTexts)
  const sentenceOf = useSentence(system.rateLimits.length > 1)
  const troubles = troublesOf(system)
  const isOld = useNow(1_000).getTime() - readAt > OLD_MS
  // One permanent region, so that a screen reader announces changes only.
  return (
    <section role="status" aria-label={text.health}>
      {isOld ? (
        <Alert
          color="yellow"
          variant="outline"
          icon={<IconClockExclamation aria-hidden />}
          title={text.unknownSince(format.clock(new Date(readAt)))}
        />
      ) : troubles.length === 0 ? (
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
              <List.Item key={Object.values(trouble).join()}>{sentenceOf(trouble)}</List.Item>
            ))}
          </List>
        </Alert>
      )}
    </section>
  )
}

/** Of several projects, the sentence says which one it is about. */
function useSentence(hasProjects: boolean): (trouble: Trouble) => string {
  const { system, format } = useTextOf(systemTexts)
  const { issues: text, ofProject } = system
  const about = (project: string, sentence: string) => (hasProjects ? ofProject(project, sentence) : sentence)
  return (trouble) => {
    switch (trouble.kind) {
      case 'blocked':
        return about(trouble.project, text.blocked(format.clock(trouble.until)))
      case 'slowed':
        return about(trouble.project, text.slowed(format.percent(trouble.share, 1)))
      case 'breaker':
        return about(trouble.project, text.breaker(trouble.process))
      case 'overdue':
        return text.overdue(format.duration(trouble.seconds))
      case 'memory':
      case 'lost':
        return text[trouble.kind](trouble.process)
      default:
        return text[trouble.kind]
    }
  }
}
