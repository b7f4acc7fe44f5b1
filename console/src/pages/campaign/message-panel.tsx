/** The message as it looked on the devices, where it leads, and what the app got with it. */
import { Text } from '@mantine/core'
import { showsOn } from '../../../../src/domain/message-shown.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { Panel } from '../../components/panel.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { NotificationPreviews } from '../new-campaign/previews/notification-previews.tsx'
import { advertiserOf } from './advertiser-of.ts'
import { MessageVersions } from './message-versions.tsx'
import { MessageFacts } from './message-view.tsx'

export function MessagePanel({ campaign }: { campaign: Campaign }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const { message, messageVersion } = campaign
  return (
    <Panel title={text.message}>
      {message === null ? (
        <Text size="sm" c="dimmed">
          {text.noMessage}
        </Text>
      ) : (
        <>
          <NotificationPreviews
            message={message}
            isSilent={!Object.values(showsOn(message)).some(Boolean)}
            advertiser={advertiserOf(campaign)}
          />
          <MessageFacts message={message} />
        </>
      )}
      {messageVersion > 1 && <MessageVersions campaign={campaign} />}
    </Panel>
  )
}
