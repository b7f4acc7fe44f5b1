/** Numbers, times and durations, as the language writes them. Pure: the dictionaries and the tests use it. */

export interface Words {
  locale: string
  day: (n: number) => string
  hour: (n: number) => string
  minute: (n: number) => string
  second: (n: number) => string
  lessThanASecond: string
  dateAndTime: (date: string, time: string) => string
}

export type Format = ReturnType<typeof formatIn>

export function formatIn(words: Words) {
  const { locale } = words
  const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 })
  const decimal = new Intl.NumberFormat(locale, { minimumFractionDigits: 0, maximumFractionDigits: 1 })
  const whole = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 })
  const fine = new Intl.NumberFormat(locale, {
    style: 'percent',
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  })
  const dateFormat = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric' })
  const zoneFormat = new Intl.DateTimeFormat(locale, { timeZoneName: 'short' })
  const clockFormat = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  })

  const minuteFormat = new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  const dayFormat = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' })

  return {
    /** 1,234,567 */
    number: (n: number) => integer.format(n),
    /** 1,234.5, and from a hundred on 1,235: what is after the point is noise there. */
    rate: (n: number) => (n >= 100 ? integer : decimal).format(n),
    /**
     * Of a share. Never "100 %" for what is not all, nor "0 %" for what is not nothing: two devices of ten million
     * that failed are what is being looked for.
     */
    percent: (part: number, all: number) => {
      if (all === 0) return whole.format(0)
      const share = part / all
      if (part > 0 && share < 0.001) return `<${fine.format(0.001)}`
      if (part < all && share > 0.999) return `>${fine.format(0.999)}`
      return (share === 0 || share === 1 ? whole : fine).format(share)
    },
    /** The two largest units: "2 h 5 min". Rounded up below a minute, as something left over is. */
    duration: (seconds: number) => durationOf(words, seconds),
    /** In the time zone of whoever looks. */
    dateTime: (time: string | Date) =>
      words.dateAndTime(dateFormat.format(new Date(time)), minuteFormat.format(new Date(time))),
    /** With seconds and the name of the zone, where it matters which. */
    exactTime: (time: string | Date) => {
      const at = new Date(time)
      const zone = zoneFormat.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value
      return words.dateAndTime(dateFormat.format(at), `${clockFormat.format(at)} ${zone}`)
    },
    clock: (time: string | Date) => clockFormat.format(new Date(time)),
    minute: (time: string | Date) => minuteFormat.format(new Date(time)),
    day: (time: string | Date) => dayFormat.format(new Date(time)),
    /** With the day of the week, as a calendar in that zone has it. */
    inZone: (time: string | Date, timeZone: string) =>
      new Intl.DateTimeFormat(locale, { ...CALENDAR, timeZone }).format(new Date(time)),
    /** 1.2 MB */
    bytes: (n: number) => bytesOf(locale, n),
  }
}

const CALENDAR = {
  weekday: 'short',
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZoneName: 'short',
  hourCycle: 'h23',
} as const

const SIZES = [
  { from: 1e9, unit: 'gigabyte' },
  { from: 1e6, unit: 'megabyte' },
  { from: 1e3, unit: 'kilobyte' },
  { from: 1, unit: 'byte' },
] as const

function bytesOf(locale: string, n: number): string {
  const { from, unit } = SIZES.find((size) => n >= size.from) ?? { from: 1, unit: 'byte' }
  const maximumFractionDigits = n / from < 100 && from > 1 ? 1 : 0
  return new Intl.NumberFormat(locale, { style: 'unit', unit, maximumFractionDigits }).format(n / from)
}

function durationOf(words: Words, seconds: number): string {
  if (seconds < 1) return words.lessThanASecond
  const total = Math.round(seconds)
  const parts = [
    { n: Math.floor(total / 86_400), say: words.day },
    { n: Math.floor(total / 3_600) % 24, say: words.hour },
    { n: Math.floor(total / 60) % 60, say: words.minute },
    { n: total % 60, say: words.second },
  ]
  const first = parts.findIndex(({ n }) => n > 0)
  return parts
    .slice(first, first + 2)
    .filter(({ n }) => n > 0)
    .map(({ n, say }) => say(n))
    .join(' ')
}
