/** Queries and replies of the routes about consents that have to be confirmed. */
import Type from 'typebox'
import { CONSENT_NAMES } from '../../audience/change-member.ts'
import { MOST_COUNTED } from '../../audience/due-consents.ts'
import { Exact, OneOf, Page, PageQuery, Time } from '../http/common-schemas.ts'
import { CsvQuery } from '../http/export-schemas.ts'

const consent = Type.Optional(OneOf(CONSENT_NAMES, { default: 'marketing' }))

export const DueConsentQuery = Exact({ ...PageQuery, consent })
export const DueConsentExportQuery = Exact({ consent, ...CsvQuery })

export const DueConsentListReply = Page(
  Type.Object({
    externalId: Type.String(),
    since: Type.String({ format: 'date-time', description: 'When it was given, or confirmed last' }),
  }),
)

const count = Type.Integer({ description: `${MOST_COUNTED}: so many, or more` })
export const DueConsentCountReply = Type.Object({ marketing: count, night: count })

export const DueConsentPosition = Exact({ since: Time, id: Type.String({ pattern: '^\\d{1,18}$' }) })
