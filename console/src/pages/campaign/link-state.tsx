/** How current the figures are. */
import { Text, Tooltip } from '@mantine/core'
import { type Link, POLL_SECONDS } from '../../api/link.ts'
import { useText } from '../../text/language.tsx'
import classes from './link-state.module.css'

export function LinkState({ link, seenAt }: { link: Link; seenAt: number }) {
  const text = useText()
  const said = {
    live: text.campaign.connection.live,
    polling: text.campaign.connection.polling(POLL_SECONDS),
    lost: text.campaign.connection.lost(text.format.clock(new Date(seenAt))),
    ended: text.campaign.connection.ended,
  }
  return (
    <Tooltip
      label={text.campaign.connectionHint[link]}
      multiline
      maw={280}
      events={{ hover: true, focus: true, touch: true }}
    >
      <Text size="sm" role="status" tabIndex={0} className={classes.link} data-link={link}>
        <span aria-hidden className={classes.dot} />
        {said[link]}
      </Text>
    </Tooltip>
  )
}
