/** Exports of other services, with invented people. */
import { expect, test } from 'vitest'
import { readColumnMap } from '../../../src/audience/import/column-map.ts'
import { check, read, token } from './read-list.ts'

const endpoint = (more: object) =>
  JSON.stringify({ Id: 'ep', ChannelType: 'GCM', OptOut: 'NONE', EndpointStatus: 'ACTIVE', ...more })

test('Pinpoint: what FCM reaches is a device, an Apple address keeps its member, an opt-out counts', async () => {
  const file = [
    endpoint({
      Address: token(1),
      EffectiveDate: '2026-09-01T00:00:00.000Z',
      Attributes: { plan: ['pro'], teams: ['a', 'b'] },
      Demographic: { Platform: 'ANDROID', Locale: 'ko_KR', Timezone: 'Asia/Seoul' },
      User: { UserId: 4711, UserAttributes: { plan: ['gold'] } },
    }),
    endpoint({ ChannelType: 'APNS', OptOut: 'ALL', Address: 'a1b2c3d4'.repeat(8), User: { UserId: 'm2' } }),
    endpoint({ ChannelType: 'EMAIL', OptOut: 'ALL', Address: 'a@example.com', User: { UserId: 'm3' } }),
    endpoint({ EndpointStatus: 'INACTIVE', Address: token(4), User: { UserId: 'm4' } }),
    endpoint({ Address: token(5) }),
  ].join('\n')
  const { devices, members } = await read(file)
  expect(devices).toMatchObject([
    {
      address: token(1),
      externalId: '4711',
      platform: 'android',
      locale: 'ko-KR',
      timezone: 'Asia/Seoul',
      attributes: '{"plan":"gold","teams":["a","b"]}',
      optedOut: false,
      lastSeenAt: '2026-09-01T00:00:00.000Z',
    },
  ])
  expect(members).toMatchObject([
    { externalId: 'm2', optedOut: true },
    { externalId: 'm4', optedOut: false },
  ])
  const report = await check(file)
  expect(report).toMatchObject({ membersKept: 2, found: { profile: 'pinpoint', format: 'ndjson' } })
  expect(report.rejectedLines.map(({ line, code }) => [line, code])).toEqual([
    [2, 'apns_token'],
    [3, 'other_channel'],
    [4, 'inactive_device'],
    [5, 'invalid_external_id'],
  ])
})

test('Pinpoint in CSV is the same', async () => {
  const file = `Id,ChannelType,Address,OptOut,EndpointStatus,EffectiveDate,Demographic.Locale,User.UserId,Attributes.plan\nep-1,GCM,${token(1)},ALL,ACTIVE,2026-09-01T00:00:00Z,de_AT,m1,pro\n`
  expect((await read(file)).devices).toMatchObject([
    { externalId: 'm1', locale: 'de-AT', optedOut: true, attributes: '{"plan":"pro"}' },
  ])
})

test('OneSignal: Android devices, with the language, zone, tags and subscription of each', async () => {
  const head =
    'id,identifier,session_count,language,timezone,device_type,tags,last_active,invalid_identifier,external_user_id,timezone_id,notification_types'
  const row = (identifier: string, type: number, more: string) =>
    `6f1c0000-0000-4000-8000-000000000001,${identifier},12,ko,32400,${type},"{""plan"":""pro""}",2026-11-01 10:00:00.123,${more}`
  const file = [
    head,
    row(token(1), 1, 'f,m1,Asia/Seoul,1'),
    row(token(2), 1, 'f,m2,,-2'),
    row('a1b2c3d4'.repeat(8), 0, 'f,m3,Asia/Seoul,1'),
    row('https://fcm.googleapis.com/fcm/send/x', 5, 'f,m4,Asia/Seoul,1'),
    row(token(5), 1, 't,m5,Asia/Seoul,1'),
    row('a@example.com', 11, 'f,m6,,-2'),
  ].join('\n')
  const { devices, members } = await read(file)
  const common = {
    platform: 'android',
    locale: 'ko',
    attributes: '{"plan":"pro"}',
    lastSeenAt: '2026-11-01T10:00:00.123Z',
  }
  expect(devices).toMatchObject([
    { ...common, externalId: 'm1', timezone: 'Asia/Seoul', optedOut: false },
    { ...common, externalId: 'm2', timezone: 'Etc/GMT-9', optedOut: true },
  ])
  expect(members.map(({ externalId }) => externalId)).toEqual(['m3', 'm4', 'm5'])
  const report = await check(file)
  expect(report.found.profile).toBe('onesignal')
  expect(report.rejectedCounts.map(({ code }) => code).sort()).toEqual(
    ['apns_token', 'push_url', 'inactive_device', 'other_channel'].sort(),
  )
})

test('Braze: one line is one person with any number of devices, and when they opted out', async () => {
  const person = (more: object) =>
    JSON.stringify({ external_id: 'm1', braze_id: 'b', language: 'ko', country: 'KR', ...more })
  const file = [
    person({
      time_zone: 'Asia/Seoul',
      custom_attributes: { plan: 'pro' },
      push_subscribe: 'unsubscribed',
      push_unsubscribed_at: '2026-05-01T10:00:00.000Z',
      push_tokens: [
        { app: 'Shop', platform: 'Android', token: token(1), device_id: 'phone-0001' },
        { app: 'Shop', platform: 'iOS', token: 'a1b2c3d4'.repeat(8), device_id: 'phone-0002' },
        { app: 'Shop (Android)', token: token(2) },
      ],
    }),
    person({ external_id: 'm2', push_tokens: [], push_subscribe: 'subscribed' }),
  ].join('\n')
  const { devices, members } = await read(file)
  const common = { externalId: 'm1', locale: 'ko-KR', optedOut: true, consentAt: '2026-05-01T10:00:00.000Z' }
  expect(devices).toMatchObject([
    { ...common, address: token(1), platform: 'android', installationId: 'phone-0001' },
    { ...common, address: token(2), platform: 'android' },
  ])
  expect(members).toMatchObject([common, { externalId: 'm2', optedOut: null }])
  expect(await check(file)).toMatchObject({ lines: 2, accepted: 2, rejected: 2, found: { profile: 'braze' } })
})

test('OneSignal: whoever was unsubscribed by hand or through its API has opted out', async () => {
  const row = (n: number, types: string) => `${n},${token(n)},1,m${n},${types}`
  const types = ['1', '-2', '-22', '-30', '-31', '0', '-10', '']
  const { devices } = await read(
    `id,identifier,device_type,external_user_id,notification_types\n${types.map((each, n) => row(n, each)).join('\n')}\n`,
  )
  expect(devices.map(({ optedOut }) => optedOut)).toEqual([false, true, true, true, true, null, null, null])
})

test('an export without the ids of its people is refused as a whole, or mapped', async () => {
  const file = `id,identifier,device_type,language\no1,${token(1)},1,ko\n`
  expect((await check(file)).problems).toEqual([{ code: 'missing', names: ['externalId'] }])
  const mapped = await check(file, { map: readColumnMap('id:externalId') })
  expect(mapped).toMatchObject({ problems: [], accepted: 1, found: { profile: 'onesignal' } })
})

test('a list of one’s own that has Braze’s ids beside its addresses is no export of Braze', async () => {
  const report = await check(`external_id,braze_id,token,platform\nm1,b1,${token(1)},ios\n`)
  expect(report).toMatchObject({ accepted: 1, found: { profile: null } })
})
