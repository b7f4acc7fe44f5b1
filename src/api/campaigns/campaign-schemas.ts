/** Bodies and replies of the campaign routes. The console imports its types from here. */
import Type, { type Static } from 'typebox'
import { WAITS_FOR } from '../../campaigns/waits-for.ts'
import {
  CAMPAIGN_STATES,
  CANCEL_REASONS,
  GUARANTEES,
  LATEST_START_MINUTES,
  MOST_LATEST_START_MINUTES,
  PAUSE_REASONS,
  PLATFORMS,
  RESENT,
} from '../../domain/campaign.ts'
import { MAX_TAG_LENGTH, MAX_TAGS } from '../../domain/campaign-list.ts'
import { VISIBLE } from '../../domain/clean-text.ts'
import { CODE_NAMES, countsOf, DELIVERY_STATES } from '../../domain/delivery-result.ts'
import { CAMPAIGN_KINDS, NIGHT_RULES, OUTSIDE_RULES } from '../../domain/send-rules.ts'
import { Exact, Id, Nullable, OneOf, Time } from '../http/common-schemas.ts'
import { AudienceBody, AudienceReply, AudienceSummaryReply, MessageBody } from './content-schemas.ts'
import { localTimeFields, localTimeSettings } from './zone-schemas.ts'

export const sendRules = {
  kind: OneOf(CAMPAIGN_KINDS, {
    description:
      'advertising: only members with consent to advertising get it, at night (NIGHT_FROM to NIGHT_UNTIL in their zone) only those with consent to that too, and Korean members read that it is an advertisement. service: news about what somebody has ordered or uses. service if left out',
  }),
  advertiser: Nullable(
    Exact(
      {
        name: Type.String({ minLength: 1, maxLength: 200, description: 'At most 50 characters' }),
        optOutHint: Type.String({
          minLength: 1,
          maxLength: 200,
          description: 'How to refuse more, at most 100 characters: "수신거부: 설정 > 알림"',
        }),
      },
      {
        description:
          'Of advertising: Korean members (language ko; without one, zone Asia/Seoul) read "(광고) name" in front of the title and the hint as the last line. ADVERTISER_NAME and ADVERTISER_OPT_OUT_HINT if left out; without them 422 advertiser_missing when it is to be sent',
      },
    ),
  ),
  night: OneOf(NIGHT_RULES, {
    description:
      'Of advertising, for members without consent to the night for whom it is night: skip leaves them out (no_night_consent), delay sends in their morning',
  }),
  sendWindow: Nullable(
    Exact(
      {
        from: Type.String({ maxLength: 10, description: '"10:00", on a clock in the member’s zone' }),
        until: Type.String({ maxLength: 10, description: '"20:00": at that second it is closed' }),
        outside: Type.Optional(
          OneOf(OUTSIDE_RULES, {
            description:
              'wait (if left out): devices wait for the next opening. skip: they are left out (window_closed)',
          }),
        ),
      },
      { description: 'Of any kind of campaign. null: at any time' },
    ),
  ),
  defaultZone: Nullable(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description:
        'Where members are taken to be whose zone is not known. null: DEFAULT_TIMEZONE; a campaign at local times always names it',
    }),
  ),
}
/** Frequency caps, and how many devices of a member. */
const capSettings = {
  ignoresCaps: Type.Boolean({
    description:
      'true: members get it however many other campaigns they had (CAPS), as they should an order confirmation. false if left out: who has had as many as the caps allow is left out (capped), and cappedBy of the result names the campaign that used the cap up',
  }),
  countsTowardCaps: Type.Boolean({
    description:
      'true, if left out: members who are sent it may get one campaign less. What failed does not count; what is in doubt does',
  }),
  oncePerMember: Type.Boolean({
    description:
      'true: of each member only the device of the audience that was seen last when it was planned; the others are recorded as skipped (other_device) and belong to the audience. false if left out',
  }),
}
export const optionalCapSettings = {
  ignoresCaps: Type.Optional(capSettings.ignoresCaps),
  countsTowardCaps: Type.Optional(capSettings.countsTowardCaps),
  oncePerMember: Type.Optional(capSettings.oncePerMember),
}
/** As it is stored. */
export const rulesReply = {
  ...sendRules,
  ...capSettings,
  sendWindow: Nullable(Exact({ from: Type.String(), until: Type.String(), outside: OneOf(OUTSIDE_RULES) })),
}
const notAfter = Nullable(
  Type.String({
    format: 'date-time',
    description:
      'Nothing leaves at this time or later: devices that would have to wait so long are left out at once (quiet_hours, window_closed). Only with a sendWindow, or night delay',
  }),
)
const optionalRules = {
  kind: Type.Optional(sendRules.kind),
  advertiser: Type.Optional(sendRules.advertiser),
  night: Type.Optional(sendRules.night),
  sendWindow: Type.Optional(sendRules.sendWindow),
  notAfter: Type.Optional(notAfter),
  defaultZone: Type.Optional(sendRules.defaultZone),
  ...optionalCapSettings,
}

export const settings = {
  ratePerMinute: Nullable(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  priority: Type.Integer({ minimum: 1, maximum: 10, description: '1 is sent first' }),
  guarantee: OneOf(GUARANTEES),
  scheduledAt: Nullable(Type.String({ format: 'date-time', description: 'null: sent by POST …/send only' })),
  latestStartMinutes: Type.Integer({
    minimum: 1,
    maximum: MOST_LATEST_START_MINUTES,
    description: `If nothing could start it at scheduledAt, it still starts for so long; then it is canceled with cancelReason missed_start. ${LATEST_START_MINUTES} if left out`,
  }),
}

const Name = Type.String({
  pattern: `^$|${VISIBLE}`,
  maxLength: 200,
  description: 'a text that is not empty; an empty one only in a draft',
})
/** checkTags has the limits, for texts that are cleaned. */
export const Tags = Type.Array(Type.String({ maxLength: 200 }), {
  maxItems: 100,
  description: `At most ${MAX_TAGS}, each of at most ${MAX_TAG_LENGTH} characters; one that is named twice is kept once`,
})
const unfinished = Nullable(
  Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description:
      'Only in a draft: what is typed in the console so far and is no valid message or audience yet. Such a draft can be neither tested nor sent',
  }),
)
export const confirmAudience = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 2_147_483_647,
    description:
      'The number of devices that this is meant for, as POST /v1/audiences/count returned it. Required above CONFIRM_AUDIENCE_ABOVE devices (428 audience_not_confirmed); more than 1 % off is refused (409 audience_changed)',
  }),
)

export const NewCampaignBody = Exact(
  {
    name: Type.Optional(Name),
    message: Type.Optional(MessageBody),
    audience: Type.Optional(AudienceBody),
    unfinished: Type.Optional(unfinished),
    tags: Type.Optional(Tags),
    scheduledAt: Type.Optional(settings.scheduledAt),
    ...localTimeSettings,
    latestStartMinutes: Type.Optional(settings.latestStartMinutes),
    confirmAudience,
    ratePerMinute: Type.Optional(settings.ratePerMinute),
    priority: Type.Optional(settings.priority),
    guarantee: Type.Optional(settings.guarantee),
    ...optionalRules,
  },
  { minProperties: 1, description: 'at least one field; what is left out can be added later with PATCH' },
)

export const CampaignChangesBody = Exact(
  {
    name: Type.Optional(Name),
    message: Type.Optional(Nullable(MessageBody)),
    audience: Type.Optional(Nullable(AudienceBody)),
    unfinished: Type.Optional(unfinished),
    scheduledAt: Type.Optional(settings.scheduledAt),
    ...localTimeSettings,
    latestStartMinutes: Type.Optional(settings.latestStartMinutes),
    confirmAudience,
    ratePerMinute: Type.Optional(settings.ratePerMinute),
    priority: Type.Optional(settings.priority),
    guarantee: Type.Optional(settings.guarantee),
    tags: Type.Optional(Tags),
    ...optionalRules,
  },
  { minProperties: 1, description: 'at least one field to change' },
)

const ProgressReply = Type.Object({
  audience: Type.Integer({ description: 'Devices planned so far; all of them once isPlanned' }),
  ...countsOf((state) => Type.Integer({ description: DELIVERY_STATES[state].meaning })),
  canceled: Type.Integer({ description: 'Not sent, because the campaign was canceled' }),
  remaining: Type.Integer({ description: 'audience minus all other counts' }),
  isPlanned: Type.Boolean(),
  batches: Type.Integer({
    description: 'Batches of at most 500 devices planned so far; all of them once isPlanned',
  }),
  batchesTried: Type.Integer({ description: 'Batches with at least one attempt' }),
  attempts: Type.Integer({
    description:
      'Of all batches together; greater than batchesTried if batches were retried. An attempt counts when it has sent to every device it could; one in progress, or ended early by a pause or the rate limit, does not',
  }),
  ratePerSecond: Nullable(Type.Number({ description: 'In the last 10 seconds; null while not sending' })),
  etaSeconds: Nullable(Type.Integer()),
  firstSentAt: Nullable(Time),
  lastSentAt: Nullable(Time),
})

const campaignFields = {
  asOf: Type.String({
    format: 'date-time',
    description:
      'When this was read: all figures are of that moment. An event stream sends nothing while nothing changes',
  }),
  id: Id,
  name: Type.String({ description: 'Empty only in a draft' }),
  message: Nullable(MessageBody),
  messageHash: Nullable(Type.String({ description: 'SHA-256 of the message: the same text, the same hash' })),
  messageVersion: Type.Integer({
    description:
      '1, until the message of the paused campaign is corrected; GET …/messages lists all versions',
  }),
  audienceSummary: Nullable(AudienceSummaryReply),
  audienceHash: Nullable(Type.String({ description: 'The same audience, the same hash' })),
  isUnfinished: Type.Boolean({
    description:
      'A draft with "unfinished": something is typed that is no valid message or audience yet. GET /v1/campaigns/:id has it',
  }),
  tags: Type.Array(Type.String()),
  state: OneOf(CAMPAIGN_STATES),
  pauseReason: Nullable(OneOf(PAUSE_REASONS)),
  pauseDetail: Nullable(Type.String({ description: 'Why it is paused and what to do' })),
  pausedAt: Nullable(Time),
  cancelReason: Nullable(OneOf(CANCEL_REASONS, { description: 'null: not canceled, or by a person' })),
  cancelAt: Nullable(
    Type.String({
      format: 'date-time',
      description: 'It is canceled, and until this time that can be undone. Nothing leaves meanwhile',
    }),
  ),
  archivedAt: Nullable(Time),
  guarantee: settings.guarantee,
  priority: settings.priority,
  ratePerMinute: settings.ratePerMinute,
  scheduledAt: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'At local times: the earliest that it can be for anybody, and once it is planned the first instant of its devices',
    }),
  ),
  ...localTimeFields,
  latestStartMinutes: settings.latestStartMinutes,
  ...rulesReply,
  notAfter: Nullable(Time),
  frozenAt: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'When its plan has begun, PLAN_AHEAD_MS before its time: who belongs to the audience is decided from then on. null: not yet',
    }),
  ),
  version: Type.Integer(),
  createdBy: Nullable(Type.String({ description: 'The id of a user or of an API key' })),
  createdByName: Nullable(Type.String()),
  changedBy: Nullable(Type.String({ description: 'Who changed its content last: a user or an API key' })),
  changedByName: Nullable(Type.String()),
  sentBy: Nullable(Type.String({ description: 'Who sent or scheduled it: a user or an API key' })),
  sentByName: Nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
  startedAt: Nullable(Time),
  closedAt: Nullable(Type.String({ format: 'date-time', description: 'When every device had its result' })),
  countedResults: Nullable(
    Type.Integer({
      description:
        'Only while everything is sent and the results are counted for the last time, before closedAt is set: how many are counted so far',
    }),
  ),
  resultsDeletedAt: Nullable(
    Type.String({
      format: 'date-time',
      description:
        'It is so old that the results of its devices were deleted (DELIVERY_RETENTION_MONTHS); its counts remain. null: they are there',
    }),
  ),
  haltedPlatforms: Type.Array(OneOf(PLATFORMS), {
    description:
      'FCM refused their push credential (APNs key, web push key): their devices wait, the others are sent to',
  }),
  waitsFor: Nullable(
    Type.Object(
      {
        kind: OneOf(WAITS_FOR, {
          description:
            'fcm: it has asked to wait, or does not answer. campaign: a more urgent one goes first. own_rate, project_rate: what this campaign, or its project, may send in a minute is used up, and its messages leave as it allows. time: what is left is sent later',
        }),
        id: Nullable(Type.String({ format: 'uuid', description: 'The campaign that goes first' })),
        name: Nullable(Type.String()),
        until: Nullable(Type.String({ format: 'date-time', description: 'null: not known' })),
      },
      { description: 'What holds it back now; null: nothing, or it is not being sent' },
    ),
  ),
  resendOf: Nullable(
    Type.String({
      format: 'uuid',
      description: 'The original campaign of a resend; "audience" is copied from it',
    }),
  ),
  resendOnly: Nullable(OneOf(RESENT, { description: 'The resend is for the devices that had this result' })),
  resendCodes: Nullable(
    Type.Array(OneOf(CODE_NAMES), {
      description: 'Of these, for the devices with one of these codes; null: all',
    }),
  ),
  schedule: Nullable(
    Type.Object(
      {
        id: Id,
        name: Type.String(),
        runAt: Type.String({ format: 'date-time', description: 'What it was planned for' }),
      },
      { description: 'The schedule that has made it; null: none' },
    ),
  ),
  resends: Type.Array(
    Type.Object({
      id: Id,
      only: OneOf(RESENT),
      codes: Nullable(Type.Array(OneOf(CODE_NAMES), { description: 'null: all, or canceled devices' })),
      state: OneOf(CAMPAIGN_STATES),
    }),
    { description: 'The resends of this campaign, the oldest first' },
  ),
  progress: ProgressReply,
}

/** In lists, event streams and answers to deeds. */
export const CampaignReply = Type.Object(campaignFields)
export type CampaignReply = Static<typeof CampaignReply>

/** What may be a megabyte: only where one campaign is asked for, or written. */
const contentFields = { audience: Nullable(AudienceReply), unfinished }
export const WholeCampaignReply = Type.Object({ ...campaignFields, ...contentFields })
export type WholeCampaignReply = Static<typeof WholeCampaignReply>
/** Of GET: with ?whole=false they are left out. */
export const AskedCampaignReply = Type.Object({
  ...campaignFields,
  audience: Type.Optional(contentFields.audience),
  unfinished: Type.Optional(unfinished),
})

export const WholeQuery = Exact({
  whole: Type.Optional(
    Type.Boolean({
      default: true,
      description: 'false: without "audience" and "unfinished", as lists and event streams have it',
    }),
  ),
})

export const ChangedCampaignReply = Type.Object({
  ...campaignFields,
  ...contentFields,
  begunZones: Type.Optional(
    Type.Array(Nullable(Type.String({ description: 'null: not known' })), {
      description:
        'Only if another local time was given to a campaign that has begun: the time zones in which it had, and which stay as they are',
    }),
  ),
})

export const StoppedCampaignReply = Type.Object({
  ...campaignFields,
  inFlight: Type.Integer({
    description:
      'At most so many messages may still be sent: what dispatchers have in the air, and send until they have noticed',
  }),
})

export const SendBody = Type.Unsafe<{ confirmAudience?: number } | null>({
  ...Exact({ confirmAudience }),
  type: ['object', 'null'],
})

export const ResendBody = Exact({
  only: OneOf(RESENT, { description: 'Send to exactly the devices that have this result' }),
  codes: Type.Optional(
    Type.Array(OneOf(CODE_NAMES), {
      minItems: 1,
      uniqueItems: true,
      description:
        'Of the failed or the in-doubt devices, those with these codes. Left out: all that were not resent yet, without dead addresses. GET …/resend-options lists them',
    }),
  ),
  message: Type.Optional(MessageBody),
  confirmAudience,
})

export const MessagesReply = Type.Object({
  data: Type.Array(
    Type.Object({
      version: Type.Integer({ description: '"messageVersion" of the deliveries that were sent this text' }),
      message: MessageBody,
      createdBy: Nullable(Type.String({ description: 'The id of a user or of an API key' })),
      createdByName: Nullable(Type.String()),
      createdAt: Time,
    }),
    { description: 'The first version first; the last one is sent to the devices that are left' },
  ),
})
