/** Which days a view of the calendar shows, and where keys and arrows lead. Dates without a time zone. Pure. */
import { addDays } from '../../../../src/domain/add-days.ts'
import type { View } from './calendar-search.ts'

/** ISO: 1 is Monday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7

/** Where the days of a view begin and end. */
export function rangeOf(view: View, day: string, weekStart: Weekday): { from: string; to: string } {
  if (view === 'day') return { from: day, to: day }
  if (view === 'week') return weekOf(day, weekStart)
  const first = `${day.slice(0, 8)}01`
  const last = addDays(nextMonth(day, 1), -1)
  if (view === 'list') return { from: first, to: last }
  return { from: weekOf(first, weekStart).from, to: weekOf(last, weekStart).to }
}

function weekOf(day: string, weekStart: Weekday): { from: string; to: string } {
  const weekday = new Date(`${day}T00:00Z`).getUTCDay()
  const from = addDays(day, -((weekday - weekStart + 7) % 7))
  return { from, to: addDays(from, 6) }
}

/** The same day so many months, weeks or days later; of a shorter month its last. */
export function moved(view: View, day: string, by: number): string {
  if (view === 'day') return addDays(day, by)
  if (view === 'week') return addDays(day, 7 * by)
  const last = addDays(nextMonth(day, by + 1), -1)
  const wanted = nextMonth(day, by).slice(0, 8) + day.slice(8)
  // As texts: dates of this form are in the order of time.
  return [wanted, last].toSorted()[0] ?? last
}

/** Its first day. */
function nextMonth(day: string, by: number): string {
  const [year = 0, month = 1] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + by, 1)).toISOString().slice(0, 10)
}

export function datesOf({ from, to }: { from: string; to: string }): string[] {
  const dates: string[] = []
  for (let day = from; day <= to; day = addDays(day, 1)) dates.push(day)
  return dates
}

/** By how many days a key moves in a calendar whose weeks are rows; null: it is another key. */
export function daysOfKey(key: string, day: string, weekStart: Weekday): number | null {
  const { from } = weekOf(day, weekStart)
  const intoWeek = datesOf({ from, to: day }).length - 1
  const steps: Record<string, number> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -7,
    ArrowDown: 7,
    Home: -intoWeek,
    End: 6 - intoWeek,
  }
  return Object.hasOwn(steps, key) ? (steps[key] ?? null) : null
}

/** Today where the reader is. */
export function dateOf(at: Date): string {
  const two = (n: number) => String(n).padStart(2, '0')
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`
}
