/** The devices that did not get the message, by result and reason. */
import { Checkbox, Radio, Stack, Text } from '@mantine/core'
import type { ResendChoice, ResendCode } from '../../api/resend.ts'
import { TextLink } from '../../components/links.tsx'
import { Swatch } from '../../components/progress-bar.tsx'
import { useTextOf } from '../../text/language.tsx'
import { resendTexts } from '../../text/resend-texts.ts'
import { type Chosen, isDone, suggested } from './choose.ts'
import classes from './resend.module.css'

interface Props {
  choices: ResendChoice[]
  chosen: Chosen
  onChoose: (chosen: Chosen) => void
}

export function Reasons({ choices, chosen, onChoose }: Props) {
  const { resend: text } = useTextOf(resendTexts)
  const choose = (value: string) => {
    const choice = choices.find(({ only }) => only === value)
    // In doubt: each reason is a decision of its own.
    if (choice !== undefined) onChoose({ only: choice.only, codes: suggested(choice) })
  }
  return (
    <Radio.Group value={chosen.only} onChange={choose} aria-label={text.who}>
      <Stack gap="md">
        {choices
          .filter(({ devices }) => devices > 0)
          .map((choice) => {
            const isOver = isDone(choice)
            return (
              <div key={choice.only}>
                <Radio
                  value={choice.only}
                  disabled={isOver}
                  label={
                    <span className={classes.kind}>
                      <Swatch part={choice.only} /> {text.kinds[choice.only](choice.devices)}
                    </span>
                  }
                  description={isOver ? text.resentAlready : text.kindHint[choice.only]}
                />
                <ToResend id={choice.resentBy} />
                {choice.codes.length > 0 && (choice.only === chosen.only || isOver) && (
                  <Codes
                    codes={choice.codes}
                    chosen={choice.only === chosen.only ? chosen.codes : []}
                    onChoose={(codes) => onChoose({ only: choice.only, codes })}
                  />
                )}
              </div>
            )
          })}
      </Stack>
    </Radio.Group>
  )
}

/** The campaign that has resent to them. */
function ToResend({ id }: { id: string | null }) {
  const { resend: text } = useTextOf(resendTexts)
  if (id === null) return null
  return (
    <TextLink to="/campaigns/$id" params={{ id }} size="sm" className={classes.under}>
      {text.viewResend}
    </TextLink>
  )
}

interface CodesProps {
  codes: ResendCode[]
  chosen: Chosen['codes']
  onChoose: (codes: Chosen['codes']) => void
}

function Codes({ codes, chosen, onChoose }: CodesProps) {
  const { resend: text } = useTextOf(resendTexts)
  return (
    <Checkbox.Group
      value={chosen}
      onChange={(values) => onChoose(codes.map(({ code }) => code).filter((code) => values.includes(code)))}
      aria-label={text.reasons}
    >
      <Stack gap="xs" className={classes.codes}>
        {codes.map((each) => (
          <Reason key={each.code} reason={each} />
        ))}
      </Stack>
    </Checkbox.Group>
  )
}

function Reason({ reason: { code, devices, active, isAddressDead, resentBy } }: { reason: ResendCode }) {
  const { resend: text, codes: words } = useTextOf(resendTexts)
  const { meaning, advice } = words[code]
  return (
    <div>
      <Checkbox
        value={code}
        disabled={resentBy !== null}
        label={
          <>
            {meaning}{' '}
            <Text span size="sm" c="dimmed" className="figure">
              {active === null || active === devices
                ? text.count(devices)
                : text.countActive(devices, active)}
            </Text>
          </>
        }
        description={resentBy !== null ? text.resentAlready : isAddressDead ? text.dead : advice}
      />
      <ToResend id={resentBy} />
    </div>
  )
}
