/** Campaigns that need a person, the latest first. Folded, so that what runs now is on the first screen. */
import { Button, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { Attention } from '../../api/overview.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { toneOf } from '../../campaign-tone.ts'
import { Panel } from '../../components/panel.tsx'
import { useNow } from '../../components/use-now.ts'
import { useText } from '../../text/language.tsx'
import type { Text as Texts } from '../../text/text.ts'
import classes from './overview.module.css'

const SHOWN = 3

export function AttentionList({ attention }: { attention: Attention[] }) {
  const text = useText()
  const [isWhole, setWhole] = useState(false)
  const isFolded = !isWhole && attention.length > SHOWN
  const now = useNow(30_000)
  return (
    <Panel title={text.overview.attention}>
      <ul className={classes.list}>
        {(isFolded ? attention.slice(0, SHOWN) : attention).map((one) => (
          <li key={one.campaignId} className={classes.row}>
            <IconAlertTriangle
              size={16}
              aria-hidden
              className={classes.sign}
              data-is-bad={isBad(one) || undefined}
            />
            <div className={classes.main}>
              <Link to="/campaigns/$id" params={{ id: one.campaignId }} className={classes.link} dir="auto">
                {nameOfCampaign(one, text)}
              </Link>
              <Text size="sm" c="dimmed">
                {saidOf(one, text)}
              </Text>
            </div>
            <Text
              component="time"
              size="sm"
              c="dimmed"
              dateTime={one.at}
              title={text.format.inZone(one.at)}
              className={classes.time}
            >
              {text.format.relative(one.at, now)}
            </Text>
          </li>
        ))}
      </ul>
      {isFolded && (
        <Button variant="subtle" size="compact-sm" mt="xs" onClick={() => setWhole(true)}>
          {text.overview.attentionAll(attention.length)}
        </Button>
      )}
    </Panel>
  )
}

/** As the list and the page of the campaign judge it: skipped is not failed, and a corrected message only waits. */
function isBad({ kind, pauseReason, failed }: Attention): boolean {
  if (kind === 'paused') return toneOf({ state: 'paused', pauseReason: pauseReason ?? null }) === 'bad'
  return kind === 'counts_mismatch' || kind === 'missed' || (kind === 'all_failed' && failed !== 0)
}

/** The most that is known about it: the reason of a pause, the figures of what has ended. */
function saidOf({ kind, pauseReason, failed, inDoubt, audience }: Attention, text: Texts): string {
  const { overview, states, format } = text
  if (kind === 'paused' && pauseReason !== undefined) return states.pauseReason[pauseReason]
  const of = format.number(audience ?? 0)
  if (kind === 'many_failed' && failed !== undefined) return overview.failedOf(format.number(failed), of)
  if (kind === 'all_failed' && failed === 0) {
    return audience === 0 ? states.headline.nobody : states.headline.all_skipped
  }
  if (kind === 'in_doubt' && inDoubt !== undefined) return overview.inDoubtOf(format.number(inDoubt), of)
  return overview.attentionKind[kind]
}
