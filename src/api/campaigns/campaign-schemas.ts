/** Bodies and answers of the campaign routes. The console takes its types from here. */
import Type, { type Static } from 'typebox'
import {
  type Audience,
  CAMPAIGN_STATES,
  GUARANTEES,
  PAUSE_REASONS,
  PLATFORMS,
  RESENT,
} from '../../domain/campaign.ts'
import { DELIVERY_CODES, type DeliveryCode } from '../../domain/delivery-result.ts'
import { Exact, Id, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'

const Text = (description: string, maxLength?: number) =>
  Type.String({ minLength: 1, pattern: '\\S', description, ...(maxLength !== undefined && { maxLength }) })

/** In the form of FCM v1; their fields are checked in domain/check-message.ts. */
const PlatformPart = Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true })

export const MessageBody = Exact({
  // No length here: what is too long is told in bytes, by check-message.ts.
  title: Text('a text that is not empty'),
  body: Text('a text that is not empty'),
  imageUrl: Type.Optional(Type.String({ description: 'https://' })),
  link: Type.Optional(Type.String({ description: 'https://, opened on a tap' })),
  data: Type.Optional(
    Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
  ),
  android: Type.Optional(PlatformPart),
  apns: Type.Optional(PlatformPart),
  webpush: Type.Optional(PlatformPart),
})

/** One object with exactly one field, and not a union, so that a mistake is one clear error. */
export const AudienceBody = Type.Unsafe<Audience>(
  Exact(
    {
      all: Type.Optional(Type.Unsafe<true>({ type: 'boolean', enum: [true] })),
      externalIds: Type.Optional(
        Type.Array(Type.String({ minLength: 1, maxLength: 255 }), { minItems: 1, maxItems: 10_000 }),
      ),
      filter: Type.Optional(
        Exact(
          {
            platforms: Type.Optional(Type.Array(OneOf(PLATFORMS), { minItems: 1, maxItems: 3 })),
            locales: Type.Optional(
              Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 200 }),
            ),
            attributes: Type.Optional(
              Type.Unsafe<Record<string, unknown>>({
                type: 'object',
                additionalProperties: true,
                minProperties: 1,
                description: 'an object with at least one attribute',
              }),
            ),
            seenWithinDays: Type.Optional(Type.Integer({ minimum: 1, maximum: 3650 })),
          },
          {
            minProperties: 1,
            description: 'at least one of platforms, locales, attributes, seenWithinDays; all given must fit',
          },
        ),
      ),
    },
    {
      minProperties: 1,
      maxProperties: 1,
      description: 'exactly one of {"all": true}, {"externalIds": […]}, {"filter": {…}}',
    },
  ),
)

const settings = {
  ratePerMinute: Nullable(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  priority: Type.Integer({ minimum: 1, maximum: 10, description: '1 goes first' }),
  guarantee: OneOf(GUARANTEES),
  scheduledAt: Nullable(
    Type.String({
      format: 'date-time',
      description: 'Needs campaigns:send. null: not scheduled, sent by POST …/send',
    }),
  ),
}

const Name = Text('a text that is not empty', 200)

export const NewCampaignBody = Exact({
  name: Name,
  message: MessageBody,
  audience: AudienceBody,
  scheduledAt: Type.Optional(settings.scheduledAt),
  ratePerMinute: Type.Optional(settings.ratePerMinute),
  priority: Type.Optional(settings.priority),
  guarantee: Type.Optional(settings.guarantee),
})

export const CampaignChangesBody = Exact(
  {
    name: Type.Optional(Name),
    message: Type.Optional(MessageBody),
    audience: Type.Optional(AudienceBody),
    scheduledAt: Type.Optional(settings.scheduledAt),
    ratePerMinute: Type.Optional(settings.ratePerMinute),
    priority: Type.Optional(settings.priority),
    guarantee: Type.Optional(settings.guarantee),
  },
  { minProperties: 1, description: 'at least one field to change' },
)

export const ProgressReply = Type.Object({
  audience: Type.Integer({ description: 'Devices planned so far; all of them once isPlanned' }),
  sent: Type.Integer({ description: 'Accepted by FCM' }),
  failed: Type.Integer(),
  skipped: Type.Integer(),
  inDoubt: Type.Integer({ description: 'Left, and the answer was lost' }),
  canceled: Type.Integer(),
  remaining: Type.Integer(),
  isPlanned: Type.Boolean(),
  batches: Type.Integer({
    description: 'Of at most 500 devices; planned so far, all of them once isPlanned',
  }),
  batchesTried: Type.Integer({ description: 'Batches with at least one attempt' }),
  attempts: Type.Integer({
    description:
      'At all batches together; above batchesTried where batches were tried again. Attempts in hand, and those released untried (a pause, the rate limit), are not counted',
  }),
  ratePerSecond: Nullable(Type.Number({ description: 'Of the last 10 seconds; null while not sending' })),
  etaSeconds: Nullable(Type.Integer()),
  firstSentAt: Nullable(Time),
  lastSentAt: Nullable(Time),
})

const campaignFields = {
  id: Id,
  name: Type.String(),
  message: MessageBody,
  audience: AudienceBody,
  state: OneOf(CAMPAIGN_STATES),
  pauseReason: Nullable(OneOf(PAUSE_REASONS)),
  pauseDetail: Nullable(Type.String({ description: 'What stopped it and what to do' })),
  guarantee: settings.guarantee,
  priority: settings.priority,
  ratePerMinute: settings.ratePerMinute,
  scheduledAt: Nullable(Time),
  version: Type.Integer(),
  createdBy: Nullable(Type.String({ description: 'The id of a user or an API key' })),
  createdByName: Nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
  startedAt: Nullable(Time),
  closedAt: Nullable(Type.String({ format: 'date-time', description: 'Every device has its result' })),
  haltedPlatforms: Type.Array(OneOf(PLATFORMS), {
    description:
      'Their push credential (APNs key, web push key) was refused: their devices wait, the others go on',
  }),
  resendOf: Nullable(
    Type.String({
      format: 'uuid',
      description: 'This campaign sends again to devices of that one; "audience" is the one it had',
    }),
  ),
  resendOnly: Nullable(OneOf(RESENT, { description: 'To those of them that had this result' })),
  resends: Type.Array(Type.Object({ id: Id, only: OneOf(RESENT), state: OneOf(CAMPAIGN_STATES) }), {
    description: 'Campaigns that send again to devices of this one',
  }),
  progress: ProgressReply,
}

export const CampaignReply = Type.Object(campaignFields)
export type CampaignReply = Static<typeof CampaignReply>

export const StoppedCampaignReply = Type.Object({
  ...campaignFields,
  inFlight: Type.Integer({ description: 'Messages that may still leave: what dispatchers have in hand' }),
})

export const ResendBody = Exact({
  only: OneOf(RESENT, { description: 'Which devices: exactly those with this result' }),
})

export const CampaignListQuery = Exact({
  ...PageQuery,
  state: Type.Optional(OneOf(CAMPAIGN_STATES)),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'A part of the name, in small or capital letters',
    }),
  ),
})

const Named = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { minItems: 1, maxItems: 20, description }),
  )

export const TestBody = Exact(
  {
    tokens: Named('Registration tokens, known here or not'),
    externalIds: Named('Members; every active device of theirs'),
    validateOnly: Type.Optional(Type.Boolean({ description: 'FCM checks and delivers nothing' })),
  },
  { description: 'tokens, externalIds, or both' },
)

export const TestReply = Type.Object({
  data: Type.Array(
    Type.Object({
      token: Nullable(Type.String({ description: 'Its last 8 characters' })),
      externalId: Nullable(Type.String()),
      outcome: OneOf([
        'sent',
        'retry_later',
        'token_gone',
        'rejected',
        'in_doubt',
        'blocked',
        'skipped',
        'no_device',
      ]),
      code: Nullable(OneOf(Object.keys(DELIVERY_CODES) as DeliveryCode[])),
      meaning: Type.String(),
      advice: Type.String(),
      messageId: Nullable(Type.String()),
    }),
  ),
})
