/**
 * One IANA name for each time zone: `asia/seoul`, `ROK` and `KST` are `Asia/Seoul`, `US/Pacific` is `America/Los_Angeles`,
 * `GMT+09:00` is `Etc/GMT-9`.
 */
import { KnownValues } from './known-values.ts'

const LONGEST = 64
const zones = new KnownValues(LONGEST, find)

/** Returns undefined if the text is not a time zone. */
export function canonicalTimezone(text: string): string | undefined {
  return zones.get(text)
}

/** Zones whose name IANA has changed since ICU, which answers for Intl, took it. */
const RENAMED = new Map<string, string>(
  Object.entries({
    'Africa/Asmera': 'Africa/Asmara',
    'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
    'America/Catamarca': 'America/Argentina/Catamarca',
    'America/Coral_Harbour': 'America/Atikokan',
    'America/Cordoba': 'America/Argentina/Cordoba',
    'America/Godthab': 'America/Nuuk',
    'America/Indianapolis': 'America/Indiana/Indianapolis',
    'America/Jujuy': 'America/Argentina/Jujuy',
    'America/Louisville': 'America/Kentucky/Louisville',
    'America/Mendoza': 'America/Argentina/Mendoza',
    'Asia/Calcutta': 'Asia/Kolkata',
    'Asia/Katmandu': 'Asia/Kathmandu',
    'Asia/Rangoon': 'Asia/Yangon',
    'Asia/Saigon': 'Asia/Ho_Chi_Minh',
    'Atlantic/Faeroe': 'Atlantic/Faroe',
    'Europe/Kiev': 'Europe/Kyiv',
    'Pacific/Enderbury': 'Pacific/Kanton',
    'Pacific/Ponape': 'Pacific/Pohnpei',
    'Pacific/Truk': 'Pacific/Chuuk',
  }),
)

/** Names that no table of zones has. A Map, as all that is asked with words of others: an object has a "constructor". */
const OTHER_NAMES = new Map<string, string>(
  Object.entries({
    kst: 'Asia/Seoul',
    'korea standard time': 'Asia/Seoul',
    'korean standard time': 'Asia/Seoul',
    'tokyo standard time': 'Asia/Tokyo',
    'japan standard time': 'Asia/Tokyo',
    'china standard time': 'Asia/Shanghai',
    z: 'UTC',
  }),
)

/** Offsets that are not whole hours have no Etc zone; each of these belongs to one place that has no daylight saving. */
const ODD_OFFSETS: Record<string, string> = {
  '+3:30': 'Asia/Tehran',
  '+4:30': 'Asia/Kabul',
  '+5:30': 'Asia/Kolkata',
  '+5:45': 'Asia/Kathmandu',
  '+6:30': 'Asia/Yangon',
  '+8:45': 'Australia/Eucla',
  '+9:30': 'Australia/Darwin',
  '-9:30': 'Pacific/Marquesas',
}

function find(text: string): string | undefined {
  const name = text.trim().replaceAll(' ', '_')
  const offset = /^(?:gmt|utc|etc\/utc)?_?([+-])(\d{1,2})(?::?([0-5]\d))?$/i.exec(name)
  if (offset !== null)
    return zoneOfOffset(offset[1] === '-' ? -1 : 1, Number(offset[2]), Number(offset[3] ?? 0))
  const other = OTHER_NAMES.get(name.replaceAll('_', ' ').toLowerCase())
  if (other !== undefined) return other
  if (!/^[a-z]/i.test(name)) return undefined
  const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
  return RENAMED.get(timeZone) ?? timeZone
}

/** East of Greenwich, in minutes a multiple of 15. IANA's Etc names count the other way round. */
function zoneOfOffset(sign: 1 | -1, hours: number, minutes: number): string | undefined {
  if (minutes !== 0) return ODD_OFFSETS[`${sign < 0 ? '-' : '+'}${hours}:${String(minutes).padStart(2, '0')}`]
  if (hours === 0) return 'UTC'
  if (hours > (sign < 0 ? 12 : 14)) return undefined
  return `Etc/GMT${sign < 0 ? '+' : '-'}${hours}`
}

/** The zone that is so many seconds east of Greenwich, as OneSignal and Braze write it. */
export function timezoneOfSeconds(seconds: number): string | undefined {
  if (!Number.isInteger(seconds / 60)) return undefined
  const minutes = Math.abs(seconds) / 60
  return zoneOfOffset(seconds < 0 ? -1 : 1, Math.floor(minutes / 60), minutes % 60)
}
