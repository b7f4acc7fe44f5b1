import { expect, it } from 'vitest'
import { shownOn } from '../../console/src/pages/new-campaign/shown-on.ts'

const message = { title: 'T', body: 'B', imageUrl: 'https://a.example/i.png' }

it('shows what is said for all, unless a platform has its own', () => {
  const given = {
    ...message,
    android: { notification: { title: 'on Android', image: 'http://a.example' } },
    apns: {
      payload: { aps: { alert: { body: 'on an iPhone' } } },
      fcmOptions: { image: 'https://b.example/' },
    },
    webpush: { notification: { body: 'in a browser' } },
  }
  expect(shownOn('android', given)).toMatchObject({ title: 'on Android', body: 'B', imageUrl: null })
  const ios = { title: 'T', body: 'on an iPhone', imageUrl: 'https://b.example/' }
  expect(shownOn('ios', given)).toMatchObject(ios)
  const web = { title: 'T', body: 'in a browser', imageUrl: message.imageUrl, isFromApp: false }
  expect(shownOn('web', given)).toEqual(web)
})

it('takes an alert that is a text, and nothing that is none', () => {
  expect(shownOn('ios', { ...message, apns: { payload: { aps: { alert: 'short' } } } })?.body).toBe('short')
  expect(shownOn('android', { ...message, android: { notification: { title: 1 } } })?.title).toBe('T')
})

it('shows nothing where the message is for the app alone, and the other platforms all the same', () => {
  const silent = { data: { type: 'sync' }, apns: { payload: { aps: { 'content-available': 1 } } } }
  for (const platform of ['android', 'ios', 'web'] as const) expect(shownOn(platform, silent)).toBeNull()
  const onAndroid = { ...silent, android: { notification: { title: 'T' } } }
  expect(shownOn('android', onAndroid)).toMatchObject({ title: 'T', body: null })
  expect(shownOn('ios', onAndroid)).toBeNull()
})

it('names the texts of the app that it cannot know', () => {
  const given = {
    android: { notification: { titleLocKey: 'sale_title', bodyLocKey: 'sale_body' } },
    apns: { payload: { aps: { alert: { title: 'Sale', 'loc-key': 'SALE_BODY' } } } },
  }
  expect(shownOn('android', given)).toMatchObject({
    title: '[sale_title]',
    body: '[sale_body]',
    isFromApp: true,
  })
  expect(shownOn('ios', given)).toMatchObject({ title: 'Sale', body: '[SALE_BODY]', isFromApp: true })
  const said = { ...given, title: 'T', body: 'B' }
  expect(shownOn('android', said)).toMatchObject({ title: 'T', body: 'B', isFromApp: false })
})
