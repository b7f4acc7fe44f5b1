import { describe, expect, test } from 'vitest'
import { checkMessage } from '../../../src/domain/check-message.ts'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { compiledMessage, compileMessage } from '../../../src/push/fcm/fcm-message.ts'
import { collapseIdOf, pushMessage } from '../../../src/push/push-message.ts'

const CAMPAIGN = '0198c0de-1234-7abc-8def-0123456789ab'
const compile = (content: CampaignMessage) => compileMessage({ content, collapseId: 'abcd' })

test('the body is the message with the token in it, for sending and for checking', () => {
  const message = compile({ title: 'Spring', body: 'It is here.' })
  const expected = {
    notification: { title: 'Spring', body: 'It is here.' },
    android: { notification: { tag: 'abcd' } },
    apns: { headers: { 'apns-collapse-id': 'abcd' } },
    webpush: { headers: { Topic: 'abcd' }, notification: { tag: 'abcd' } },
  }
  expect(JSON.parse(message.bodyFor({ address: 't:1', kind: 'token' }, false))).toEqual({
    message: { ...expected, token: 't:1' },
  })
  expect(JSON.parse(message.bodyFor({ address: 't:1', kind: 'token' }, true))).toEqual({
    validateOnly: true,
    message: { ...expected, token: 't:1' },
  })
  expect(message.message).toEqual(expected)
})

test('an installation id stands under its own name, in the same message', () => {
  const message = compile({ title: 'a', body: 'b' })
  const bodies = [true, false].map((check) =>
    JSON.parse(message.bodyFor({ address: 'f', kind: 'fid' }, check)),
  )
  expect(bodies).toEqual([
    { validateOnly: true, message: { ...message.message, fid: 'f' } },
    { message: { ...message.message, fid: 'f' } },
  ])
})

test('a token or text with quotes cannot break out of the body', () => {
  const message = compile({ title: '"}', body: '\\"\n' })
  const body = JSON.parse(message.bodyFor({ address: 'a"},"topic":"all', kind: 'token' }, false))
  expect(body.message.token).toBe('a"},"topic":"all')
  expect(Object.keys(body.message)).not.toContain('topic')
  expect(body.message.notification).toEqual({ title: '"}', body: '\\"\n' })
})

test('image and link go where each platform looks for them', () => {
  const { message } = compile({
    title: 'a',
    body: 'b',
    imageUrl: 'https://x.test/i.png',
    link: 'https://x.test/',
    data: { k: 'v' },
    // FCM takes these instead of the data for all.
    android: { data: { k: 'android' } },
    webpush: { data: { k: 'web', link: 'own' } },
  })
  expect(message).toMatchObject({
    notification: { image: 'https://x.test/i.png' },
    data: { k: 'v', link: 'https://x.test/' },
    android: { data: { k: 'android', link: 'https://x.test/' } },
    webpush: { fcmOptions: { link: 'https://x.test/' }, data: { k: 'web', link: 'own' } },
  })
})

test('an app link is in the data, and not where only https is taken', () => {
  const { message } = compile({ title: 'a', body: 'b', link: 'myshop://sale' })
  expect(message).toMatchObject({ data: { link: 'myshop://sale' } })
  expect(message.webpush).not.toHaveProperty('fcmOptions')
  const both = { link: 'myshop://sale', webpush: { fcmOptions: { link: 'https://x.test/' } } }
  expect(compile({ title: 'a', ...both }).message).toMatchObject({
    data: { link: 'myshop://sale' },
    webpush: { fcmOptions: { link: 'https://x.test/' } },
  })
})

test('what the campaign sets itself wins over the collapse identifier', () => {
  const own = {
    android: { ttl: '60s', notification: { tag: 'own', channelId: 'offers' } },
    apns: { headers: { 'apns-collapse-id': 'own' }, payload: { aps: { badge: 1 } } },
    webpush: {
      headers: { Topic: 'own_' },
      notification: { tag: 'own' },
      fcmOptions: { link: 'https://own.test/' },
    },
  }
  expect(compile({ title: 'a', body: 'b', ...own }).message).toMatchObject(own)
})

test('a header of the campaign’s own is never given twice, whatever its case', () => {
  const { message } = compile({
    title: 'a',
    apns: { headers: { 'APNS-Collapse-ID': 'own' } },
    webpush: { headers: { topic: 'own_' } },
  })
  expect(message).toMatchObject({
    apns: { headers: { 'APNS-Collapse-ID': 'own' } },
    webpush: { headers: { topic: 'own_' } },
  })
  expect(JSON.stringify(message)).not.toMatch(/"apns-collapse-id"|"Topic"/)
})

describe('a message that shows nothing', () => {
  const silent = {
    data: { type: 'sync' },
    android: { collapseKey: 'abcd' },
    apns: {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5', 'apns-collapse-id': 'abcd' },
      payload: { aps: { 'content-available': 1 } },
    },
    webpush: { headers: { Topic: 'abcd' } },
  }

  test('stays a data message with what is added, and Apple wakes the app', () => {
    expect(compile({ data: { type: 'sync' } }).message).toEqual(silent)
  })

  test('may set all that itself', () => {
    const own = checkMessage({
      data: { type: 'sync' },
      android: { collapse_key: 'own', priority: 'high' },
      apns: {
        headers: { 'Apns-Push-Type': 'background', 'apns-priority': '5' },
        payload: { aps: { 'content-available': 1 }, own: true },
      },
    })
    expect(compile(own).message).toEqual({
      ...silent,
      android: { collapseKey: 'own', priority: 'high' },
      apns: { ...silent.apns, payload: { aps: { 'content-available': 1 }, own: true } },
    })
  })

  test('does so on the platforms only that have no text of their own', () => {
    const { message } = compile({
      imageUrl: 'https://x.test/i.png',
      link: 'https://x.test/',
      android: { notification: { titleLocKey: 't' } },
    })
    expect(message).toEqual({
      data: { link: 'https://x.test/' },
      android: { notification: { tag: 'abcd', image: 'https://x.test/i.png', titleLocKey: 't' } },
      apns: silent.apns,
      webpush: silent.webpush,
    })
  })

  test('shows a badge or a sound, and is no background push then', () => {
    expect(compile({ apns: { payload: { aps: { badge: 3 } } } }).message.apns).toEqual({
      headers: { 'apns-collapse-id': 'abcd' },
      payload: { aps: { badge: 3 } },
    })
  })
})

test('half a notification is sent as half a notification', () => {
  expect(compile({ title: 'a' }).message.notification).toEqual({ title: 'a' })
  expect(compile({ body: 'b' }).message.notification).toEqual({ body: 'b' })
})

test('an image goes to each platform that has texts of its own', () => {
  const { message } = compile({
    imageUrl: 'https://x.test/i.png',
    android: { notification: { titleLocKey: 't' } },
    apns: { payload: { aps: { alert: { 'loc-key': 'b' } } } },
    webpush: { notification: { title: 't' } },
  })
  expect(message).toMatchObject({
    android: { notification: { image: 'https://x.test/i.png' } },
    apns: { fcmOptions: { image: 'https://x.test/i.png' } },
    webpush: { notification: { image: 'https://x.test/i.png' } },
  })
  expect(message.notification).toBeUndefined()
})

test('a collapse identifier fits every platform and differs by campaign', () => {
  expect(collapseIdOf(CAMPAIGN)).toMatch(/^[A-Za-z0-9_-]{22}$/)
  expect(collapseIdOf(CAMPAIGN)).toBe(collapseIdOf(CAMPAIGN.toUpperCase()))
  expect(collapseIdOf(CAMPAIGN)).not.toBe(collapseIdOf(CAMPAIGN.replace('ab', 'ba')))
})

test('one message is compiled once, and another of the same content anew', () => {
  const content = { title: 'a', body: 'b' }
  const message = pushMessage(content, CAMPAIGN)
  expect(compiledMessage(message)).toBe(compiledMessage(message))
  expect(compiledMessage(pushMessage(content, CAMPAIGN))).not.toBe(compiledMessage(message))
})
