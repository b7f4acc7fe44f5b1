import { expect, test } from 'vitest'
import type { CampaignMessage } from '../../../src/domain/message.ts'
import { compiledMessage, compileMessage } from '../../../src/push/fcm/fcm-message.ts'
import { collapseIdOf, pushMessage } from '../../../src/push/push-message.ts'

const CAMPAIGN = '0198c0de-1234-7abc-8def-0123456789ab'
const compile = (content: CampaignMessage) => compileMessage({ content, collapseId: 'abc' })

test('the body is the message with the token in it, for sending and for checking', () => {
  const message = compile({ title: 'Spring', body: 'It is here.' })
  const expected = {
    notification: { title: 'Spring', body: 'It is here.' },
    android: { notification: { tag: 'abc' } },
    apns: { headers: { 'apns-collapse-id': 'abc' } },
    webpush: { headers: { Topic: 'abc' } },
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
  })
  expect(message).toMatchObject({
    notification: { image: 'https://x.test/i.png' },
    data: { k: 'v', link: 'https://x.test/' },
    webpush: { fcmOptions: { link: 'https://x.test/' } },
  })
})

test('what the campaign sets itself wins over the collapse identifier', () => {
  const { message } = compile({
    title: 'a',
    body: 'b',
    android: { ttl: '60s', notification: { tag: 'own', channelId: 'offers' } },
    apns: { headers: { 'apns-collapse-id': 'own' }, payload: { aps: { badge: 1 } } },
    webpush: { headers: { Topic: 'own' }, fcmOptions: { link: 'https://own.test/' } },
  })
  expect(message).toMatchObject({
    android: { ttl: '60s', notification: { tag: 'own', channelId: 'offers' } },
    apns: { headers: { 'apns-collapse-id': 'own' }, payload: { aps: { badge: 1 } } },
    webpush: { headers: { Topic: 'own' }, fcmOptions: { link: 'https://own.test/' } },
  })
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
