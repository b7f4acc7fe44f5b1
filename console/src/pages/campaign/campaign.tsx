/** One campaign: how it stands, how far it is, whom it did not reach and why, and the message beside it. */
import { Button, Group } from '@mantine/core'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import type { Campaign } from '../../api/campaigns.ts'
import { exportAddress } from '../../api/deliveries.ts'
import type { Link as LinkKind } from '../../api/link.ts'
import { useLiveCampaign } from '../../api/live-campaign.ts'
import { ApiProblem } from '../../api/problem.ts'
import { nameOfCampaign } from '../../campaign-name.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { ButtonLink } from '../../components/links.tsx'
import { Nothing } from '../../components/not-found.tsx'
import { Page } from '../../components/page.tsx'
import { Panel } from '../../components/panel.tsx'
import { PresenceLine } from '../../components/presence-line.tsx'
import { StateBadge } from '../../components/state-badge.tsx'
import { useMay } from '../../components/use-session.ts'
import { lastListFilter } from '../../list-filter.ts'
import { campaignTexts } from '../../text/campaign-texts.ts'
import { useLanguage, useTextOf } from '../../text/language.tsx'
import classes from './campaign.module.css'
import { CampaignActions } from './campaign-actions.tsx'
import { CampaignSettings } from './campaign-settings.tsx'
import { CorrectMessage } from './correct-message.tsx'
import { FailurePanel } from './failure-list.tsx'
import { Figures } from './figures.tsx'
import { LinkState } from './link-state.tsx'
import { MessagePanel } from './message-panel.tsx'
import { StatusLines } from './status-lines.tsx'
import { TimelinePlot } from './timeline-plot.tsx'
import { Times } from './times.tsx'
import { ZonesPanel } from './zones-panel.tsx'

export function CampaignPage() {
  const text = useTextOf(campaignTexts)
  const { id } = useParams({ from: '/signed-in/campaigns/$id' })
  const { query, link } = useLiveCampaign(id)
  const [isCorrecting, setCorrecting] = useState(false)
  // It never existed, or was deleted while the page was open.
  const isMissing = query.error instanceof ApiProblem && isNoSuch(query.error)
  const campaign = isMissing ? undefined : query.data
  const noTitle = isMissing ? text.shell.notFoundTitle : text.campaigns.title

  return (
    <Page
      title={campaign === undefined ? noTitle : nameOfCampaign(campaign, text)}
      above={
        <BackLink to="/campaigns" search={lastListFilter()}>
          {text.campaign.back}
        </BackLink>
      }
      aside={campaign && <StateBadge campaign={campaign} />}
      actions={campaign && <CampaignActions campaign={campaign} onCorrect={() => setCorrecting(true)} />}
    >
      {isMissing ? (
        <Nothing />
      ) : (
        <Answer query={query}>
          {(data) => (
            <CampaignContent
              campaign={data}
              link={link}
              seenAt={query.dataUpdatedAt}
              onCorrect={() => setCorrecting(true)}
            />
          )}
        </Answer>
      )}
      {campaign !== undefined && isCorrecting && (
        <CorrectMessage campaign={campaign} onClose={() => setCorrecting(false)} />
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
  const { campaign: text } = useTextOf(campaignTexts)
  const wasSent = campaign.startedAt !== null || campaign.progress.audience > 0
  return (
    <div className={classes.page}>
      {/* Nobody can change one that has ended. */}
      {campaign.closedAt === null && <PresenceLine id={campaign.id} isEditing={false} />}
      <StatusLines campaign={campaign} seenAt={seenAt} onCorrect={onCorrect} />
      <div className={classes.columns} data-sent={wasSent || undefined}>
        {wasSent && (
          <div className={classes.column}>
            <Panel title={text.progress} actions={<LinkState link={link} asOf={campaign.asOf} />}>
              <Figures campaign={campaign} />
              <Times campaign={campaign} />
            </Panel>
            {campaign.localAt !== null && <ZonesPanel campaign={campaign} />}
            <TimelinePlot campaign={campaign} />
            <FailurePanel campaign={campaign} toDevices={<ToDevices id={campaign.id} />} />
          </div>
        )}
        <div className={classes.column}>
          <MessagePanel campaign={campaign} />
          <CampaignSettings campaign={campaign} />
          <ToActivity id={campaign.id} />
        </div>
      </div>
    </div>
  )
}

/** Who sent it, to how many, and what they saw. */
function ToActivity({ id }: { id: string }) {
  const { campaign: text } = useTextOf(campaignTexts)
  if (!useMay('audit:read')) return null
  return (
    <ButtonLink to="/activity" search={{ kind: 'campaign', subject: id }} variant="default" size="xs">
      {text.activity}
    </ButtonLink>
  )
}

function ToDevices({ id }: { id: string }) {
  const { campaign: text } = useTextOf(campaignTexts)
  const { language } = useLanguage()
  if (!useMay('people:read')) return null
  return (
    <Group gap="xs">
      <ButtonLink to="/campaigns/$id/deliveries" params={{ id }} variant="default" size="xs">
        {text.deliveries}
      </ButtonLink>
      <Button component="a" href={exportAddress(id, language)} download variant="default" size="xs">
        {text.exportAll}
      </Button>
    </Group>
  )
}

/** An address that was mistyped is refused as no id (400); for whoever reads it that is the same. */
function isNoSuch({ status, fields }: ApiProblem): boolean {
  return status === 404 || (status === 400 && fields.some(({ field }) => field === '/id'))
}
