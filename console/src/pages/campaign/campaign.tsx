/** One campaign: progress, rate, failures, settings and actions. */
import { Alert, Button, Group, Stack } from '@mantine/core'
import { IconCircleCheck } from '@tabler/icons-react'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { CampaignState } from '../../../../src/domain/campaign.ts'
import type { Campaign } from '../../api/campaigns.ts'
import { exportAddress } from '../../api/deliveries.ts'
import type { Link as LinkKind } from '../../api/link.ts'
import { useLiveCampaign } from '../../api/live-campaign.ts'
import { ApiProblem } from '../../api/problem.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Nothing } from '../../components/not-found.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useText } from '../../text/language.tsx'
import { CampaignActions } from './campaign-actions.tsx'
import { CampaignNotices } from './campaign-notices.tsx'
import { CampaignSettings } from './campaign-settings.tsx'
import { type Correcting, CorrectMessage } from './correct-message.tsx'
import { FailureList } from './failure-list.tsx'
import { LinkState } from './link-state.tsx'
import { ProgressTable } from './progress-table.tsx'
import { SendingRate } from './sending-rate.tsx'
import { TimelinePlots } from './timeline-plots.tsx'

/** The result of an action; hidden once the campaign changes its state again. */
interface Notice {
  text: string
  state: CampaignState
}

export function CampaignPage() {
  const text = useText()
  const { id } = useParams({ from: '/signed-in/campaigns/$id' })
  const { query, link } = useLiveCampaign(id)
  const [notice, setNotice] = useState<Notice | null>(null)
  const [correcting, setCorrecting] = useState<Correcting | null>(null)
  // It never existed, or was deleted while the page was open.
  const isMissing = query.error instanceof ApiProblem && query.error.status === 404
  const campaign = isMissing ? undefined : query.data

  return (
    <Page
      title={campaign?.name ?? (isMissing ? text.shell.notFoundTitle : text.campaigns.title)}
      above={<BackLink to="/campaigns">{text.campaign.back}</BackLink>}
      aside={campaign && <StateBadge state={campaign.state} />}
      actions={
        campaign && <CampaignActions campaign={campaign} onCorrect={setCorrecting} onDone={setNotice} />
      }
    >
      {notice !== null && notice.state === campaign?.state && (
        <Alert
          role="status"
          mb="md"
          color="teal"
          variant="outline"
          icon={<IconCircleCheck aria-hidden />}
          withCloseButton
          closeButtonLabel={text.shell.close}
          onClose={() => setNotice(null)}
        >
          {notice.text}
        </Alert>
      )}
      {isMissing ? (
        <Nothing />
      ) : (
        <Answer query={query}>
          {(data) => (
            <CampaignContent
              campaign={data}
              link={link}
              seenAt={query.dataUpdatedAt}
              onCorrect={() => setCorrecting('paused')}
            />
          )}
        </Answer>
      )}
      {campaign !== undefined && correcting !== null && (
        <CorrectMessage
          campaign={campaign}
          correcting={correcting}
          onClose={() => setCorrecting(null)}
          onDone={setNotice}
        />
      )}
    </Page>
  )
}

interface ContentProps {
  campaign: Campaign
  link: LinkKind
  seenAt: number
  onCorrect: () => void
}

function CampaignContent({ campaign, link, seenAt, onCorrect }: ContentProps) {
  const { campaign: text } = useText()
  const wasSent = campaign.startedAt !== null || campaign.progress.audience > 0
  return (
    <Stack gap="md">
      <CampaignNotices campaign={campaign} onCorrect={onCorrect} />
      {wasSent && (
        <>
          <Panel title={text.progress} actions={<LinkState link={link} seenAt={seenAt} />}>
            <ProgressTable campaign={campaign} />
            <SendingRate campaign={campaign} seenAt={seenAt} />
          </Panel>
          <Panel title={text.plots}>
            <TimelinePlots campaign={campaign} />
          </Panel>
          <Panel
            title={text.failures}
            actions={
              <Group gap="xs">
                <ButtonLink
                  to="/campaigns/$id/deliveries"
                  params={{ id: campaign.id }}
                  variant="default"
                  size="xs"
                >
                  {text.deliveries}
                </ButtonLink>
                <Button component="a" href={exportAddress(campaign.id)} download variant="default" size="xs">
                  {text.exportAll}
                </Button>
              </Group>
            }
          >
            <FailureList campaign={campaign} />
          </Panel>
        </>
      )}
      <CampaignSettings campaign={campaign} />
    </Stack>
  )
}
