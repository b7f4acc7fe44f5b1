import type { ScheduleRule } from '../../../../src/domain/schedule-rule.ts'
import type { ScheduleTexts } from '../../text/schedule-texts.ts'

/** "Every Monday at 20:00". */
export function ruleWords(rule: ScheduleRule, { schedules: text }: ScheduleTexts): string {
  if ('cron' in rule) return text.cron(rule.cron)
  switch (rule.every) {
    case 'day':
      return text.daily(rule.at)
    case 'week':
      return text.weekly(rule.on, rule.at)
    case 'month':
      return rule.day === 'last' ? text.monthEnd(rule.at) : text.monthly(rule.day, rule.at)
  }
}
