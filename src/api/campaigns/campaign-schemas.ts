/** Bodies and replies of the campaign routes. The console imports its types from here. */
import Type, { type Static, type TArrayOptions } from 'typebox'
import { ADDRESS_KINDS } from '../../domain/address.ts'
import {
  type Audience,
  CAMPAIGN_STATES,
  GUARANTEES,
  PAUSE_REASONS,
  PLATFORMS,
  RESENT,
} from '../../domain/campaign.ts'
import { CODE_NAMES, countsOf, DELIVERY_STATES } from '../../domain/delivery-result.ts'
import { MAX_ADDRESS_LENGTH } from '../../domain/device-row.ts'
import { Exact, Id, Nullable, OneOf, PageQuery, Time } from '../http/common-schemas.ts'

const Text = (description: string, maxLength?: number) =>
  Type.String({ minLength: 1, pattern: '\\S', description, ...(maxLength !== undefined && { maxLength }) })

/** As in FCM v1, in snake_case or camelCase; domain/message-rules has the fields and their rules. */
const PlatformPart = (description: string) =>
  Type.Optional(
    Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true, description }),
  )

export const MessageBody = Exact(
  {
    // No maxLength: the limit is in bytes, and check-message.ts checks it.
    title: Type.Optional(Text('a text that is not empty, or leave it out')),
    body: Type.Optional(Text('a text that is not empty, or leave it out')),
    imageUrl: Type.Optional(Type.String({ description: 'https://; shown in the notification' })),
    link: Type.Optional(
      Type.String({
        description:
          'https://; opened when the notification is tapped, and sent to apps as "link" in the data',
      }),
    ),
    data: Type.Optional(
      Type.Unsafe<Record<string, string>>({
        type: 'object',
        additionalProperties: { type: 'string' },
        description:
          'For the app; names and values are texts. Reserved names: from, message_type, collapse_key, google.…, gcm.…',
      }),
    ),
    android: PlatformPart('AndroidConfig of FCM v1; each field is checked'),
    apns: PlatformPart(
      'ApnsConfig of FCM v1; each field is checked, headers and aps as Apple documents them',
    ),
    webpush: PlatformPart(
      'WebpushConfig of FCM v1; each field is checked, headers as in RFC 8030, notification as browsers take it',
    ),
    placeholders: Type.Optional(
      OneOf(['literal'], {
        description:
          'Texts like {{name}} are meant as they stand. Without it they are refused (message_has_placeholders), because nothing fills them in',
      }),
    ),
  },
  {
    description:
      'A notification (title, body or both, or texts in the platform parts), or a silent message (data and no text): docs/messages.md',
  },
)

/** An object with exactly one field instead of a union: a mistake then gives one clear error. */
const audienceOf = (externalIds: TArrayOptions) =>
  Type.Unsafe<Audience>(
    Exact(
      {
        all: Type.Optional(Type.Unsafe<true>({ type: 'boolean', enum: [true] })),
        externalIds: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 255 }), externalIds)),
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
              description:
                'at least one of platforms, locales, attributes, seenWithinDays; a device must match all of them',
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
export const AudienceBody = audienceOf({ minItems: 1, maxItems: 10_000 })
const AudienceReply = audienceOf({ description: 'Without members who were erased: an empty list is nobody' })

const settings = {
  ratePerMinute: Nullable(Type.Integer({ minimum: 1, maximum: 100_000_000 })),
  priority: Type.Integer({ minimum: 1, maximum: 10, description: '1 is sent first' }),
  guarantee: OneOf(GUARANTEES),
  scheduledAt: Nullable(Type.String({ format: 'date-time', description: 'null: sent by POST …/send only' })),
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
  id: Id,
  name: Type.String(),
  message: MessageBody,
  messageVersion: Type.Integer({
    description:
      '1, until the message of the paused campaign is corrected; GET …/messages lists all versions',
  }),
  audience: AudienceReply,
  state: OneOf(CAMPAIGN_STATES),
  pauseReason: Nullable(OneOf(PAUSE_REASONS)),
  pauseDetail: Nullable(Type.String({ description: 'Why it is paused and what to do' })),
  guarantee: settings.guarantee,
  priority: settings.priority,
  ratePerMinute: settings.ratePerMinute,
  scheduledAt: Nullable(Time),
  version: Type.Integer(),
  createdBy: Nullable(Type.String({ description: 'The id of a user or of an API key' })),
  createdByName: Nullable(Type.String()),
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
  haltedPlatforms: Type.Array(OneOf(PLATFORMS), {
    description:
      'FCM refused their push credential (APNs key, web push key): their devices wait, the others are sent to',
  }),
  resendOf: Nullable(
    Type.String({
      format: 'uuid',
      description: 'The original campaign of a resend; "audience" is copied from it',
    }),
  ),
  resendOnly: Nullable(OneOf(RESENT, { description: 'The resend is for the devices that had this result' })),
  resends: Type.Array(Type.Object({ id: Id, only: OneOf(RESENT), state: OneOf(CAMPAIGN_STATES) }), {
    description: 'The resends of this campaign',
  }),
  progress: ProgressReply,
}

export const CampaignReply = Type.Object(campaignFields)
export type CampaignReply = Static<typeof CampaignReply>

export const StoppedCampaignReply = Type.Object({
  ...campaignFields,
  inFlight: Type.Integer({
    description: 'Messages that may still be sent: those in batches that dispatchers hold',
  }),
})

export const ResendBody = Exact({
  only: OneOf(RESENT, { description: 'Send to exactly the devices that have this result' }),
  message: Type.Optional(MessageBody),
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

export const CampaignListQuery = Exact({
  ...PageQuery,
  state: Type.Optional(OneOf(CAMPAIGN_STATES)),
  search: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description: 'A part of the name, in upper or lower case',
    }),
  ),
})

const Named = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 2048 }), { minItems: 1, maxItems: 20, description }),
  )

export const TestBody = Exact(
  {
    addresses: Type.Optional(
      Type.Array(
        Exact({
          address: Type.String({ minLength: 1, maxLength: MAX_ADDRESS_LENGTH }),
          kind: Type.Optional(OneOf(ADDRESS_KINDS, { description: 'Told by the form if left out' })),
        }),
        { minItems: 1, maxItems: 20, description: 'Also of devices that are not registered here' },
      ),
    ),
    externalIds: Named('Members; the test is sent to all their active devices'),
    validateOnly: Type.Optional(
      Type.Boolean({ description: 'FCM validates the message and delivers nothing' }),
    ),
  },
  { description: 'addresses, externalIds, or both' },
)

export const TestReply = Type.Object({
  data: Type.Array(
    Type.Object({
      address: Nullable(Type.String({ description: 'Its last 8 characters' })),
      kind: Nullable(OneOf(ADDRESS_KINDS)),
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
      code: Nullable(OneOf(CODE_NAMES)),
      meaning: Type.String(),
      advice: Type.String(),
      fcmSaid: Nullable(
        Type.String({ description: 'FCM’s answer in its own words, without addresses; null if it accepted' }),
      ),
      messageId: Nullable(Type.String()),
    }),
  ),
})
