import { expect, test } from 'vitest'
import { meaningOf } from '../../console/src/pages/schedules/cron-rule.ts'
import { ruleWords } from '../../console/src/pages/schedules/rule-words.ts'
import { en } from '../../console/src/text/en.ts'
import { ko } from '../../console/src/text/ko.ts'
import { scheduleTexts } from '../../console/src/text/schedule-texts.ts'

test.each([
  [
    '0 20 * * 1-5',
    'Every Monday, Tuesday, Wednesday, Thursday, and Friday at 20:00',
    '매주 월·화·수·목·금요일 20:00',
  ],
  ['30 9,18 * * *', 'Every day at 09:30 and 18:30', '매일 09:30, 18:30'],
  ['0 9 1,15 * *', 'On days 1 and 15 of every month at 09:00', '매월 1일, 15일 09:00'],
  ['0 9 L * *', 'On the last day of every month at 09:00', '매월 말일 09:00'],
  ['0 9 * * 0', 'Every Sunday at 09:00', '매주 일요일 09:00'],
  ['0 9 * * SAT,7', 'Every Saturday and Sunday at 09:00', '매주 토·일요일 09:00'],
  ['*/15 * * * *', 'Every 15 minutes', '15분마다'],
  ['5 */2 * * *', 'Every 2 hours, at minute 5', '2시간마다 5분'],
  ['5 * * * *', 'Every hour, at minute 5', '매시 5분'],
])('%s is said in words', (cron, english, korean) => {
  expect(ruleWords({ cron }, { ...en, ...scheduleTexts.en })).toBe(english)
  expect(ruleWords({ cron }, { ...ko, ...scheduleTexts.ko })).toBe(korean)
})

test.each([
  ...[
    '0 9 1 * 1',
    '*/7 * * * *',
    '0 9 * 12 *',
    '0 9-17 * * *',
    '0 9 * * 5#2',
    '61 9 * * *',
    '0 24 * * *',
    'x',
    '',
  ],
  ...[
    '0 9 31 * *',
    '0 9 LW * *',
    '*/0 * * * *',
    '0 */0 * * *',
    '0 9 0 * *',
    '0 9 * * FOO',
    '*/15 9 * * *',
    '0,30 * * * *',
  ],
])('%s is shown as it is', (cron) => {
  expect(meaningOf(cron)).toBeNull()
  expect(ruleWords({ cron }, { ...en, ...scheduleTexts.en })).toBe(`By cron: ${cron}`)
})
