/**
 * The image, from the address that devices will load it from. No referrer: the image host must not learn this page's
 * address.
 */
import { Text } from '@mantine/core'
import { useState } from 'react'
import { draftTexts } from '../../../text/draft-texts.ts'
import { useTextOf } from '../../../text/language.tsx'
import classes from './previews.module.css'

export function NotificationImage({ url, kind }: { url: string; kind: 'thumbnail' | 'picture' | 'banner' }) {
  const { previews: text } = useTextOf(draftTexts)
  const [broken, setBroken] = useState<string | null>(null)
  if (broken === url) {
    if (kind === 'thumbnail') return null
    return (
      <Text size="xs" className={classes.broken}>
        {text.imageBroken}
      </Text>
    )
  }
  return (
    <img
      src={url}
      alt={text.imageAlt}
      className={classes[kind]}
      referrerPolicy="no-referrer"
      onError={() => setBroken(url)}
    />
  )
}
