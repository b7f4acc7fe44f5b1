/** Values that a JSON schema of the OpenAPI document takes, or nearly: what a well-meaning client would send. */
import type { Dice } from './dice.ts'

export interface Schema {
  type?: string | readonly string[]
  enum?: readonly unknown[]
  format?: string
  minimum?: number
  maximum?: number
  minLength?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: readonly string[]
  maxProperties?: number
  additionalProperties?: boolean | Schema
}

/** What earlier answers have shown to exist, so that not everything ends with 404. */
export interface Known {
  ids: string[]
  cursors: string[]
  etags: string[]
}

export const TOKENS = Array.from({ length: 40 }, (_, index) => `fuzz-token:${index}`)
export const MEMBERS = Array.from({ length: 20 }, (_, index) => `fuzz-member-${index}`)

export function valueFor(schema: Schema, name: string, dice: Dice, known: Known): unknown {
  if (schema.enum !== undefined) return dice.pick(schema.enum)
  const type = typeof schema.type === 'string' ? schema.type : dice.pick(schema.type ?? ['string'])
  switch (type) {
    case 'null':
      return null
    case 'boolean':
      return dice.chance(0.5)
    case 'integer':
    case 'number': {
      const { minimum = 0, maximum = 1_000 } = schema
      return minimum + dice.below(Math.min(maximum - minimum, 1_000) + 1)
    }
    case 'array':
      return Array.from({ length: 1 + dice.below(3) }, () => valueFor(schema.items ?? {}, name, dice, known))
    case 'object':
      return objectFor(schema, dice, known)
    default:
      return textFor(schema, name, dice, known)
  }
}

function objectFor(schema: Schema, dice: Dice, known: Known): Record<string, unknown> {
  const { properties = {}, required = [], maxProperties } = schema
  const names = Object.keys(properties)
  if (names.length === 0) return dice.chance(0.5) ? { plan: 'pro' } : { screen: 'home', seats: '3' }
  const chosen =
    maxProperties === 1
      ? [dice.pick(names)]
      : names.filter((name) => required.includes(name) || dice.chance(0.3))
  return Object.fromEntries(chosen.map((name) => [name, valueFor(properties[name] ?? {}, name, dice, known)]))
}

function textFor({ format, minLength = 0 }: Schema, name: string, dice: Dice, known: Known): string {
  if (format === 'uuid') return known.ids.length > 0 && dice.chance(0.9) ? dice.pick(known.ids) : dice.uuid()
  if (format === 'date-time') return dice.pick(['2031-05-01T09:00:00Z', '2031-12-31T23:59:59.999+02:00'])
  switch (name) {
    case 'cursor':
      return known.cursors.length > 0 ? dice.pick(known.cursors) : 'eyJ2IjoxfQ'
    case 'token':
    case 'tokens':
      return dice.pick(TOKENS)
    case 'externalId':
    case 'externalIds':
      return dice.pick(MEMBERS)
    case 'deviceId':
      return String(1 + dice.below(50))
    case 'link':
    case 'imageUrl':
      return 'https://example.com/a?b=c'
    case 'locale':
    case 'locales':
      return dice.pick(['de', 'de-AT', 'en'])
    case 'timezone':
      return dice.pick(['Europe/Vienna', 'UTC'])
    default:
      return 'a text that is long enough'.repeat(1 + Math.floor(minLength / 26))
  }
}
