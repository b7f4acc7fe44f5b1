/** Chrome on a desktop: two lines of text and the site. */
import { IconBell, IconWorld, IconX } from '@tabler/icons-react'
import { draftTexts } from '../../../text/draft-texts.ts'
import { useTextOf } from '../../../text/language.tsx'
import classes from './browser-notification.module.css'
import { NotificationImage } from './notification-image.tsx'
import type { NotificationProps } from './notification-previews.tsx'

export function BrowserNotification({ shown, isOpened }: NotificationProps) {
  const { previews: text } = useTextOf(draftTexts)
  const { title, body, imageUrl } = shown
  return (
    <div className={classes.card} data-opened={isOpened}>
      {isOpened && imageUrl !== null && <NotificationImage url={imageUrl} kind="banner" />}
      <div className={classes.row}>
        <span className={classes.icon} aria-hidden>
          <IconBell size={22} />
        </span>
        <div className={classes.texts}>
          {title !== null && (
            <div className={classes.title} dir="auto">
              {title}
            </div>
          )}
          {body !== null && (
            <div className={classes.body} dir="auto">
              {body}
            </div>
          )}
          <div className={classes.site}>
            <IconWorld size={12} aria-hidden /> {text.site}
          </div>
        </div>
        <IconX size={14} className={classes.close} aria-hidden />
      </div>
    </div>
  )
}
