import { expect, test } from 'vitest'
import { configWarnings, VARIABLES } from '../../src/config/config.ts'

const warning = (name: string, hint: string) =>
  `${name} is not a variable of Carillon and is ignored.${hint} Variables are listed in .env.example.`

test.each([
  ['DISPATCH_BATCHS', 'DISPATCH_BATCHES'],
  ['DISPATCH_BATCH', 'DISPATCH_BATCHES'],
  ['QUEUE_PREFX', 'QUEUE_PREFIX'],
  ['FCM_PROJCET_ID', 'FCM_PROJECT_ID'],
  ['DATABASE_URI', 'DATABASE_URL'],
  ['RETRY_ATEMPTS', 'RETRY_ATTEMPTS'],
  ['HTTP_EXPORT', 'HTTP_EXPORTS'],
  ['CARILLON_PORT', 'PORT'],
  ['CARILLON_LOGLEVEL', 'LOG_LEVEL'],
])('%s is reported, and %s is suggested', (name, meant) => {
  expect(configWarnings({ [name]: '4' })).toEqual([warning(name, ` Did you mean ${meant}?`)])
})

test('a variable with our own prefix is reported even where no known name is near', () => {
  expect(configWarnings({ CARILLON_MODE: 'fast' })).toEqual([warning('CARILLON_MODE', '')])
})

test('every known variable with one letter too few is reported', () => {
  const missed = Object.keys(VARIABLES).filter(
    (name) => name.includes('_') && configWarnings({ [name.slice(0, -1)]: '1' }).length === 0,
  )
  expect(missed).toEqual([])
})

test.each([
  ...[
    'DATABASE_HOST',
    'DATABASE_PORT',
    'DATABASE_NAME',
    'DATABASE_USER',
    'DATABASE_PASSWORD',
    'DATABASE_TLS',
  ],
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'HTTP_HOST', 'HTTP_PORT', 'HTTP_USER_AGENT'],
  ...['REDIS_HOST', 'REDIS_PORT', 'REDIS_TLS_URL', 'QUEUE_NAME', 'QUEUE_CONNECTION', 'LOG_FORMAT', 'LOG_DIR'],
  ...['GOOGLE_CLOUD_PROJECT', 'GOOGLE_API_KEY', 'GCP_PROJECT_ID', 'GCM_SENDER', 'MEMORY_PRESSURE_WATCH'],
  ...[
    'NODE_ENV',
    'PATH',
    'HOSTNAME',
    'PWD',
    'TERM',
    '_',
    'POSTGRES_PASSWORD',
    'METRICS_PATH',
    'CARILLON_KEY',
  ],
])('%s belongs to another program', (name) => {
  expect(configWarnings({ [name]: 'x' })).toEqual([])
})

test('the variables Kubernetes sets for a service named "carillon" are not ours', () => {
  expect(
    configWarnings({
      CARILLON_SERVICE_HOST: '10.0.0.7',
      CARILLON_SERVICE_PORT: '3000',
      CARILLON_SERVICE_PORT_HTTP: '3000',
      CARILLON_PORT: 'tcp://10.0.0.7:3000',
      CARILLON_PORT_3000_TCP: 'tcp://10.0.0.7:3000',
      CARILLON_PORT_3000_TCP_PROTO: 'tcp',
      CARILLON_PORT_3000_TCP_PORT: '3000',
      CARILLON_PORT_3000_TCP_ADDR: '10.0.0.7',
    }),
  ).toEqual([])
})

test('a near name is not reported where the right one is set as well, nor where it is empty', () => {
  expect(configWarnings({ DATABASE_URI: 'x', DATABASE_URL: 'y' })).toEqual([])
  expect(configWarnings({ DATABASE_URI: '' })).toEqual([])
})

test('the value is not part of the warning', () => {
  expect(configWarnings({ REDIS_URI: 'redis://me:hunter2@localhost' }).join()).not.toMatch(/hunter2/)
})
