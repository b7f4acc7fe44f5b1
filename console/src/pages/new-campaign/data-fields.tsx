import { TextInput } from '@mantine/core'
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './line-fields.module.css'
import { LinesField } from './lines-field.tsx'
import type { FieldsProps } from './message-step.tsx'

const EMPTY = { key: '', value: '' }

export function DataFields({ message: { data }, change, errorOf }: FieldsProps) {
  const { draft: text } = useTextOf(draftTexts)
  return (
    <LinesField
      legend={text.data}
      hint={text.dataHint}
      lines={data}
      emptyLine={EMPTY}
      onChange={(next) => change({ data: next })}
      addLabel={text.addData}
      removeLabel={text.removeLine}
      error={errorOf('data')}
    >
      {(line, index, put) => (
        <div className={classes.data}>
          <TextInput
            aria-label={text.dataKey(index + 1)}
            placeholder={text.keyPlaceholder}
            value={line.key}
            onChange={(event) => put({ key: event.currentTarget.value })}
            error={errorOf(`data.${index}`)}
          />
          <TextInput
            aria-label={text.dataValue(index + 1)}
            placeholder={text.valuePlaceholder}
            value={line.value}
            onChange={(event) => put({ value: event.currentTarget.value })}
          />
        </div>
      )}
    </LinesField>
  )
}
