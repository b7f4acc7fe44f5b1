/** What is decided on the page: the devices, the text, and the press of the button. */
import { Checkbox, Text } from '@mantine/core'
import { useRef, useState } from 'react'
import { showsOn } from '../../../../src/domain/message-shown.ts'
import type { Campaign } from '../../api/campaigns.ts'
import type { ResendOptions } from '../../api/resend.ts'
import { LeaveGuard } from '../../components/leave-guard.tsx'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { resendTexts } from '../../text/resend-texts.ts'
import { ownZone } from '../../zones.ts'
import { advertiserOf } from '../campaign/advertiser-of.ts'
import { MessageEditor } from '../campaign/message-editor.tsx'
import { MessageView } from '../campaign/message-view.tsx'
import { type MessageForm, messageFormOf, readMessage } from '../new-campaign/message-form.ts'
import { NotificationPreviews } from '../new-campaign/previews/notification-previews.tsx'
import { type Chosen, chosenCount } from './choose.ts'
import { emptyEnd, readEnd } from './end.ts'
import { EndPanel } from './end-panel.tsx'
import { Reasons } from './reasons.tsx'
import classes from './resend.module.css'
import { Summary } from './summary.tsx'

const LOOK_EVERY_MS = 10_000

interface Props {
  campaign: Campaign
  options: ResendOptions
  first: Chosen
  onAskAgain: () => unknown
}

export function Review({ campaign, options, first, onAskAgain }: Props) {
  const { resend: text } = useTextOf(resendTexts)
  const zone = ownZone()
  const mayWrite = useMay('campaigns:write')
  // What is decided here is about the campaign as it was read: what changes meanwhile is shown, and asked about again.
  const [seen, setSeen] = useState(campaign)
  const [chosen, setChosen] = useState(first)
  const [form, setForm] = useState<MessageForm>(() => messageFormOf(campaign.message ?? {}))
  const [isRead, setRead] = useState(false)
  const [endForm, setEndForm] = useState(emptyEnd)
  const now = useNow(LOOK_EVERY_MS)
  const isSent = useRef(false)

  const original = messageFormOf(seen.message ?? {})
  const read = readMessage(form)
  const isCorrected = JSON.stringify(read.message) !== JSON.stringify(readMessage(original).message)
  const choice = options.choices.find(({ only }) => only === chosen.only)
  const count = choice === undefined ? { devices: 0, active: 0 } : chosenCount(choice, chosen.codes)
  const passed = seen.notAfter !== null && new Date(seen.notAfter) <= now ? seen.notAfter : null
  const end = passed === null ? undefined : readEnd(endForm, zone, now)
  // The text may be the very reason why it was canceled.
  const isDoubtful = seen.state === 'canceled' && !isCorrected
  const missing =
    count.devices === 0
      ? text.chooseReason
      : isCorrected && read.problems.length > 0
        ? text.fixText
        : isDoubtful && !isRead
          ? text.readText
          : passed !== null && end === undefined
            ? text.chooseEnd
            : null

  return (
    <div className={classes.columns}>
      <LeaveGuard isUnsaved={() => isCorrected && !isSent.current} words={text.leave} />
      <div className={classes.column}>
        <Panel title={text.who}>
          <Reasons choices={options.choices} chosen={chosen} onChoose={setChosen} />
        </Panel>
        <Panel title={text.text}>
          <Text size="sm" c="dimmed" mb="md">
            {seen.state === 'canceled' ? text.textAfterCancel : text.textAsBefore} {text.replaces}
          </Text>
          {mayWrite ? (
            <MessageEditor form={form} read={read} onChange={setForm} />
          ) : (
            <MessageView message={seen.message ?? {}} />
          )}
          {isDoubtful && (
            <Checkbox
              mt="md"
              label={text.textRead}
              checked={isRead}
              onChange={(event) => setRead(event.currentTarget.checked)}
            />
          )}
        </Panel>
        {passed !== null && (
          <EndPanel
            passed={passed}
            zone={zone}
            form={endForm}
            isWrong={end === undefined}
            onChange={setEndForm}
          />
        )}
      </div>
      <div className={`${classes.column} ${classes.aside}`}>
        <Panel>
          <NotificationPreviews
            message={read.message}
            isSilent={!Object.values(showsOn(read.message)).some(Boolean)}
            advertiser={advertiserOf(seen)}
          />
        </Panel>
        <Summary
          // Other devices are counted, and confirmed, anew.
          key={JSON.stringify(chosen)}
          seen={seen}
          chosen={chosen}
          count={count}
          message={isCorrected ? read.message : null}
          notAfter={end}
          missing={missing}
          onMoved={(current) => {
            if (!isCorrected) setForm(messageFormOf(current.message ?? {}))
            setSeen(current)
            setRead(false)
            onAskAgain()
          }}
          onRecount={onAskAgain}
          onSent={() => {
            isSent.current = true
          }}
        />
      </div>
    </div>
  )
}
