/** A message and an audience, as campaigns have them in bodies and replies. */
import Type, { type TArrayOptions } from 'typebox'
import type { AudienceSummary } from '../../domain/audience-summary.ts'
import { type Audience, PLATFORMS } from '../../domain/campaign.ts'
import { VISIBLE } from '../../domain/clean-text.ts'
import { Exact, OneOf } from '../http/common-schemas.ts'

const Text = (description: string, maxLength?: number) =>
  Type.String({ minLength: 1, pattern: VISIBLE, description, ...(maxLength !== undefined && { maxLength }) })

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
          'https://, or a link of the app such as myshop://sale; sent to apps as "link" in the data. Browsers open an https:// link when the notification is tapped, and are sent no other',
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
export const MOST_NAMED = 10_000
export const AudienceBody = audienceOf({ minItems: 1, maxItems: MOST_NAMED })
/** An object and not a union, for the reason above. */
export const AudienceSummaryReply = Type.Unsafe<AudienceSummary>({
  type: 'object',
  required: ['kind'],
  additionalProperties: false,
  properties: {
    kind: { type: 'string', enum: ['all', 'members', 'filter'] },
    members: { type: 'integer', description: 'Of kind members: how many are named' },
    filter: {
      type: ['object', 'null'],
      additionalProperties: true,
      description: 'Of kind filter: its conditions; null if they are too long to be listed',
    },
  },
  description: 'To whom, in short. "audience" of GET /v1/campaigns/:id has all of it',
})
export const AudienceReply = audienceOf({
  description: 'Without members who were erased: an empty list is nobody',
})
