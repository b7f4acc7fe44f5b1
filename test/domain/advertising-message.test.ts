import { describe, expect, test } from 'vitest'
import { advertisingMessage, isKorean } from '../../src/domain/advertising-message.ts'
import { checkAdvertisement } from '../../src/domain/check-advertisement.ts'
import { checkMessage } from '../../src/domain/check-message.ts'

const advertiser = { name: '가게', optOutHint: '수신거부: 설정' }
const marked = (message: Parameters<typeof advertisingMessage>[0]) => advertisingMessage(message, advertiser)

describe('an advertisement for Korean members', () => {
  test('has the mark and the sender in front of the title, and the hint as its last line', () => {
    expect(marked({ title: '할인', body: '오늘만' })).toEqual({
      title: '(광고) 가게 할인',
      body: '오늘만\n수신거부: 설정',
    })
  })

  test.each([
    ['(광고) 가게 할인', '(광고) 가게 할인'],
    ['(광고)가게 할인', '(광고) 가게 할인'],
    ['(광고) 할인', '(광고) 가게 할인'],
    ['가게 할인', '(광고) 가게 할인'],
    [' 할인', '(광고) 가게 할인'],
  ])('does not repeat what the writer has typed: %s', (title, shown) => {
    expect(marked({ title, body: '오늘만\n수신거부: 설정' })).toEqual({
      title: shown,
      body: '오늘만\n수신거부: 설정',
    })
  })

  test('of a body alone has the mark in front of that, and of a title alone the hint as its body', () => {
    expect(marked({ body: '오늘만' })).toEqual({ body: '(광고) 가게 오늘만\n수신거부: 설정' })
    expect(marked({ title: '할인' })).toEqual({ title: '(광고) 가게 할인', body: '수신거부: 설정' })
  })

  test('is marked where a platform has texts of its own, once', () => {
    const message = marked({
      title: '할인',
      body: '오늘만',
      android: { notification: { title: '안드로이드', icon: 'x' }, ttl: '60s' },
      apns: { payload: { aps: { alert: { body: '아이폰' }, badge: 1 } } },
      webpush: { notification: { body: '웹' } },
    })
    expect(message).toMatchObject({
      android: { notification: { title: '(광고) 가게 안드로이드', icon: 'x' }, ttl: '60s' },
      apns: { payload: { aps: { alert: { body: '아이폰\n수신거부: 설정' }, badge: 1 } } },
      webpush: { notification: { body: '웹\n수신거부: 설정' } },
    })
    expect(message.android?.notification).not.toHaveProperty('body')
    expect(marked({ apns: { payload: { aps: { alert: '아이폰' } } } })).toEqual({
      apns: { payload: { aps: { alert: '(광고) 가게 아이폰\n수신거부: 설정' } } },
    })
  })

  test('that shows nothing stays as it is: the app writes its text', () => {
    expect(marked({ data: { type: 'sale' } })).toEqual({ data: { type: 'sale' } })
    const keys = { android: { notification: { titleLocKey: 'sale' } } }
    expect(marked(keys)).toEqual(keys)
  })

  test('is marked as it is sent, so it is as large as that', () => {
    const message = checkMessage({ title: '할인', body: 'x'.repeat(4_020) })
    expect(() => checkAdvertisement(message, { kind: 'service', advertiser })).not.toThrow()
    expect(() => checkAdvertisement(message, { kind: 'advertising', advertiser })).toThrow(
      expect.objectContaining({
        code: 'message_too_large',
        message: expect.stringMatching(/^As Korean members/),
      }),
    )
  })
})

test.each([
  [{ locale: 'ko', timezone: 'Europe/Berlin' }, 'UTC', true],
  [{ locale: 'ko-KR', timezone: null }, 'UTC', true],
  [{ locale: 'kok', timezone: 'Asia/Seoul' }, 'Asia/Seoul', false],
  [{ locale: 'en', timezone: 'Asia/Seoul' }, 'Asia/Seoul', false],
  [{ locale: null, timezone: 'Asia/Seoul' }, 'UTC', true],
  [{ locale: null, timezone: 'Asia/Tokyo' }, 'Asia/Seoul', false],
  [{ locale: null, timezone: null }, 'Asia/Seoul', true],
  [{ locale: null, timezone: null }, 'UTC', false],
])('%o is Korean where the default zone is %s: %s', (member, zone, is) => {
  expect(isKorean(member, zone)).toBe(is)
})
