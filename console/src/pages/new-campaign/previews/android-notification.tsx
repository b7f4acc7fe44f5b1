/** Android 12 and later: collapsed, one line each; expanded, the long text or the image. */
import { IconBell, IconChevronDown, IconChevronUp } from '@tabler/icons-react'
import { draftTexts } from '../../../text/draft-texts.ts'
import { useTextOf } from '../../../text/language.tsx'
import classes from './android-notification.module.css'
import { NotificationImage } from './notification-image.tsx'
import type { NotificationProps } from './notification-previews.tsx'

export function AndroidNotification({ shown, isOpened }: NotificationProps) {
  const { previews: text } = useTextOf(draftTexts)
  const { title, body, imageUrl } = shown
  const Chevron = isOpened ? IconChevronUp : IconChevronDown
  return (
    <div className={classes.card} data-opened={isOpened} data-picture={imageUrl !== null}>
      <span className={classes.icon} aria-hidden>
        <IconBell size={14} />
      </span>
      <div className={classes.texts}>
        <div className={classes.head}>
          <span>{text.app}</span>
          <span aria-hidden>·</span>
          <span>{text.now}</span>
          <Chevron size={14} className={classes.chevron} aria-hidden />
        </div>
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
        {isOpened && imageUrl !== null && <NotificationImage url={imageUrl} kind="picture" />}
      </div>
      {!isOpened && imageUrl !== null && <NotificationImage url={imageUrl} kind="thumbnail" />}
    </div>
  )
}
