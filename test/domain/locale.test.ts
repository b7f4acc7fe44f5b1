import { expect, test } from 'vitest'
import { canonicalLocale } from '../../src/domain/locale.ts'
import { canonicalTimezone } from '../../src/domain/timezone.ts'

test.each([
  ['ko_KR', 'ko-KR'],
  ['de_at', 'de-AT'],
  ['zh_CN_#Hans', 'zh-CN'],
  ['zh-Hans_CN', 'zh-CN'],
  ['zh-Hans-CN', 'zh-CN'],
  ['zh_TW_#Hant', 'zh-TW'],
  ['zh-Hant-HK', 'zh-HK'],
  ['zh-Hans-HK', 'zh-Hans-HK'],
  ['zh-Hant', 'zh-Hant'],
  ['zh-Hans', 'zh'],
  ['sr_RS_#Latn', 'sr-Latn-RS'],
  ['b+sr+Latn+RS', 'sr-Latn-RS'],
  ['ko-Kore-KR', 'ko-KR'],
  ['en_US@calendar=gregorian', 'en-US'],
  ['en_US@posix', 'en-US'],
  ['en_US.UTF-8', 'en-US'],
  ['en-US-u-ca-gregory', 'en-US'],
  ['th_TH_TH_#u-nu-thai', 'th-TH'],
  ['ja_JP_JP_#u-ca-japanese', 'ja-JP'],
  ['pt-rBR', 'pt-BR'],
  ['iw_IL', 'he-IL'],
  ['in_ID', 'id-ID'],
  ['nb_NO_NY', 'nn-NO'],
  ['es-419', 'es-419'],
  ['fil', 'fil'],
  ['Korean', 'ko'],
  ['한국어', 'ko'],
  ['deutsch', 'de'],
])('the locale %s is %s', (text, locale) => {
  expect(canonicalLocale(text)).toBe(locale)
})

test.each(['', '-', 'Klingonisch', 'x', 'und', '12', 'a'.repeat(70), 'de-!!'])('%j is no locale', (text) => {
  expect(canonicalLocale(text)).toBeUndefined()
})

test.each([
  ['asia/seoul', 'Asia/Seoul'],
  ['ASIA/SEOUL', 'Asia/Seoul'],
  ['ROK', 'Asia/Seoul'],
  ['KST', 'Asia/Seoul'],
  ['US/Pacific', 'America/Los_Angeles'],
  ['Asia/Calcutta', 'Asia/Kolkata'],
  ['Asia/Kolkata', 'Asia/Kolkata'],
  ['Europe/Kiev', 'Europe/Kyiv'],
  ['GMT+09:00', 'Etc/GMT-9'],
  ['UTC+9', 'Etc/GMT-9'],
  ['+0900', 'Etc/GMT-9'],
  ['GMT-3', 'Etc/GMT+3'],
  ['GMT+05:30', 'Asia/Kolkata'],
  ['GMT', 'UTC'],
  ['UTC+00:00', 'UTC'],
  ['America/New York', 'America/New_York'],
])('the time zone %s is %s', (text, zone) => {
  expect(canonicalTimezone(text)).toBe(zone)
})

test.each(['', 'Mars/Olympus', '+25:00', 'GMT+13:30', '9', 'x'.repeat(70)])('%j is no time zone', (text) => {
  expect(canonicalTimezone(text)).toBeUndefined()
})
