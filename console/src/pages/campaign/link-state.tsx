/** How current the figures are: the one time that all of them are of, and whether they go on. */
import { Text, Tooltip } from '@mantine/core'
import { type Link, POLL_SECONDS } from '../../api/link.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './link-state.module.css'

export function LinkState({ link, asOf }: { link: Link; asOf: string }) {
  const { campaign: text, format } = useTextOf(campaignTexts)
  const said = {
    live: text.connection.live,
    polling: text.connection.polling(POLL_SECONDS),
    lost: text.connection.lost,
    ended: text.connection.ended,
  }
  const at = new Date(asOf)
  return (
    <Tooltip
      label={`${text.connectionHint[link]} ${format.exactTime(at)}`}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Text size="sm" component="div" tabIndex={0} className={classes.link} data-link={link}>
        <span aria-hidden className={classes.dot} />
        <span role="status">{said[link]}</span>
        {/* Outside of the status: it would be read out every second. */}
        <span className={classes.time}>{text.asOf(format.clock(at))}</span>
      </Text>
    </Tooltip>
  )
}
