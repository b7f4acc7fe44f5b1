/** The overview, the notices, and who has a campaign open. */
import Type, { type Static } from 'typebox'
import { ATTENTION_KINDS } from '../../campaigns/read-attention.ts'
import { NOTICE_KINDS } from '../../campaigns/read-notices.ts'
import { PAUSE_REASONS } from '../../domain/campaign.ts'
import { countsOf, DELIVERY_STATES } from '../../domain/delivery-result.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'
import { CampaignReply } from './campaign-schemas.ts'

export const OverviewQuery = Exact({
  timezone: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      default: 'UTC',
      description: 'Whose days are counted: the name of a time zone as IANA lists it, such as Asia/Seoul',
    }),
  ),
})

const dayCounts = {
  campaigns: Type.Integer({ description: 'Started on that day' }),
  ...countsOf((state) => Type.Integer({ description: DELIVERY_STATES[state].meaning })),
  canceled: Type.Integer({ description: 'Not sent, because the campaign was canceled' }),
}

export const OverviewReply = Type.Object({
  asOf: Time,
  running: Type.Array(CampaignReply, { description: 'Being sent or paused; the newest 25' }),
  next: Type.Array(CampaignReply, { description: 'Scheduled; the next 10' }),
  nextRuns: Type.Array(Type.Object({ scheduleId: Id, name: Type.String(), at: Time }), {
    description:
      'Of schedules: the next run of each that is no campaign yet; the next 10. One that is, is in "next"',
  }),
  yesterday: Type.Object(dayCounts),
  days: Type.Array(Type.Object({ day: Type.String({ description: 'YYYY-MM-DD' }), ...dayCounts }), {
    description: '30 days, today last. A campaign belongs to the day on which it was started',
  }),
  attention: Type.Array(
    Type.Object({
      kind: OneOf(ATTENTION_KINDS, {
        description:
          'paused: by itself. Ended in the last 7 days and not resent or archived since: missed, nothing could start it at its time; all_failed, nothing was sent; many_failed, at least 10 % of the attempted devices; in_doubt, at least one device',
      }),
      campaignId: Id,
      name: Type.String(),
      at: Type.String({ format: 'date-time', description: 'When it paused or was closed' }),
      pauseReason: Type.Optional(OneOf(PAUSE_REASONS)),
      failed: Type.Optional(Type.Integer()),
      inDoubt: Type.Optional(Type.Integer()),
      audience: Type.Optional(Type.Integer()),
    }),
    { description: 'What needs a person, each campaign once, newest first; at most 50' },
  ),
})
export type OverviewReply = Static<typeof OverviewReply>

export const NoticesReply = Type.Object({
  asOf: Time,
  data: Type.Array(
    Type.Object({
      id: Type.String({ description: 'The same for as long as the notice is shown' }),
      kind: OneOf(NOTICE_KINDS),
      campaignId: Id,
      name: Type.String(),
      at: Time,
      pauseReason: Nullable(OneOf(PAUSE_REASONS)),
      sent: Type.Integer(),
      failed: Type.Integer(),
      skipped: Type.Integer(),
      inDoubt: Type.Integer(),
      audience: Type.Integer(),
    }),
    { description: 'Of the last seven days, newest first; at most 50' },
  ),
})
export type NoticesReply = Static<typeof NoticesReply>

export const PresenceBody = Exact({
  windowId: Type.String({
    format: 'uuid',
    description: 'Made by the window; the same as long as it is open',
  }),
  isEditing: Type.Boolean(),
})

export const PresenceReply = Type.Object({
  others: Type.Array(
    Type.Object({
      name: Type.String({ description: 'Of a user or an API key' }),
      isEditing: Type.Boolean(),
      openedAt: Time,
      isYou: Type.Boolean({ description: 'Another window of the caller' }),
    }),
    { description: 'Other windows that have renewed within 25 s; the longest there first' },
  ),
})
export type PresenceReply = Static<typeof PresenceReply>

export const WindowParams = Exact({ id: Id, windowId: Id })
