/** Lists after public reports, as they were given: what becomes of each of their lines, and with which words. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { MemberRow } from '../../../src/domain/device-row.ts'
import { check, read } from './read-list.ts'

const FOLDER = join(import.meta.dirname, 'fixtures/reported')
const fileOf = (name: string) => readFileSync(join(FOLDER, name))

interface Verdict {
  /** What the file is found to be. */
  found?: object
  /** The devices that are stored, by what is of interest in the case. */
  devices: object[]
  /** Members that are stored without their device. */
  members?: Partial<MemberRow>[]
  /** Lines that are refused, with their code and what the reason says. */
  rejected?: [line: number, code: string, says: string][]
}

const APNS = 'an Apple (APNs) token; FCM needs the token that Firebase'
const EXPO = 'is an Expo token; export the FCM token (getDevicePushTokenAsync) instead'
const EMPTY = 'externalId is NULL, which stands for an empty value'

const VERDICTS: Record<string, Verdict> = {
  'aliases.csv': { devices: [{ externalId: '1001', platform: 'android' }] },
  'apns-token.csv': {
    devices: [],
    rejected: [
      [2, 'apns_token', APNS],
      [3, 'apns_token', APNS],
      [4, 'expo_token', EXPO],
      [5, 'push_url', 'is the URL of a web push subscription'],
      [6, 'encoded_address', 'percent-encoded; write it as FCM gave it, with ":" and not "%3A"'],
      [7, 'quoted_address', 'in quotes that are part of the value'],
      [8, 'quoted_address', 'in quotes that are part of the value'],
    ],
  },
  'cp949.csv': {
    found: { encoding: 'euc-kr', encodingBy: 'content' },
    devices: [
      { externalId: '회원-김하늘', platform: 'android', attributes: '{"지역":"서울"}' },
      { externalId: 'kim02', platform: 'ios', attributes: '{"지역":"부산"}' },
      { externalId: 'kim03', platform: 'ios', attributes: null },
    ],
  },
  'excel-blank-rows.csv': { devices: [{ externalId: '1073' }] },
  'excel-bool.csv': {
    devices: [
      { externalId: '1040', optedOut: true },
      { externalId: '1041', optedOut: false },
      { externalId: '1042', optedOut: true },
      { externalId: '1043', optedOut: false },
      { externalId: '1044', optedOut: true },
    ],
  },
  'expo.csv': {
    devices: [],
    rejected: [2, 3, 4, 5, 6].map((line) => [line, 'expo_token', EXPO]),
  },
  'extra-columns.csv': {
    found: { ignored: ['email', 'created_at'] },
    devices: [{ externalId: 'u-33', platform: 'android' }],
  },
  'header-case.csv': { devices: [{ externalId: '1002', platform: 'android' }] },
  'id-spaces.csv': {
    devices: [{ externalId: 'user7' }, { externalId: 'user7' }, { externalId: 'user7' }],
  },
  'korean-nfd.csv': { devices: [{ externalId: '김하늘' }, { externalId: '김하늘' }] },
  'locales.csv': {
    devices: 'ko-KR zh-CN en-US pt-BR he-IL id-ID zh-CN en-US ko nn-NO'
      .split(' ')
      .map((locale, n) => ({ externalId: String(1050 + n), locale })),
  },
  'null-ids.csv': {
    devices: [],
    rejected: [2, 3, 4, 5, 6].map((line) => [line, 'empty_word', EMPTY]),
  },
  'onesignal-export.csv': {
    found: { profile: 'onesignal' },
    devices: [
      {
        externalId: 'u-1',
        platform: 'android',
        locale: 'ko',
        timezone: 'Asia/Seoul',
        attributes: '{"plan":"pro"}',
        lastSeenAt: '2026-11-01T10:00:00.123Z',
      },
    ],
  },
  'pinpoint-export.ndjson': {
    found: { profile: 'pinpoint', format: 'ndjson' },
    devices: [
      {
        externalId: 'u-2',
        locale: 'ko-KR',
        timezone: 'Asia/Seoul',
        attributes: '{"plan":"pro","tier":"gold"}',
        optedOut: false,
        lastSeenAt: '2026-09-01T00:00:00.000Z',
      },
    ],
    members: [{ externalId: 'u-3', optedOut: true }],
    rejected: [[2, 'apns_token', 'the member is kept, and the device comes when the app']],
  },
  'platform-case.csv': {
    devices: ['android', 'ios', 'web', 'ios', 'ios', 'ios'].map((platform) => ({ platform })),
  },
  'quoted-newline.csv': {
    devices: [
      { externalId: '1020', attributes: '{"note":"a\\nb"}' },
      { externalId: '1021', attributes: null },
    ],
  },
  'semicolon.csv': {
    found: { delimiter: ';', encodingBy: 'mark' },
    devices: [{ externalId: 'mueller-05', platform: 'android' }],
  },
  'sep-line.csv': { found: { delimiter: ';' }, devices: [{ externalId: 'mueller-05' }] },
  'sql-rows.ndjson': {
    devices: [
      { externalId: 'u-4', locale: null, timezone: null, attributes: '{}', optedOut: false },
      { externalId: 'u-5', locale: 'ko', attributes: null, optedOut: false },
      { externalId: 'u-6', optedOut: null },
      { externalId: '1007' },
      { externalId: '9007199254740993' },
      { externalId: 'u-9' },
    ],
    rejected: [
      [7, 'invalid_external_id', 'externalId is missing'],
      [8, 'invalid_external_id', 'externalId is missing'],
    ],
  },
  'token-trailing-space.csv': {
    devices: [{ externalId: '1009' }, { externalId: '1010' }, { externalId: '1011' }],
  },
  'utf8-tab.tsv': { found: { delimiter: '\t' }, devices: [{ externalId: 'kim04' }] },
}

test('there is a verdict for each', () => {
  expect(readdirSync(FOLDER).sort()).toEqual(Object.keys(VERDICTS).sort())
})

describe.each(Object.entries(VERDICTS))('%s', (name, verdict) => {
  const { found = {}, devices, members = [], rejected = [] } = verdict

  test('is read as it is meant', async () => {
    const list = await read(fileOf(name))
    expect(list.devices).toMatchObject(devices)
    expect(list.devices).toHaveLength(devices.length)
    expect(list.members).toMatchObject(members)
    // Whatever the case is about, no address has kept a space, a quote or a line break.
    for (const { address } of list.devices) expect(address).toMatch(/^[\w-]+:APA91bH[\w-]+$/)
  })

  test('is reported with what was found and what is wrong with each line', async () => {
    const report = await check(fileOf(name))
    expect(report.found).toMatchObject(found)
    expect(report).toMatchObject({
      accepted: devices.length,
      rejected: rejected.length,
      membersKept: members.length,
      droppedLines: [],
      warnings: [],
    })
    expect(report.rejectedLines.map(({ line, code }) => [line, code])).toEqual(
      rejected.map(([line, code]) => [line, code]),
    )
    for (const [index, [, , says]] of rejected.entries())
      expect(report.rejectedLines[index]?.reason).toContain(says)
  })
})
