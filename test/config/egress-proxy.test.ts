import { expect, test } from 'vitest'
import { ConfigError, configWarnings, loadConfig } from '../../src/config/config.ts'
import { type Environment, proxyFor } from '../../src/config/egress-proxy.ts'

const MINIMAL = { DATABASE_URL: 'postgres://localhost/carillon', FCM_PROJECT_ID: 'my-project' }

function through(env: Environment, target = 'https://fcm.googleapis.com'): string | null {
  return proxyFor(loadConfig({ ...MINIMAL, ...env }).fcm.proxy, new URL(target))?.href ?? null
}

test('without a variable there is no proxy', () => {
  expect(through({})).toBeNull()
  expect(through({ FCM_PROXY: '', HTTPS_PROXY: '', NO_PROXY: '' })).toBeNull()
})

test.each([
  [{ HTTPS_PROXY: 'http://a:3128' }, 'http://a:3128/'],
  [{ https_proxy: 'http://b:3128' }, 'http://b:3128/'],
  [{ HTTPS_PROXY: 'c.example:3128' }, 'http://c.example:3128/'],
  [{ FCM_PROXY: 'http://u:p@own:3128', HTTPS_PROXY: 'http://a:3128' }, 'http://u:p@own:3128/'],
  [{ FCM_PROXY: 'http://own:3128', NO_PROXY: '*' }, 'http://own:3128/'],
  [{ HTTP_PROXY: 'http://a:3128' }, null],
])('%j: FCM is reached through %s', (env, expected) => {
  expect(through(env)).toBe(expected)
})

test.each([
  ['*', 'https://fcm.googleapis.com', false],
  ['googleapis.com', 'https://fcm.googleapis.com', false],
  ['.googleapis.com', 'https://fcm.googleapis.com', false],
  ['*.googleapis.com', 'https://fcm.googleapis.com', false],
  ['internal, FCM.googleapis.com', 'https://fcm.googleapis.com', false],
  ['fcm.googleapis.com:443', 'https://fcm.googleapis.com', false],
  ['fcm.googleapis.com:8443', 'https://fcm.googleapis.com', true],
  ['apis.com', 'https://fcm.googleapis.com', true],
  ['10.0.0.5', 'https://10.0.0.5:8443', false],
  ['', 'https://localhost:8443', false],
  ['', 'https://127.0.0.1:8443', false],
  ['', 'https://[::1]:8443', false],
  ['[2001:db8::1]', 'https://[2001:db8::1]', false],
  ['2001:db8::1', 'https://[2001:db8::1]', false],
])('NO_PROXY=%j: %s is reached through HTTPS_PROXY: %s', (NO_PROXY, target, isProxied) => {
  expect(through({ HTTPS_PROXY: 'http://a:3128', NO_PROXY }, target) !== null).toBe(isProxied)
})

test('FCM_PROXY is used for loopback hosts as well', () => {
  expect(through({ FCM_PROXY: 'http://own:3128' }, 'https://127.0.0.1:8443')).not.toBeNull()
})

test.each([
  'socks5://user:secret@host:1080',
  'host:3128',
  'http://user:secret@host:3128/path',
  'http://u:%zz@h',
])('FCM_PROXY=%s is refused without showing its password', (FCM_PROXY) => {
  const start = () => loadConfig({ ...MINIMAL, FCM_PROXY })
  expect(start).toThrow(ConfigError)
  expect(start).toThrow('expected an address such as http://user:password@proxy.example:3128.')
  expect(start).not.toThrow(/secret|%zz/)
})

test('an HTTPS_PROXY that cannot be used is ignored with a warning, unless FCM_PROXY is set', () => {
  const HTTPS_PROXY = 'socks5://user:secret@host:1080'
  expect(through({ HTTPS_PROXY })).toBeNull()
  expect(configWarnings({ HTTPS_PROXY })).toEqual([expect.stringContaining('Set FCM_PROXY')])
  expect(configWarnings({ HTTPS_PROXY }).join()).not.toContain('secret')
  expect(configWarnings({ HTTPS_PROXY, FCM_PROXY: 'http://own:3128' })).toEqual([])
})
