/** Who is to get it: everybody, whoever matches conditions, or named members. */
import { Radio, Stack, Text, Textarea } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AUDIENCE_KINDS, type AudienceForm, type AudienceProblem, splitIds } from './audience-form.ts'
import { FilterFields } from './filter-fields.tsx'

export interface AudienceFieldsProps {
  audience: AudienceForm
  change: (change: Partial<AudienceForm>) => void
  errorOf: (field: string) => string | false
}

interface Props {
  audience: AudienceForm
  problems: readonly AudienceProblem[]
  /** Fields that are empty are reported as well. */
  isComplete: boolean
  onChange: (audience: AudienceForm) => void
}

export function AudienceFields({ audience, problems, isComplete, onChange }: Props) {
  const { draftAudience: text } = useTextOf(draftTexts)
  const sentenceOf = useSentence()
  const fields: AudienceFieldsProps = {
    audience,
    change: (next) => onChange({ ...audience, ...next }),
    errorOf: (field) => {
      const found = problems.find((each) => each.field === field)
      return found !== undefined && (isComplete || found.code !== 'missing') && sentenceOf(found)
    },
  }
  const { kind } = audience
  return (
    <Stack gap="lg">
      <Radio.Group
        label={text.title}
        value={kind}
        onChange={(next) => fields.change({ kind: next as AudienceForm['kind'] })}
        error={fields.errorOf('kind')}
        required
        withAsterisk={false}
      >
        <Stack gap="sm" mt="xs">
          {AUDIENCE_KINDS.map((each) => (
            <Radio key={each} value={each} label={text[each]} description={text[`${each}Hint`]} />
          ))}
        </Stack>
      </Radio.Group>
      {kind === 'filter' && <FilterFields {...fields} />}
      {kind === 'externalIds' && <IdsField {...fields} />}
    </Stack>
  )
}

function IdsField({ audience, change, errorOf }: AudienceFieldsProps) {
  const { draftAudience: text } = useTextOf(draftTexts)
  const count = splitIds(audience.externalIds).length
  return (
    <div>
      <Textarea
        label={text.ids}
        description={text.idsHint}
        value={audience.externalIds}
        onChange={(event) => change({ externalIds: event.currentTarget.value })}
        error={errorOf('externalIds')}
        autosize
        minRows={4}
        maxRows={12}
        spellCheck={false}
      />
      <Text size="sm" c="dimmed" mt={4} className="figure" role="status">
        {text.idsCount(count)}
      </Text>
    </div>
  )
}

function useSentence(): (problem: AudienceProblem) => string {
  const { problems: text } = useTextOf(draftTexts).draftAudience
  return (problem) => {
    switch (problem.code) {
      case 'missing':
        return problem.field === 'kind'
          ? text.kind
          : problem.field === 'filter'
            ? text.noCondition
            : text.noIds
      case 'too_many':
        return text.tooManyIds(problem.count)
      case 'too_long':
        return text.idTooLong(`${problem.id.slice(0, 40)}…`)
      case 'not_a_locale':
        return text.locale(problem.locale)
      case 'not_days':
        return text.days
      default:
        return text[problem.code]
    }
  }
}
