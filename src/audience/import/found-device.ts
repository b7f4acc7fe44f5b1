/** What one entry of a list comes to. */
import { isEmptyWord, withoutSpreadsheetMark } from '../../domain/clean-text.ts'
import {
  checkDevice,
  checkMember,
  type DeviceInput,
  type DeviceRow,
  isRejection,
  type MemberRow,
} from '../../domain/device-row.ts'
import { isTooDeep } from '../../domain/json-depth.ts'
import { type DeviceField, type Rejection, reject } from '../../domain/rejection.ts'
import { saysOptedIn, saysOptedOut } from '../../domain/yes-no.ts'
import type { ColumnField } from './column-names.ts'
import { TOO_DEEP } from './parse-json.ts'

export interface FoundDevice {
  /** Of the line; in a JSON array, of the element. */
  number: number
  device: DeviceRow | Rejection
  /** What is stored of a device that is rejected: its member, with what the list says about them. */
  member?: MemberRow
  /** Fields that were left out. */
  dropped: readonly Rejection[]
}

export const NOTHING_DROPPED: readonly Rejection[] = []

/** Values of a list by field, before they are checked. */
export interface ListValues extends Partial<Record<ColumnField, unknown>> {
  /** Attributes that have a column of their own. In a map, since they may have any name. */
  ownAttributes?: Map<string, unknown>
}

/** `keepsMember`: the member is stored also when the device cannot be, as from another system's export. */
export function foundDevice(
  number: number,
  values: ListValues,
  keepsMember = false,
  rejection?: Rejection,
): FoundDevice {
  const input = inputOf(values)
  const dropped: Rejection[] = []
  const device = 'reason' in input ? input : (rejection ?? checkDevice(input, dropped))
  if (!isRejection(device)) return { number, device, dropped: dropped.length > 0 ? dropped : NOTHING_DROPPED }
  const found: FoundDevice = { number, device, dropped: NOTHING_DROPPED }
  if ('reason' in input || device.field === 'externalId' || ANSWERS.has(device.field)) return found
  // Who wants no more mail or text messages has said nothing about push.
  if (device.code === 'other_channel') return found
  // Somebody who does not want to receive anything has said so, whatever is wrong with the device.
  if (!keepsMember && !refusesSomething(input)) return found
  const member = checkMember(input, dropped)
  return isRejection(member) ? found : { ...found, member, dropped }
}

/** What the person has said cannot be read, so that nothing is taken from the row. */
const ANSWERS: ReadonlySet<DeviceField | undefined> = new Set<DeviceField | undefined>([
  'optedOut',
  'marketingConsent',
  'nightConsent',
])

function refusesSomething({ optedOut, marketingConsent, nightConsent }: DeviceInput): boolean {
  return (
    saysOptedOut(optedOut) === true ||
    saysOptedIn(marketingConsent) === false ||
    saysOptedIn(nightConsent) === false
  )
}

/** Text as it is in the file. A word that stands for nothing is left out where a value is optional. */
export function setText(values: ListValues, field: ColumnField, text: string): void {
  if (text === '') return
  const value = withoutSpreadsheetMark(text)
  if (field === 'address' || field === 'externalId') values[field] = value
  else if (!isEmptyWord(value.trim())) values[field] = value.trim()
}

/** The same for an attribute that has a column of its own; its text may hold any character. */
export function setAttributeText(values: ListValues, name: string, text: string): void {
  const value = withoutSpreadsheetMark(text).trim()
  if (value !== '' && !isEmptyWord(value)) setAttribute(values, name, value.normalize('NFC'))
}

/** Of two values for one attribute, the first counts. */
export function setAttribute(values: ListValues, name: string, value: unknown): void {
  values.ownAttributes ??= new Map()
  if (!values.ownAttributes.has(name)) values.ownAttributes.set(name, value)
}

function inputOf(values: ListValues): DeviceInput | Rejection {
  const { fid, optedIn, ownAttributes } = values
  const input: DeviceInput = values
  if (fid !== undefined && fid !== null && fid !== '') {
    // Beside its installation id, the token is the address from before.
    if (input.address !== undefined) input.replaces ??= input.address
    input.address = fid
    input.kind ??= 'fid'
  }
  if (optedIn !== undefined && optedIn !== null) {
    const said = saysOptedIn(optedIn)
    if (said === undefined) return reject('invalid_opted_out', 'optedOut', optedIn, 'true or false')
    // Stated twice, one opt-out is enough.
    if (!said || input.optedOut === undefined) input.optedOut = !said
  }
  if (typeof input.attributes === 'string') input.attributes = attributesOf(input.attributes)
  if (ownAttributes !== undefined) input.attributes = withOwn(input.attributes, ownAttributes)
  return input
}

/**
 * A column of its own was chosen for the attribute, so it takes precedence. What should be all attributes and is none of
 * them stays, to be refused: a part of them would replace those that are stored.
 */
function withOwn(attributes: unknown, own: ReadonlyMap<string, unknown>): unknown {
  if (attributes === undefined || attributes === null) return Object.fromEntries(own)
  if (typeof attributes !== 'object' || Array.isArray(attributes)) return attributes
  return { ...attributes, ...Object.fromEntries(own) }
}

/** The text itself is no object, and so refused with its value. */
function attributesOf(text: string): unknown {
  if (isTooDeep(text)) return TOO_DEEP
  return parsed(text) ?? parsed(withEscapedBreaks(text)) ?? text
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A line break that somebody typed in a cell is one in a string, which JSON has as "\\n". */
function withEscapedBreaks(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"/gs, (string) =>
    string.replaceAll('\r', '').replaceAll('\n', '\\n').replaceAll('\t', '\\t'),
  )
}
