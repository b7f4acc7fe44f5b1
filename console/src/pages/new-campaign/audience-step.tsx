/** Chooses the audience and shows its current size. */
import { Radio, Stack, Text, Textarea } from '@mantine/core'
import { Panel } from '../../components/panel.tsx'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { AUDIENCE_KINDS, type AudienceForm, type AudienceProblem, splitIds } from './audience-form.ts'
import { AudienceSize } from './audience-size.tsx'
import classes from './audience-step.module.css'
import editor from './draft-editor.module.css'
import type { StepProps } from './draft-editor.tsx'
import { EditorFooter } from './editor-footer.tsx'
import { FilterFields } from './filter-fields.tsx'

export interface AudienceFieldsProps {
  audience: AudienceForm
  change: (change: Partial<AudienceForm>) => void
  errorOf: (field: string) => string | false
}

export function AudienceStep({ draft, wasLeft }: StepProps) {
  const { draftAudience: text } = useTextOf(draftTexts)
  const { form, change, read } = draft
  const { audience, problems } = read.audience
  const sentenceOf = useSentence()
  const fields: AudienceFieldsProps = {
    audience: form.audience,
    change: (next) => change({ audience: { ...form.audience, ...next } }),
    errorOf: (field) => {
      const found = problems.find((each) => each.field === field)
      return found !== undefined && (wasLeft || found.code !== 'missing') && sentenceOf(found)
    },
  }
  const { kind } = form.audience
  return (
    <>
      <div className={editor.columns}>
        <Panel>
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
        </Panel>
        <div className={classes.size}>
          <AudienceSize audience={audience} />
        </div>
      </div>
      <EditorFooter step="audience" id={draft.id} />
    </>
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
