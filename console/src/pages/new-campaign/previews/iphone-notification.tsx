/** iOS lock screen: collapsed, up to four lines of text. */
import { IconBell } from '@tabler/icons-react'
import { draftTexts } from '../../../text/draft-texts.ts'
import { useTextOf } from '../../../text/language.tsx'
import classes from './iphone-notification.module.css'
import { NotificationImage } from './notification-image.tsx'
import type { NotificationProps } from './notification-previews.tsx'

export function IphoneNotification({ shown, isOpened }: NotificationProps) {
  const { previews: text } = useTextOf(draftTexts)
  const { title, body, imageUrl } = shown
  return (
    <div className={classes.card} data-opened={isOpened}>
      {isOpened && imageUrl !== null && <NotificationImage url={imageUrl} kind="banner" />}
      <div className={classes.row}>
        <span className={classes.icon} aria-hidden>
          <IconBell size={20} />
        </span>
        <div className={classes.texts}>
          <div className={classes.head}>
            <span className={classes.title} dir="auto">
              {title ?? text.app}
            </span>
            <span className={classes.now}>{text.now}</span>
          </div>
          {body !== null && (
            <div className={classes.body} dir="auto">
              {body}
            </div>
          )}
        </div>
        {!isOpened && imageUrl !== null && <NotificationImage url={imageUrl} kind="thumbnail" />}
      </div>
    </div>
  )
}
