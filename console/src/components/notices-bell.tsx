/** What has happened to campaigns while nobody looked. New is what this browser has not shown yet. */
import { Popover, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { keepSeenUntil, type Notice, noticesQuery, readSeenUntil, unseenOf } from '../api/notices.ts'
import { nameOfCampaign } from '../campaign-name.ts'
import { toneOf } from '../campaign-tone.ts'
import { useText } from '../text/language.tsx'
import { BellButton } from './header-buttons.tsx'
import classes from './notices-bell.module.css'
import { useNow } from './use-now.ts'

export function NoticesBell({ isWanted }: { isWanted: boolean }) {
  const { shell } = useText()
  const [isOpen, setOpen] = useState(isWanted)
  const [seenUntil, setSeenUntil] = useState(readSeenUntil)
  const notices = useQuery(noticesQuery).data?.data ?? []
  const unseen = unseenOf(notices, seenUntil)

  const turn = (next: boolean) => {
    setOpen(next)
    // When it closes: what is new stays marked while one reads.
    const latest = notices[0]?.at
    if (!next && latest !== undefined) {
      keepSeenUntil(latest)
      setSeenUntil(latest)
    }
  }

  return (
    <Popover opened={isOpen} onChange={turn} position="bottom-end" width={340} trapFocus returnFocus>
      <Popover.Target>
        <BellButton unseen={unseen} onClick={() => turn(!isOpen)} />
      </Popover.Target>
      <Popover.Dropdown p={0} aria-label={shell.notices}>
        {notices.length === 0 ? (
          <Text size="sm" c="dimmed" p="md">
            {shell.noNotices}
          </Text>
        ) : (
          <ul className={classes.list}>
            {notices.map((notice) => (
              <NoticeRow
                key={notice.id}
                notice={notice}
                isNew={seenUntil === null || Date.parse(notice.at) > Date.parse(seenUntil)}
                onOpen={() => turn(false)}
              />
            ))}
          </ul>
        )}
      </Popover.Dropdown>
    </Popover>
  )
}

function NoticeRow({ notice, isNew, onOpen }: { notice: Notice; isNew: boolean; onOpen: () => void }) {
  const text = useText()
  const now = useNow(30_000)
  return (
    <li className={classes.row} data-new={isNew || undefined} data-bad={isBad(notice) || undefined}>
      <Link
        to="/campaigns/$id"
        params={{ id: notice.campaignId }}
        className={classes.link}
        onClick={onOpen}
        dir="auto"
      >
        {nameOfCampaign(notice, text)}
      </Link>
      <Text size="sm">{said(notice, text)}</Text>
      <Text size="xs" c="dimmed" component="time" dateTime={notice.at} title={text.format.inZone(notice.at)}>
        {text.format.relative(notice.at, now)}
      </Text>
    </li>
  )
}

function said(
  { kind, sent, failed, inDoubt, pauseReason }: Notice,
  text: ReturnType<typeof useText>,
): string {
  const { notice } = text.shell
  const { number } = text.format
  if (kind === 'finished') {
    return notice.finished(number(sent), number(failed), inDoubt === 0 ? null : number(inDoubt))
  }
  if (kind === 'canceled') return notice.canceled(text.format.number(sent))
  if (kind === 'missed') return notice.missed
  return pauseReason === null ? notice.paused_itself : text.states.pauseReason[pauseReason]
}

/** Judged as everywhere: the badge of its row in the list is not green either. */
function isBad({ kind, sent, failed, skipped, inDoubt, audience }: Notice): boolean {
  if (kind !== 'finished') return kind === 'paused_itself' || kind === 'missed'
  return toneOf({ state: 'finished', progress: { audience, sent, failed, skipped, inDoubt } }) !== 'good'
}
