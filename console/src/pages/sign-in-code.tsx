/** The code of the second factor, at the sign-in of a user who has one. */
import { Alert, TextInput, type TextInputProps } from '@mantine/core'
import { useTextOf } from '../text/language.tsx'
import { secondFactorTexts } from '../text/second-factor-texts.ts'

export function CodeField(props: TextInputProps) {
  const { code: text } = useTextOf(secondFactorTexts)
  return (
    <TextInput
      label={text.label}
      description={text.hint}
      maxLength={40}
      autoComplete="one-time-code"
      // It appears after the press that asked for it.
      ref={(field) => field?.focus()}
      {...props}
    />
  )
}

export function WrongCode() {
  const { code: text } = useTextOf(secondFactorTexts)
  return (
    <Alert color="red" variant="outline" role="alert">
      {text.wrong}
    </Alert>
  )
}
