import { describe, expect, test } from 'vitest'
import { checkMessage, inspectMessage } from '../../src/domain/check-message.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import { MESSAGE_LIMIT_BYTES, messageBytes } from '../../src/domain/message-size.ts'

const MESSAGE: CampaignMessage = { title: 'Sale', body: 'Everything must go' }

function refusalOf(message: CampaignMessage): AppError {
  try {
    checkMessage(message)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('the message was taken')
}

test('a full message of FCM’s own form is taken as it is', () => {
  const message: CampaignMessage = {
    ...MESSAGE,
    imageUrl: 'https://example.com/a.png',
    link: 'https://example.com/sale',
    data: { screen: 'sale', fromage: 'brie', googleplex: 'x' },
    android: {
      priority: 'HIGH',
      ttl: '3.5s',
      notification: { channelId: 'offers' },
      directBootOk: true,
      data: { a: 'b' },
    },
    apns: { headers: { 'apns-priority': '10' }, payload: { aps: { badge: 3 } } },
    webpush: {
      headers: { Urgency: 'high' },
      notification: { icon: 'x' },
      fcmOptions: { link: 'https://example.com' },
    },
  }
  expect(checkMessage(message)).toEqual(message)
})

test('the values with which FCM says “not stated” are taken', () => {
  const notification = {
    notificationPriority: 'PRIORITY_UNSPECIFIED',
    visibility: 'VISIBILITY_UNSPECIFIED',
    proxy: 'PROXY_UNSPECIFIED',
  }
  expect(checkMessage({ ...MESSAGE, android: { notification } }).android).toEqual({ notification })
})

const many = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`k${n}`, value]))

test.each<[string, CampaignMessage]>([
  ['of keys', { ...MESSAGE, data: many(60_000, 'v') as Record<string, string> }],
  ['of unknown fields', { ...MESSAGE, android: many(60_000, 1) }],
  ['of one text', { ...MESSAGE, body: 'x'.repeat(1_000_000) }],
  ['of one name', { ...MESSAGE, data: { ['x'.repeat(1_000_000)]: 'v' } }],
  ['of an own list for Apple', { ...MESSAGE, apns: { payload: { own: Array(400_000).fill(1) } } }],
  ['of empty lists', { ...MESSAGE, webpush: { notification: { data: Array(300_000).fill([]) } } }],
])('a megabyte %s is refused at a glance', (_, message) => {
  expect(refusalOf(message)).toMatchObject({ code: 'message_too_large', fields: [{ field: '/message' }] })
})

test('of thousands of problems it is enough to find a few', () => {
  const refusal = refusalOf({ ...MESSAGE, android: many(3_000, 1), webpush: many(2_000, 1) })
  expect(refusal.code).toBe('invalid_message')
  expect(refusal.message).toContain('/message/android/k0 ')
  expect(inspectMessage({ ...MESSAGE, android: many(10_000, 1) }).problems.length).toBeLessThanOrEqual(50)
})

test('a message of exactly the limit is taken, one byte more is not', () => {
  const room = MESSAGE_LIMIT_BYTES - messageBytes({ title: 'x', body: 'y' }) + 1
  expect(messageBytes(checkMessage({ title: 'x', body: 'y'.repeat(room) }))).toBe(MESSAGE_LIMIT_BYTES)
  const refusal = refusalOf({ title: 'x', body: 'y'.repeat(room + 1) })
  expect(refusal).toMatchObject({ code: 'message_too_large', status: 400 })
  expect(refusal.message).toContain('4097 bytes')
  expect(refusal.message).toContain('4096')
})

describe('refused, with field and value:', () => {
  test.each<[string, CampaignMessage, string, string]>([
    ['a reserved key', { ...MESSAGE, data: { message_type: 'x' } }, '/message/data/message_type', 'reserved'],
    [
      'a reserved prefix',
      { ...MESSAGE, data: { 'gcm.notification.e': '1' } },
      '/message/data/gcm.notification.e',
      'reserved',
    ],
    [
      'a reserved key for Android',
      { ...MESSAGE, android: { data: { from: 'x' } } },
      '/message/android/data/from',
      'reserved',
    ],
    [
      'link twice',
      { ...MESSAGE, link: 'https://a.example', data: { link: 'x' } },
      '/message/data/link',
      'reserved',
    ],
    [
      'an image over http',
      { ...MESSAGE, imageUrl: 'http://a.example/x.png' },
      '/message/imageUrl',
      'http://a.example/x.png',
    ],
    [
      'a script as a link',
      { ...MESSAGE, link: 'javascript:alert(1)' },
      '/message/link',
      'javascript:alert(1)',
    ],
    [
      'an unknown platform field',
      { ...MESSAGE, apns: { badge: 1 } },
      '/message/apns/badge',
      'headers, payload',
    ],
    [
      'a field of every object',
      { ...MESSAGE, apns: { constructor: {} } },
      '/message/apns/constructor',
      'unknown',
    ],
    [
      'snake_case and camelCase',
      { ...MESSAGE, android: { collapse_key: 'a', collapseKey: 'b' } },
      '/message/android/collapseKey',
      'twice',
    ],
    [
      'a wrong type',
      { ...MESSAGE, android: { directBootOk: 'yes' } },
      '/message/android/directBootOk',
      '"yes"',
    ],
    ['a list for an object', { ...MESSAGE, webpush: { headers: [] } }, '/message/webpush/headers', '[]'],
    [
      'a header that is a number',
      { ...MESSAGE, apns: { headers: { 'apns-priority': 10 } } },
      '/message/apns/headers/apns-priority',
      '10',
    ],
    ['a ttl in milliseconds', { ...MESSAGE, android: { ttl: '3600' } }, '/message/android/ttl', '3600s'],
    [
      'an unknown priority',
      { ...MESSAGE, android: { priority: 'urgent' } },
      '/message/android/priority',
      '"urgent"',
    ],
  ])('%s', (_, message, field, says) => {
    const refusal = refusalOf(message)
    expect(refusal.code).toBe('invalid_message')
    expect(refusal.fields.map((entry) => entry.field)).toContain(field)
    expect(refusal.message).toContain(says)
  })

  test.each([
    [
      '/message/apns/headers/apns-priority',
      { apns: { headers: { 'apns-priority': 10 } } },
      'one of "10", "5", "1"',
    ],
    [
      '/message/apns/payload/aps/content-available',
      { apns: { payload: { aps: { 'content-available': '1' } } } },
      'is "1"; expected one of 1',
    ],
  ])('a number for a text, or the other way round, in %s', (field, part, says) => {
    const refusal = refusalOf({ ...MESSAGE, ...part })
    expect(refusal.fields).toEqual([{ field, problem: expect.stringContaining(says) }])
  })

  test.each([
    ['https://res.example/fetch/https://shop.example/a.png', '"%2F%2F"'],
    ['https://a.example/a&b.png', '"%26"'],
    ['https://a_b.example/a.png', 'expected an https:// address'],
    ['http://a.example//a.png', 'expected an https:// address'],
  ])('the image %s, which the validators of the SDK refuse', (imageUrl, says) => {
    expect(refusalOf({ ...MESSAGE, imageUrl }).message).toContain(says)
    expect(refusalOf({ ...MESSAGE, android: { notification: { image: imageUrl } } }).message).toContain(says)
    expect(refusalOf({ ...MESSAGE, apns: { fcmOptions: { image: imageUrl } } }).message).toContain(says)
    // They do not look at links.
    if (says.startsWith('"')) expect(checkMessage({ ...MESSAGE, link: imageUrl }).link).toBe(imageUrl)
  })

  test('everything at once, not only the first', () => {
    const refusal = refusalOf({ ...MESSAGE, link: 'x', imageUrl: 'y', data: { from: 'z' } })
    expect(refusal.fields).toHaveLength(3)
  })
})
