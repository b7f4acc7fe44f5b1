/** What the rules of a message's fields are written in. Data only: check-field.ts reads it. */
import type { TextForm } from './text-forms.ts'

export type FieldRule =
  | { is: 'text'; form?: TextForm }
  | { is: 'boolean' }
  | { is: 'number'; least: number; most: number; isWhole?: true }
  | { is: 'choice'; choices: readonly (string | number)[] }
  | { is: 'list'; of: FieldRule; mayBeEmpty?: true }
  /** Names that the campaign chooses, and texts: FCM's `data`. */
  | { is: 'texts' }
  | ObjectRule
  /** A text or an object, such as Apple's `alert`. */
  | { is: 'either'; text: FieldRule; object: FieldRule }
  | { is: 'number or list'; number: FieldRule; list: FieldRule }
  /** Whatever JSON: the app's own. */
  | { is: 'any' }
  /** Exists, and cannot be part of a campaign. */
  | { is: 'refused'; because: Refusal }

export interface ObjectRule {
  is: 'object'
  /** `camel`: FCM takes snake_case too, and it is stored in camelCase. `header`: the case does not matter. */
  naming: 'camel' | 'exact' | 'header'
  fields: Readonly<Record<string, FieldRule>>
  required?: readonly string[]
  /** Fields that say nothing without another one. */
  needs?: Readonly<Record<string, string>>
  /** Other names are the app's own, whatever their value. */
  rest?: true
}

export type Refusal = 'live_activity' | 'set_by_fcm' | 'differs_by_device'

/** FCM keeps a message for at most 28 days. */
export const LONGEST_SECONDS = 28 * 24 * 3600
const INT32_MAX = 2 ** 31 - 1

export const TEXT: FieldRule = { is: 'text' }
export const TEXTS: FieldRule = { is: 'list', of: TEXT, mayBeEmpty: true }
export const BOOLEAN: FieldRule = { is: 'boolean' }
export const COUNT: FieldRule = { is: 'number', least: 0, most: INT32_MAX, isWhole: true }
export const FRACTION: FieldRule = { is: 'number', least: 0, most: 1 }
export const LABEL: FieldRule = { is: 'text', form: 'label' }
export const HTTPS: FieldRule = { is: 'text', form: 'https' }
/** What a tap opens: a web address, or an app link, which browsers are not sent. */
export const LINK: FieldRule = { is: 'text', form: 'link' }
/** The picture of a notification. */
export const IMAGE: FieldRule = { is: 'text', form: 'image' }
