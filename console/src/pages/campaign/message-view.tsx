/** A message as it is stored, to be read: all of it, because what is not shown may be what FCM refuses. */
import { Anchor, Code, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useText, useTextOf } from '../../text/language.tsx'
import { NotificationImage } from '../new-campaign/previews/notification-image.tsx'
import classes from './facts.module.css'

const PARTS = ['android', 'apns', 'webpush'] as const

export function MessageView({ message }: { message: CampaignMessage }) {
  const { campaigns } = useText()
  const { title, body } = message
  return (
    <>
      <div className={classes.message}>
        {title !== undefined && (
          <Text fw={650} dir="auto" className={classes.words}>
            {title}
          </Text>
        )}
        {body !== undefined && (
          <Text dir="auto" className={classes.words}>
            {body}
          </Text>
        )}
        {title === undefined && body === undefined && <Text c="dimmed">{campaigns.noText}</Text>}
      </div>
      <MessageFacts message={message} />
    </>
  )
}

/** Link and image; data and the settings of the platforms to unfold. */
export function MessageFacts({ message }: { message: CampaignMessage }) {
  const { campaign: said } = useTextOf(campaignTexts)
  const { link, imageUrl, data } = message
  return (
    <>
      <dl className={classes.facts}>
        {link !== undefined && (
          <Fact name={said.opensOnTap}>
            <Address of={link} />
          </Fact>
        )}
        {imageUrl !== undefined && (
          <Fact name={said.image}>
            {URL.canParse(imageUrl) && new URL(imageUrl).protocol === 'https:' && (
              <NotificationImage url={imageUrl} kind="picture" />
            )}
            <Address of={imageUrl} />
          </Fact>
        )}
      </dl>
      {data !== undefined && <Json name={said.data} value={data} />}
      {PARTS.filter((part) => message[part] !== undefined).map((part) => (
        <Json key={part} name={said.platformPart[part]} value={message[part]} />
      ))}
    </>
  )
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}

function Json({ name, value }: { name: string; value: unknown }) {
  return (
    <details className={classes.fold}>
      <summary>{name}</summary>
      <Code block className={classes.json} tabIndex={0}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </details>
  )
}

/** An app link (myshop://) leads nowhere in this browser. */
function Address({ of }: { of: string }) {
  if (!of.startsWith('https://')) return <span className={classes.words}>{of}</span>
  return (
    <Anchor href={of} target="_blank" rel="noreferrer noopener" size="sm" className={classes.words}>
      {of}
    </Anchor>
  )
}
