/** A message as it is stored, to be read. */
import { Anchor, Code, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { CampaignMessage } from '../../../../src/domain/message.ts'
import { useText } from '../../text/language.tsx'
import classes from './campaign-settings.module.css'

const PARTS = ['android', 'apns', 'webpush'] as const

/** `isWhole`: with the data and the options for each platform, which may be what FCM refuses. */
export function MessageView({ message, isWhole = false }: { message: CampaignMessage; isWhole?: boolean }) {
  const { campaign: said, campaigns } = useText()
  const { title, body, link, imageUrl, data } = message
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
      <dl className={classes.facts}>
        {link !== undefined && (
          <Fact name={said.opensOnTap}>
            <Address of={link} />
          </Fact>
        )}
        {imageUrl !== undefined && (
          <Fact name={said.image}>
            <Address of={imageUrl} />
          </Fact>
        )}
        {isWhole && data !== undefined && (
          <Fact name={said.data}>
            <Json value={data} />
          </Fact>
        )}
        {isWhole &&
          PARTS.filter((part) => message[part] !== undefined).map((part) => (
            <Fact key={part} name={part}>
              <Json value={message[part]} />
            </Fact>
          ))}
      </dl>
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

function Json({ value }: { value: unknown }) {
  return (
    <Code block className={classes.json}>
      {JSON.stringify(value, null, 2)}
    </Code>
  )
}

function Address({ of }: { of: string }) {
  return (
    <Anchor href={of} target="_blank" rel="noreferrer noopener" size="sm" className={classes.words}>
      {of}
    </Anchor>
  )
}
