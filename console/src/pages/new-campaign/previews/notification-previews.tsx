/** Live previews of the notification on Android, iPhone and in a browser. */
import { Group, SegmentedControl, Stack, Text, Title } from '@mantine/core'
import { IconBellOff } from '@tabler/icons-react'
import { useState } from 'react'
import { advertisingMessage } from '../../../../../src/domain/advertising-message.ts'
import type { CampaignMessage } from '../../../../../src/domain/message.ts'
import { showsOn } from '../../../../../src/domain/message-shown.ts'
import type { Advertiser } from '../../../../../src/domain/send-rules.ts'
import { draftTexts } from '../../../text/draft-texts.ts'
import { useTextOf } from '../../../text/language.tsx'
import { type Shown, shownOn } from '../shown-on.ts'
import { AndroidNotification } from './android-notification.tsx'
import { BrowserNotification } from './browser-notification.tsx'
import { IphoneNotification } from './iphone-notification.tsx'
import classes from './previews.module.css'

export interface NotificationProps {
  shown: Shown
  isOpened: boolean
}

interface Props {
  message: CampaignMessage
  /** Nothing is meant to be shown, so there is no example of it either. */
  isSilent: boolean
  /** Of an advertisement: Korean members read who sends it. */
  advertiser?: Advertiser | null
}

export function NotificationPreviews({ message, isSilent, advertiser = null }: Props) {
  const { previews: text, sendRules } = useTextOf(draftTexts)
  const [reader, setReader] = useState('korean')
  const [look, setLook] = useState('light')
  const [size, setSize] = useState('collapsed')
  const isOpened = size === 'expanded'
  const isEmpty = !isSilent && !Object.values(showsOn(message)).some(Boolean)
  const typed = isEmpty ? { ...message, title: text.titlePlaceholder, body: text.bodyPlaceholder } : message
  const isMarked = advertiser !== null && reader === 'korean'
  const texts = isMarked ? advertisingMessage(typed, advertiser) : typed
  const [android, ios, web] = [shownOn('android', texts), shownOn('ios', texts), shownOn('web', texts)]
  const isAnyShown = [android, ios, web].some((shown) => shown !== null)
  return (
    <Stack component="section" gap="sm" className={classes.previews} aria-label={text.title}>
      <Group justify="space-between" gap="xs">
        <Title order={3} size="h5">
          {text.title}
        </Title>
        {isAnyShown && (
          <Group gap="xs">
            {advertiser !== null && (
              <SegmentedControl
                size="xs"
                aria-label={sendRules.variant}
                value={reader}
                onChange={setReader}
                data={[
                  { value: 'korean', label: sendRules.asKorean },
                  { value: 'others', label: sendRules.asOthers },
                ]}
              />
            )}
            <SegmentedControl
              size="xs"
              aria-label={text.size}
              value={size}
              onChange={setSize}
              data={[
                { value: 'collapsed', label: text.collapsed },
                { value: 'expanded', label: text.expanded },
              ]}
            />
            <SegmentedControl
              size="xs"
              aria-label={text.deviceTheme}
              value={look}
              onChange={setLook}
              data={[
                { value: 'light', label: text.light },
                { value: 'dark', label: text.dark },
              ]}
            />
          </Group>
        )}
      </Group>
      <div className={classes.devices} data-look={look}>
        <figure className={classes.device} data-device="android">
          <figcaption className={classes.caption}>{text.android}</figcaption>
          {android === null ? <Nothing /> : <AndroidNotification shown={android} isOpened={isOpened} />}
        </figure>
        <figure className={classes.device} data-device="ios">
          <figcaption className={classes.caption}>{text.ios}</figcaption>
          {ios === null ? <Nothing /> : <IphoneNotification shown={ios} isOpened={isOpened} />}
        </figure>
        <figure className={classes.device} data-device="web">
          <figcaption className={classes.caption}>{text.web}</figcaption>
          {web === null ? <Nothing /> : <BrowserNotification shown={web} isOpened={isOpened} />}
        </figure>
      </div>
      <Text size="xs" c="dimmed">
        {isSilent ? text.silentNote : text.note}
        {[android, ios, web].some((shown) => shown?.isFromApp) && ` ${text.fromApp}`}
        {ios !== null && ios.imageUrl !== null && ` ${text.iosImage}`}
        {web !== null && web.imageUrl !== null && ` ${text.webImage}`}
      </Text>
    </Stack>
  )
}

function Nothing() {
  const { previews: text } = useTextOf(draftTexts)
  return (
    <div className={classes.nothing}>
      <IconBellOff size={16} aria-hidden /> {text.nothingShown}
    </div>
  )
}
