/** To whom, how, when and by whom. */
import { Badge } from '@mantine/core'
import type { Campaign } from '../../api/campaigns.ts'
import { Clock } from '../../components/clock.tsx'
import { Panel } from '../../components/panel.tsx'
import { type CampaignTexts, campaignTexts } from '../../text/campaign-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import { advertiserOf } from './advertiser-of.ts'
import { audienceWords } from './audience-words.ts'
import classes from './facts.module.css'
import { Fact } from './message-view.tsx'

export function CampaignSettings({ campaign }: { campaign: Campaign }) {
  const text = useTextOf(campaignTexts)
  const { campaign: said, campaigns } = text
  const { guarantee, ratePerMinute, latestStartMinutes, priority, createdAt, createdByName, tags } = campaign
  const time = (name: string, at: string | null) =>
    at !== null && (
      <Fact name={name}>
        <Clock at={at} hasDay />
      </Fact>
    )
  const person = (name: string, who: string | null) =>
    who !== null && (
      <Fact name={name}>
        <span dir="auto">{who}</span>
      </Fact>
    )
  return (
    <Panel title={said.settings}>
      <dl className={classes.settings}>
        <Fact name={said.audience}>{audienceSaid(campaign, text)}</Fact>
        <Fact name={said.speed}>
          {ratePerMinute === null ? said.speedFull : said.speedLimit(ratePerMinute)}
        </Fact>
        <RuleFacts campaign={campaign} />
        <Fact name={said.priority}>{said.priorityOf(priority)}</Fact>
        <Fact name={said.guarantee}>{said.guaranteeHint[guarantee]}</Fact>
        {tags.length > 0 && (
          <Fact name={said.tags}>
            <span className={classes.tags}>
              {tags.map((tag) => (
                <Badge key={tag} variant="default" tt="none" fw={500}>
                  {tag}
                </Badge>
              ))}
            </span>
          </Fact>
        )}
        <Fact name={said.createdAt}>
          <Clock at={createdAt} hasDay />
          {createdByName !== null && ` ${campaigns.by(createdByName)}`}
        </Fact>
        {person(said.changedBy, campaign.changedByName)}
        {person(campaign.startedAt === null ? said.scheduledBy : said.sentBy, campaign.sentByName)}
        {campaign.localAt !== null && (
          <>
            <Fact name={said.localAt}>{said.localAtOf(text.format.wall(campaign.localAt))}</Fact>
            {campaign.late !== null && <Fact name={said.late}>{said.lateOf[campaign.late]}</Fact>}
            {campaign.unknownZone !== null && (
              <Fact name={said.unknownZone}>
                {said.unknownZoneOf[campaign.unknownZone](campaign.defaultZone ?? '')}
              </Fact>
            )}
          </>
        )}
        {campaign.localAt === null && time(said.scheduledAt, campaign.scheduledAt)}
        {campaign.scheduledAt !== null && (
          <Fact name={said.latestStart}>
            {said.latestStartOf(text.format.duration(latestStartMinutes * 60))}
          </Fact>
        )}
        {time(said.frozenAt, campaign.frozenAt)}
        {time(said.startedAt, campaign.startedAt)}
        {time(said.closedAt, campaign.closedAt)}
        {time(said.archivedAt, campaign.archivedAt)}
      </dl>
    </Panel>
  )
}

/** When it may be sent to whom. */
function RuleFacts({ campaign }: { campaign: Campaign }) {
  const { sendRules: text, caps } = useTextOf(campaignTexts)
  const { kind, night, sendWindow, notAfter, defaultZone, ignoresCaps, countsTowardCaps } = campaign
  const advertiser = advertiserOf(campaign)
  return (
    <>
      <Fact name={text.kindTitle}>{text.kind[kind]}</Fact>
      {advertiser !== null && (
        <Fact name={text.advertiserName}>
          <span dir="auto">
            {advertiser.name} · {advertiser.optOutHint}
          </span>
        </Fact>
      )}
      {kind === 'advertising' && <Fact name={text.nightTitle}>{text.night[night]}</Fact>}
      {sendWindow !== null && (
        <Fact name={text.windowTitle}>
          {text.windowOf(sendWindow.from, sendWindow.until, sendWindow.outside)}
        </Fact>
      )}
      {notAfter !== null && (
        <Fact name={text.notAfter}>
          <Clock at={notAfter} hasDay />
        </Fact>
      )}
      {defaultZone !== null && <Fact name={text.defaultZone}>{defaultZone}</Fact>}
      {(ignoresCaps || !countsTowardCaps) && (
        <Fact name={caps.title}>{caps.switches(campaign).join(' · ')}</Fact>
      )}
      {campaign.oncePerMember && <Fact name={caps.devicesTitle}>{caps.oneDevice}</Fact>}
    </>
  )
}

/** The audience of a resend is copied from the original: what it was sent to is a part of that one's devices. */
function audienceSaid(
  { audienceSummary, resendOnly, resendCodes, progress }: Campaign,
  text: CampaignTexts,
): string {
  const { campaign: said, codes } = text
  if (resendOnly === null) {
    return audienceSummary === null ? said.audienceNobody : audienceWords(audienceSummary, text)
  }
  const who = progress.isPlanned
    ? said.audienceResent[resendOnly](progress.audience)
    : said.resendOfCounting[resendOnly]
  if (resendCodes === null) return who
  return `${who} · ${said.resentReasons(resendCodes.map((code) => codes[code].name).join(', '))}`
}
