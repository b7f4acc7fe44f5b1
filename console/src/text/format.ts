/** Numbers, times and durations in the format of the language. Pure: used by the dictionaries and the tests. */

export interface DateParts {
  year: string
  /** "Nov", "11월" */
  month: string
  day: string
  weekday: string
  isThisYear: boolean
}

export interface Words {
  locale: string
  day: (n: number) => string
  hour: (n: number) => string
  minute: (n: number) => string
  second: (n: number) => string
  lessThanASecond: string
  /** Less than a minute ago, or in less than a minute. */
  justNow: string
  about: (duration: string) => string
  hourCycle: 'h12' | 'h23'
  date: (date: DateParts) => string
  dateWithWeekday: (date: DateParts) => string
  dateAndTime: (date: string, time: string) => string
  /** Times in this zone are shown without the name of the zone. */
  homeZone?: string
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
  const local = calendarIn(words)
  const dayFormat = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric' })
  const zoneNameFormat = new Intl.DateTimeFormat(locale, { timeZoneName: 'longGeneric' })
  const [tickFormat, fineTickFormat] = [{}, { second: '2-digit' } as const].map(
    (seconds) =>
      new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', ...seconds, hourCycle: 'h23' }),
  ) as [Intl.DateTimeFormat, Intl.DateTimeFormat]

  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'narrow' })
  const utc = calendarIn(words, 'UTC')
  const monthFormat = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'long', timeZone: 'UTC' })
  const weekdayFormat = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' })
  const shortDay = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' })

  /** An older browser lacks zones that the server has: undefined. */
  const known = (timeZone: string) => {
    try {
      return calendarIn(words, timeZone)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      return undefined
    }
  }
  return {
    /** 1,234,567 */
    number: (n: number) => integer.format(n),
    /** 12.5; from 100 on without a decimal: 1,235. */
    rate: (n: number) => (n >= 100 ? integer : decimal).format(n),
    /**
     * Never 100% for less than all, nor 0% for more than none: two failed devices out of ten million must stay visible.
     */
    percent: (part: number, all: number) => {
      if (all === 0) return whole.format(0)
      const share = part / all
      if (part > 0 && share < 0.001) return `<${fine.format(0.001)}`
      if (part < all && share > 0.999) return `>${fine.format(0.999)}`
      return (share === 0 || share === 1 ? whole : fine).format(share)
    },
    /** The two largest units, "2 h 5 min". */
    duration: (seconds: number) => durationOf(words, seconds),
    /** "about 5 min"; "less than 1 s" stays as it is. */
    aboutDuration: (seconds: number) =>
      seconds < 1 ? words.lessThanASecond : words.about(durationOf(words, seconds)),
    /** In the reader's time zone, or in another one; without the name of the zone. */
    dateTime: (time: string | Date, timeZone?: string) => {
      const { date, time: timeOf } = timeZone === undefined ? local : calendarIn(words, timeZone)
      const at = new Date(time)
      return words.dateAndTime(words.date(date(at)), timeOf(at))
    },
    /** With seconds and the name of the zone. */
    exactTime: (time: string | Date) => {
      const at = new Date(time)
      return words.dateAndTime(words.date(local.date(at)), `${local.clock(at)}${local.zone(at)}`)
    },
    /** The time of day with seconds. */
    clock: (time: string | Date) => local.clock(new Date(time)),
    /** The time of day. */
    timeOfDay: (time: string | Date, timeZone: string) => calendarIn(words, timeZone).time(new Date(time)),
    /** On an axis, where space is short: 14:05 or 14:05:09 in every language. */
    tick: (time: Date, hasSeconds: boolean) => (hasSeconds ? fineTickFormat : tickFormat).format(time),
    day: (time: string | Date) => dayFormat.format(new Date(time)),
    /** With the weekday and the name of the zone: the reader's, or the one given, if this browser knows it. */
    inZone: (time: string | Date, timeZone?: string) => {
      const { date, time: timeOf, zone } = timeZone === undefined ? local : (known(timeZone) ?? local)
      const at = new Date(time)
      return words.dateAndTime(words.dateWithWeekday(date(at)), `${timeOf(at)}${zone(at)}`)
    },
    /** A time on a wall, YYYY-MM-DDTHH:MM, in no zone: "Thu, Dec 24, 2026, 20:00". */
    wall: (wall: string) => {
      const at = new Date(`${wall}Z`)
      // What a program has written is shown as it is.
      if (Number.isNaN(at.getTime())) return wall
      return words.dateAndTime(words.dateWithWeekday(utc.date(at)), utc.time(at))
    },
    /** "5min ago", "in 3h": the largest unit, from the reader's point of view. */
    relative: (time: string | Date, now: Date) => {
      const seconds = (new Date(time).getTime() - now.getTime()) / 1_000
      const unit = RELATIVE.find(({ from }) => Math.abs(seconds) >= from)
      return unit === undefined ? words.justNow : relative.format(Math.trunc(seconds / unit.from), unit.name)
    },
    /** A day of a calendar, YYYY-MM-DD, whatever the time zone: "Mon, Nov 30, 2026". */
    calendarDay: (day: string) => {
      const at = new Date(`${day}T12:00:00Z`)
      return words.dateWithWeekday(utc.date(at))
    },
    /** The same without the weekday and the year, for axes. */
    shortDay: (day: string) => shortDay.format(new Date(`${day}T12:00:00Z`)),
    /** The month of a day of a calendar: "December 2026". */
    month: (day: string) => monthFormat.format(new Date(`${day}T12:00:00Z`)),
    /** "Mon" */
    weekday: (day: string) => weekdayFormat.format(new Date(`${day}T12:00:00Z`)),
    /** The time of day where the reader is. */
    time: (time: string | Date) => local.time(new Date(time)),
    /** The reader's time zone, once for many times: "Central European Time". */
    zoneName: () => partOf(zoneNameFormat, new Date(), 'timeZoneName'),
    /** 1.2 MB */
    bytes: (n: number) => bytesOf(locale, n),
  }
}

const RELATIVE = [
  { from: 86_400 * 365, name: 'year' },
  { from: 86_400, name: 'day' },
  { from: 3_600, name: 'hour' },
  { from: 60, name: 'minute' },
] as const

/** Dates and times of day in one time zone; the reader's own if none is given. */
function calendarIn({ locale, hourCycle, homeZone }: Words, timeZone?: string) {
  const zone = timeZone === undefined ? {} : { timeZone }
  const time = {
    ...zone,
    hour: hourCycle === 'h12' ? 'numeric' : '2-digit',
    minute: '2-digit',
    hourCycle,
  } as const
  const dateFormat = new Intl.DateTimeFormat(locale, {
    ...zone,
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    weekday: 'short',
  })
  const timeFormat = new Intl.DateTimeFormat(locale, time)
  const clockFormat = new Intl.DateTimeFormat(locale, { ...time, second: '2-digit' })
  const zoneFormat = new Intl.DateTimeFormat(locale, { ...zone, timeZoneName: 'short' })
  const isHome = dateFormat.resolvedOptions().timeZone === homeZone
  return {
    date: (at: Date): DateParts => {
      const year = partOf(dateFormat, at, 'year')
      return {
        year,
        month: partOf(dateFormat, at, 'month'),
        day: partOf(dateFormat, at, 'day'),
        weekday: partOf(dateFormat, at, 'weekday'),
        isThisYear: year === partOf(dateFormat, new Date(), 'year'),
      }
    },
    time: (at: Date) => timeFormat.format(at),
    clock: (at: Date) => clockFormat.format(at),
    /** With a space before it; empty in the home zone. */
    zone: (at: Date) => (isHome ? '' : ` ${partOf(zoneFormat, at, 'timeZoneName')}`),
  }
}

function partOf(format: Intl.DateTimeFormat, at: Date, type: Intl.DateTimeFormatPartTypes): string {
  return format.formatToParts(at).find((part) => part.type === type)?.value ?? ''
}

const SIZES = [
  { from: 1e9, unit: 'gigabyte' },
  { from: 1e6, unit: 'megabyte' },
  { from: 1e3, unit: 'kilobyte' },
  { from: 1, unit: 'byte' },
] as const

function bytesOf(locale: string, n: number): string {
  const { from, unit } = SIZES.find((size) => n >= size.from) ?? { from: 1, unit: 'byte' }
  const maximumFractionDigits = n / from < 100 && from > 1 ? 1 : 0
  // The short form of bytes is "byte" in Korean too; the long one is 바이트.
  const unitDisplay = unit === 'byte' ? 'long' : 'short'
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits }).format(
    n / from,
  )
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
