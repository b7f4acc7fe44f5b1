import { NativeSelect, TextInput } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { AudienceFieldsProps } from './audience-fields.tsx'
import { ATTRIBUTE_KINDS, type AttributeForm, type AttributeKind } from './audience-form.ts'
import classes from './line-fields.module.css'
import { LinesField } from './lines-field.tsx'

const EMPTY: AttributeForm = { name: '', kind: 'text', value: '' }

export function AttributeFields({ audience: { attributes }, change, errorOf }: AudienceFieldsProps) {
  const { draftAudience: text } = useTextOf(draftTexts)
  return (
    <LinesField
      legend={text.attributes}
      hint={text.attributesHint}
      lines={attributes}
      emptyLine={EMPTY}
      onChange={(next) => change({ attributes: next })}
      addLabel={text.addAttribute}
      removeLabel={text.removeAttribute}
    >
      {(line, index, put) => (
        <div className={classes.attribute}>
          <TextInput
            aria-label={text.attributeName(index + 1)}
            value={line.name}
            onChange={(event) => put({ name: event.currentTarget.value })}
            error={errorOf(`attributes.${index}`)}
          />
          <NativeSelect
            aria-label={text.attributeKind(index + 1)}
            value={line.kind}
            onChange={(event) => put({ kind: event.currentTarget.value as AttributeKind })}
            data={ATTRIBUTE_KINDS.map((kind) => ({ value: kind, label: text.kinds[kind] }))}
          />
          <AttributeValue
            line={line}
            label={text.attributeValue(index + 1)}
            onChange={(value) => put({ value })}
          />
        </div>
      )}
    </LinesField>
  )
}

interface ValueProps {
  line: AttributeForm
  label: string
  onChange: (value: string) => void
}

function AttributeValue({ line: { kind, value }, label, onChange }: ValueProps) {
  const { draftAudience: text } = useTextOf(draftTexts)
  if (kind === 'boolean') {
    return (
      <NativeSelect
        aria-label={label}
        value={value === 'false' ? 'false' : 'true'}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[
          { value: 'true', label: text.yes },
          { value: 'false', label: text.no },
        ]}
      />
    )
  }
  return (
    <TextInput
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      {...(kind === 'number' && { inputMode: 'decimal' as const })}
    />
  )
}
