/** Earlier texts of a message that was corrected: who got which is in the results by device. */
import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { Campaign } from '../../api/campaigns.ts'
import { messagesQuery } from '../../api/messages.ts'
import { Answer } from '../../components/answer.tsx'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import classes from './message-versions.module.css'
import { MessageView } from './message-view.tsx'

export function MessageVersions({ campaign: { id, messageVersion } }: { campaign: Campaign }) {
  const { campaign: said, campaigns, format } = useTextOf(campaignTexts)
  const query = useQuery(messagesQuery(id, messageVersion))
  return (
    <div className={classes.versions}>
      <Text size="sm" c="dimmed">
        {said.versionsIntro}
      </Text>
      <Answer query={query}>
        {({ data }) =>
          data.toReversed().map(({ version, message, createdAt, createdByName }) => (
            <details key={version} className={classes.version}>
              <summary className={classes.summary}>
                {said.versionName(version, version === messageVersion)}
                <Text span size="sm" c="dimmed">
                  {format.exactTime(createdAt)}
                  {createdByName !== null && ` ${campaigns.by(createdByName)}`}
                </Text>
              </summary>
              <MessageView message={message} />
            </details>
          ))
        }
      </Answer>
    </div>
  )
}
