/** The review before a campaign is sent again: to whom, why they did not get it, and what they get now. */
import { IconRefreshOff } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { type Campaign, campaignQuery } from '../../api/campaigns.ts'
import { type ResendOptions, resendOptionsQuery } from '../../api/resend.ts'
import { Answer } from '../../components/answer.tsx'
import { BackLink } from '../../components/back-link.tsx'
import { Empty } from '../../components/empty.tsx'
import { Page } from '../../components/page.tsx'
import { useMay } from '../../components/use-session.ts'
import { useTextOf } from '../../text/language.tsx'
import { resendTexts } from '../../text/resend-texts.ts'
import { firstChoice } from './choose.ts'
import { Review } from './review.tsx'

export function ResendPage() {
  const { resend: text, campaign: page } = useTextOf(resendTexts)
  const { id } = useParams({ from: '/signed-in/campaigns/$id/resend' })
  const query = useQuery(campaignQuery(id))
  const name = query.data?.name
  return (
    <Page
      title={text.title}
      {...(name !== undefined && { tabTitle: text.titleOf(name) })}
      above={
        <BackLink to="/campaigns/$id" params={{ id }}>
          {name ?? page.back}
        </BackLink>
      }
    >
      <Answer query={query}>{(campaign) => <Checked campaign={campaign} />}</Answer>
    </Page>
  )
}

function Checked({ campaign }: { campaign: Campaign }) {
  const { resend: text } = useTextOf(resendTexts)
  const maySend = useMay('campaigns:send')
  if (!maySend) return <Refusal title={text.notAllowedTitle}>{text.notAllowed}</Refusal>
  if (campaign.closedAt === null) return <Refusal title={text.notYetTitle}>{text.notYet}</Refusal>
  if (campaign.resultsDeletedAt !== null) {
    return <Refusal title={text.deletedTitle}>{text.resultsDeleted}</Refusal>
  }
  return <WithOptions campaign={campaign} />
}

function WithOptions({ campaign }: { campaign: Campaign }) {
  const { resend: text } = useTextOf(resendTexts)
  // Counted anew, however often the page is opened: a resend may have been started meanwhile.
  const query = useQuery({ ...resendOptionsQuery(campaign.id), staleTime: 0, refetchOnWindowFocus: false })
  return (
    <Answer query={query}>
      {(options: ResendOptions) => {
        const first = firstChoice(options.choices)
        if (first === null) return <Refusal title={text.nothingTitle}>{text.nothing}</Refusal>
        return <Review campaign={campaign} options={options} first={first} onAskAgain={query.refetch} />
      }}
    </Answer>
  )
}

function Refusal({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Empty icon={<IconRefreshOff size={40} aria-hidden />} title={title}>
      {children}
    </Empty>
  )
}
