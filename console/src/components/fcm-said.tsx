/** What FCM said, in its own words: English, with whatever characters a message had in it. */
import { Text } from '@mantine/core'
import { campaignTexts } from '../text/campaign-texts.ts'
import { useTextOf } from '../text/language.tsx'
import classes from './fcm-said.module.css'

export function FcmSaid({ words }: { words: string }) {
  const { campaign: text } = useTextOf(campaignTexts)
  return (
    <Text size="sm" component="div" className={classes.said}>
      <span className={classes.who}>{text.fcmSaid}</span>{' '}
      <q lang="en" dir="ltr">
        {words}
      </q>
    </Text>
  )
}
