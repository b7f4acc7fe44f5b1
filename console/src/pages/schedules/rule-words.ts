import type { ScheduleRule } from '../../../../src/domain/schedule-rule.ts'
import type { ScheduleTexts } from '../../text/schedule-texts.ts'
import { meaningOf } from './cron-rule.ts'

/** "Every Monday at 20:00". */
export function ruleWords(rule: ScheduleRule, texts: Pick<ScheduleTexts, 'schedules'>): string {
  const { schedules: text } = texts
  if ('cron' in rule) return cronWords(rule.cron, text)
  switch (rule.every) {
    case 'day':
      return text.daily(rule.at)
    case 'week':
      return text.weekly(rule.on, rule.at)
    case 'month':
      return rule.day === 'last' ? text.monthEnd(rule.at) : text.monthly(rule.day, rule.at)
  }
}

function cronWords(cron: string, text: ScheduleTexts['schedules']): string {
  const meaning = meaningOf(cron)
  if (meaning === null) return text.cron(cron)
  if (meaning.every === 'minutes') return text.everyMinutes(meaning.step)
  if (meaning.every === 'hours') return text.everyHours(meaning.step, meaning.minute)
  const { days, monthDays } = meaning
  const times = text.timesOf(meaning.times)
  if (days !== null) return text.weekly(days, times)
  if (monthDays === null) return text.daily(times)
  const [only] = monthDays
  if (monthDays.length > 1)
    return text.monthlyOn(
      monthDays.filter((day) => day !== 'last'),
      times,
    )
  return only === 'last' ? text.monthEnd(times) : text.monthly(only ?? 1, times)
}
