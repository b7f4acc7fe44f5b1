import { Writable } from 'node:stream'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Alerts, type AlertsOptions } from '../../src/health/alerts.ts'
import { startWebhook } from './webhook.ts'

function setup(url: string | null, more: Partial<AlertsOptions> = {}) {
  const lines: string[] = []
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  const alerts = new Alerts({ url, role: 'dispatcher', log: pino({}, sink), ...more })
  return { alerts, lines, said: () => lines.map((line) => JSON.parse(line)) }
}

test('an alert is one POST of JSON: what, a sentence, when, who', async () => {
  const webhook = await startWebhook()
  const { alerts, lines } = setup(webhook.url)
  alerts.send('campaign_paused', 'The campaign has paused.', { campaignId: 'c', reason: 'too_many_errors' })
  await alerts.settled()
  expect(webhook.alerts).toEqual([
    {
      alert: 'campaign_paused',
      text: 'The campaign has paused.',
      at: expect.stringMatching(/Z$/),
      process: { role: 'dispatcher', host: expect.any(String), pid: process.pid },
      campaignId: 'c',
      reason: 'too_many_errors',
    },
  ])
  expect(lines).toEqual([])
})

test('without an address nothing is sent', async () => {
  const { alerts, lines } = setup(null)
  alerts.send('standstill', 'x')
  await alerts.settled()
  expect(lines).toEqual([])
})

test('a redirect is not followed: who may be told is for the configuration to say', async () => {
  const other = await startWebhook()
  const webhook = await startWebhook((_request, response) =>
    response.writeHead(307, { location: other.url }).end(),
  )
  const { alerts, said } = setup(webhook.url)
  alerts.send('standstill', 'x')
  await alerts.settled()
  expect([webhook.alerts.length, other.alerts.length]).toEqual([1, 0])
  expect(said()).toMatchObject([{ msg: 'an alert could not be sent', problem: 'the webhook answered 307' }])
})

test('nobody there, or somebody who refuses, is a line in the log without the address', async () => {
  const closed = setup('http://127.0.0.1:1/secret-path')
  closed.alerts.send('breaker_open', 'x')
  await closed.alerts.settled()
  expect(closed.said()).toMatchObject([{ level: 40, alert: 'breaker_open' }])
  const webhook = await startWebhook((_request, response) => response.writeHead(500).end())
  const refused = setup(webhook.url)
  refused.alerts.send('breaker_open', 'x')
  await refused.alerts.settled()
  expect(refused.said()).toMatchObject([{ problem: 'the webhook answered 500' }])
  expect([...closed.lines, ...refused.lines].join('')).not.toContain('secret-path')
})

test('somebody who does not answer is given up', async () => {
  const webhook = await startWebhook(() => {})
  const { alerts, said } = setup(webhook.url, { timeoutMs: 50 })
  alerts.send('standstill', 'x')
  await alerts.settled()
  expect(said()).toMatchObject([{ msg: 'an alert could not be sent' }])
})

test('so many a minute, and the log says once that the rest was dropped', async () => {
  const webhook = await startWebhook()
  let now = 0
  const { alerts, said } = setup(webhook.url, { perMinute: 2, clock: () => now })
  for (let n = 0; n < 5; n++) alerts.send('campaign_paused', `${n}`)
  now = 59_999
  alerts.send('campaign_paused', '5')
  now = 60_000
  alerts.send('campaign_paused', '6')
  await alerts.settled()
  expect(webhook.alerts.map(({ text }) => text).toSorted()).toEqual(['0', '1', '6'])
  expect(said()).toMatchObject([{ msg: 'too many alerts in a minute; further alerts are dropped' }])
})

test('news of a hundred finished campaigns hides no alarm', async () => {
  const webhook = await startWebhook()
  const { alerts, said } = setup(webhook.url, { perMinute: 2 })
  for (let n = 0; n < 100; n += 1) alerts.send('campaign_finished', `${n}`)
  alerts.send('campaign_paused', 'x')
  await alerts.settled()
  expect(webhook.alerts.map(({ alert }) => alert).sort()).toEqual([
    'campaign_finished',
    'campaign_finished',
    'campaign_paused',
  ])
  expect(said()).toMatchObject([{ alert: 'campaign_finished', msg: expect.stringContaining('dropped') }])
})
