/**
 * The rules and the fake FCM are written apart. Whatever value the rules take in a field that the fake knows, the fake takes
 * too, and so do the validators of firebase-admin: a rule that is forgotten or loosened is noticed here.
 */
import { expect, test } from 'vitest'
import { checkMessage } from '../../src/domain/check-message.ts'
import { AppError } from '../../src/domain/errors.ts'
import type { CampaignMessage } from '../../src/domain/message.ts'
import { compileMessage } from '../../src/push/fcm/fcm-message.ts'
import { toSdkMessage } from '../../src/push/fcm/sdk/sdk-message.ts'
import { MessageChecker } from '../../testing/fake-fcm/check-message.ts'
import { type FieldType, REQUEST } from '../../testing/fake-fcm/message-schema.ts'
import { tokenFor } from '../../testing/fake-fcm/token.ts'

// Not a part of what the package exports.
const validators = '../../node_modules/firebase-admin/lib/messaging/messaging-internal.js'
const { validateMessage } = (await import(new URL(validators, import.meta.url).href)) as {
  validateMessage: (message: object) => void
}

const VALUES: unknown[] = [
  ...[
    0,
    1,
    2,
    7,
    -1,
    0.5,
    1.5,
    1e12,
    true,
    false,
    null,
    [],
    {},
    [1],
    ['a'],
    { a: 'b' },
    { a: 1 },
    { from: 'x' },
  ],
  ...['', ' ', 'x', 'yes', '5', '10', '7', '-1', '3s', '-1s', '2419201s', 'high', 'HIGH', 'PRIVATE', 'alert'],
  ...[
    'background',
    'low',
    '#fff',
    '#ffffff',
    'a b',
    'é',
    'x'.repeat(65),
    'breaking-news',
    '2026-11-29T09:00:00Z',
  ],
  ...['https://a.example//x', 'https://a_b.example/', 'https://[', 'https://a.example/a&b'],
  ...['2026-02-30T09:00:00Z', '2026-11-29T25:00:00Z', '2026-11-29T09:00:00+99:99'],
  ...['http://a.example/', 'https://a.example/', 'https://a.example/é', '99999999999', 'active', 'default'],
]

/** The way to each field that the fake knows, also inside objects that are one of two things. */
function pathsOf(type: FieldType, path: string[] = []): string[][] {
  if (typeof type !== 'object') return [path]
  if ('text_or' in type) return [path, ...pathsOf(type.text_or, path)]
  if ('headers' in type) return [path, ...Object.keys(type.headers).map((name) => [...path, name])]
  if (!('fields' in type)) return [path]
  return [path, ...Object.entries(type.fields).flatMap(([name, inner]) => pathsOf(inner, [...path, name]))]
}

function fieldAt(type: FieldType, name: string): FieldType {
  const inner = typeof type === 'object' && 'fields' in type ? type.fields[name] : undefined
  if (inner === undefined) throw new Error(`the fake does not know ${name}`)
  return inner
}

const message = fieldAt(REQUEST, 'message')
const paths = ['android', 'apns', 'webpush'].flatMap((part) => pathsOf(fieldAt(message, part), [part]))

function withField(path: readonly string[], value: unknown): CampaignMessage {
  const nested = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), value)
  return { title: 'x', data: { k: 'v' }, ...(nested as object) }
}

/** Undefined: refused. */
function taken(given: CampaignMessage): CampaignMessage | undefined {
  try {
    return checkMessage(given)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

test.each(paths.map((path) => [path.join('.'), path] as const))('%s', (_, path) => {
  for (const value of VALUES) {
    const given = withField(path, value)
    const content = taken(given)
    if (content === undefined) continue
    const compiled = compileMessage({ content, collapseId: 'x'.repeat(22) })
    const body = compiled.bodyFor({ address: tokenFor(0), kind: 'token' }, false)
    expect(new MessageChecker().check(body).problem?.body, JSON.stringify(given)).toBeUndefined()
    const sdk = inSdkNames(toSdkMessage(compiled.message))
    expect(() => validateMessage({ ...sdk, token: tokenFor(0) }), JSON.stringify(given)).not.toThrow()
  }
})

/** The SDK checks what has its own names: it passes on `image`, and looks at `imageUrl`. */
function inSdkNames(value: unknown): object {
  const text = JSON.stringify(value, (key, inner) =>
    typeof inner === 'object' &&
    inner !== null &&
    !Array.isArray(inner) &&
    key !== 'data' &&
    key !== 'headers'
      ? Object.fromEntries(
          Object.entries(inner).map(([name, each]) => [
            name === 'image'
              ? 'imageUrl'
              : name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase()),
            each,
          ]),
        )
      : inner,
  )
  const message = JSON.parse(text)
  const notification = message.android?.notification
  if (notification?.eventTimestamp !== undefined) {
    notification.eventTimestamp = new Date(notification.eventTimestamp)
  }
  return message
}

test('there are all of them', () => {
  expect(paths.length).toBeGreaterThan(90)
})
