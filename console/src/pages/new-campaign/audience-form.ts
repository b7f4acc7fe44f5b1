/** The audience as form fields, and as the API takes it. */

import type { Audience, Platform } from '../../../../src/domain/campaign.ts'
import { canonicalLocale } from '../../../../src/domain/locale.ts'

/** The limits of AudienceBody in src/api/campaigns/campaign-schemas.ts. */
const MAX_EXTERNAL_IDS = 10_000
const MAX_EXTERNAL_ID_LENGTH = 255
export const MAX_LOCALES = 200
const MAX_SEEN_WITHIN_DAYS = 3650

export const ATTRIBUTE_KINDS = ['text', 'number', 'boolean', 'json'] as const
export type AttributeKind = (typeof ATTRIBUTE_KINDS)[number]

export interface AttributeForm {
  name: string
  kind: AttributeKind
  value: string
}

export const AUDIENCE_KINDS = ['all', 'filter', 'externalIds'] as const

export interface AudienceForm {
  /** No default: sending to everyone must be an explicit choice. */
  kind: '' | (typeof AUDIENCE_KINDS)[number]
  platforms: Platform[]
  locales: string[]
  attributes: AttributeForm[]
  seenWithinDays: string
  /** One per line. */
  externalIds: string
}

export type AudienceProblem =
  | { field: 'kind' | 'filter' | 'externalIds'; code: 'missing' }
  | { field: 'externalIds'; code: 'too_many'; count: number }
  | { field: 'externalIds'; code: 'too_long'; id: string }
  | { field: 'locales'; code: 'not_a_locale'; locale: string }
  | { field: 'seenWithinDays'; code: 'not_days' }
  /** "attributes.2" */
  | { field: string; code: 'no_name' | 'twice' | 'not_a_number' | 'not_json' }

export const emptyAudience: AudienceForm = {
  kind: '',
  platforms: [],
  locales: [],
  attributes: [],
  seenWithinDays: '',
  externalIds: '',
}

export function audienceFormOf(audience: Audience): AudienceForm {
  if ('all' in audience) return { ...emptyAudience, kind: 'all' }
  if ('externalIds' in audience) {
    // The final newline marks it as a list of lines, in case the only ID contains a comma.
    return { ...emptyAudience, kind: 'externalIds', externalIds: `${audience.externalIds.join('\n')}\n` }
  }
  const { platforms = [], locales = [], attributes = {}, seenWithinDays } = audience.filter
  return {
    ...emptyAudience,
    kind: 'filter',
    platforms,
    locales,
    attributes: Object.entries(attributes).map(attributeFormOf),
    seenWithinDays: seenWithinDays === undefined ? '' : String(seenWithinDays),
  }
}

/** `audience` is null while a field is invalid or missing. */
export function readAudience(form: AudienceForm): { audience: Audience | null; problems: AudienceProblem[] } {
  switch (form.kind) {
    case '':
      return { audience: null, problems: [{ field: 'kind', code: 'missing' }] }
    case 'all':
      return { audience: { all: true }, problems: [] }
    case 'externalIds':
      return readExternalIds(form.externalIds)
    case 'filter':
      return readFilter(form)
  }
}

/** One ID per line; a single line is split at commas, semicolons and tabs. Without duplicates. */
export function splitIds(text: string): string[] {
  const separator = text.includes('\n') ? /\r?\n/ : /[,;\t]/
  return [...new Set(text.split(separator).map((id) => id.trim()))].filter((id) => id !== '')
}

function readExternalIds(text: string): ReturnType<typeof readAudience> {
  const externalIds = splitIds(text)
  const tooLong = externalIds.find((id) => id.length > MAX_EXTERNAL_ID_LENGTH)
  if (externalIds.length === 0) {
    return { audience: null, problems: [{ field: 'externalIds', code: 'missing' }] }
  }
  if (externalIds.length > MAX_EXTERNAL_IDS) {
    const count = externalIds.length
    return { audience: null, problems: [{ field: 'externalIds', code: 'too_many', count }] }
  }
  if (tooLong !== undefined) {
    return { audience: null, problems: [{ field: 'externalIds', code: 'too_long', id: tooLong }] }
  }
  return { audience: { externalIds }, problems: [] }
}

function readFilter(form: AudienceForm): ReturnType<typeof readAudience> {
  const problems: AudienceProblem[] = []
  const filter: Extract<Audience, { filter: unknown }>['filter'] = {}
  if (form.platforms.length > 0) filter.platforms = form.platforms
  const locales = form.locales.flatMap((locale) => {
    const found = canonicalLocale(locale)
    if (found === undefined) problems.push({ field: 'locales', code: 'not_a_locale', locale })
    return found ?? []
  })
  if (locales.length > 0) filter.locales = locales
  const attributes = readAttributes(form.attributes, problems)
  if (Object.keys(attributes).length > 0) filter.attributes = attributes
  if (form.seenWithinDays.trim() !== '') {
    const days = Number(form.seenWithinDays)
    if (Number.isInteger(days) && days >= 1 && days <= MAX_SEEN_WITHIN_DAYS) filter.seenWithinDays = days
    else problems.push({ field: 'seenWithinDays', code: 'not_days' })
  }
  if (problems.length === 0 && Object.keys(filter).length === 0) {
    problems.push({ field: 'filter', code: 'missing' })
  }
  return { audience: problems.length === 0 ? { filter } : null, problems }
}

function readAttributes(
  lines: readonly AttributeForm[],
  problems: AudienceProblem[],
): Record<string, unknown> {
  // Without a prototype: `__proto__` is a name like any other.
  const attributes: Record<string, unknown> = Object.create(null)
  for (const [index, { name, kind, value }] of lines.entries()) {
    const field = `attributes.${index}`
    const read = attributeValue(kind, value)
    if (name === '' && value === '') continue
    if (name === '') problems.push({ field, code: 'no_name' })
    else if (Object.hasOwn(attributes, name)) problems.push({ field, code: 'twice' })
    else if (read === undefined) {
      problems.push({ field, code: kind === 'number' ? 'not_a_number' : 'not_json' })
    } else attributes[name] = read
  }
  return attributes
}

function attributeValue(kind: AttributeKind, value: string): unknown {
  switch (kind) {
    case 'text':
      return value
    case 'boolean':
      return value !== 'false'
    case 'number': {
      const number = Number(value)
      return value.trim() !== '' && Number.isFinite(number) ? number : undefined
    }
    case 'json':
      try {
        return JSON.parse(value)
      } catch {
        return undefined
      }
  }
}

function attributeFormOf([name, value]: [string, unknown]): AttributeForm {
  if (typeof value === 'string') return { name, kind: 'text', value }
  if (typeof value === 'number') return { name, kind: 'number', value: String(value) }
  if (typeof value === 'boolean') return { name, kind: 'boolean', value: String(value) }
  return { name, kind: 'json', value: JSON.stringify(value) }
}
