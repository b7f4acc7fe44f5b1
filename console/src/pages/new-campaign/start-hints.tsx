/** What stands against the time that is chosen, with another that can be taken. Said by the server, who knows the other campaigns. */
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { Audience } from '../../../../src/domain/campaign.ts'
import type { LocalTime } from '../../../../src/domain/local-time.ts'
import type { CampaignKind } from '../../../../src/domain/send-rules.ts'
import { type Judged, startPreviewQuery } from '../../api/calendar.ts'
import { StartConflicts } from '../../components/start-conflicts.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { Draft } from './use-draft.ts'

const TYPED_AFTER_MS = 400

interface Props {
  draft: Draft
  /** Undefined: only said. */
  onTake?: (at: Date, zone: string) => void
}

export function StartHints({ draft, onTake }: Props) {
  const { conflicts: text, format } = useTextOf(draftTexts)
  const judged = useStartPreview(draft)
  const zone = draft.read.localTime?.defaultZone ?? draft.form.schedule.zone
  if (judged === undefined) return null
  return (
    <div role="status">
      <StartConflicts
        judged={judged}
        text={text}
        clockOf={(at) => format.timeOfDay(at, zone)}
        {...(onTake && { onTake: (at) => onTake(at, zone) })}
      />
    </div>
  )
}

/** Undefined: there is no time or no audience yet, or it cannot be asked. */
function useStartPreview({ id, read, form }: Draft): Judged | undefined {
  const { audience } = read.audience
  const when = whenOf(read.startsAt?.at ?? null, read.localTime)
  const { kind, ignoresCaps } = form.rules
  const asked = JSON.stringify(
    when === null || audience === null ? null : { when, audience, id, kind, ignoresCaps },
  )
  const [settled] = useDebouncedValue(asked, TYPED_AFTER_MS)
  const given = JSON.parse(settled) as Asked | null
  const preview = useQuery({
    ...startPreviewQuery({
      ...(given?.id && { campaignId: given.id }),
      ...given?.when,
      audience: given?.audience ?? { all: true },
      kind: given?.kind ?? 'service',
      ignoresCaps: given?.ignoresCaps ?? false,
    }),
    enabled: given !== null,
    placeholderData: keepPreviousData,
  })
  return given === null || asked === 'null' || preview.isError ? undefined : preview.data
}

interface Asked {
  when: { scheduledAt: string } | { localAt: string; defaultZone: string }
  audience: Audience
  id: string | null
  kind: CampaignKind
  ignoresCaps: boolean
}

function whenOf(at: Date | null, local: LocalTime | null): Asked['when'] | null {
  if (local !== null) return { localAt: local.localAt, defaultZone: local.defaultZone }
  // One that has passed is refused: where the time is typed, that is said.
  return at === null || at.getTime() <= Date.now() ? null : { scheduledAt: at.toISOString() }
}
