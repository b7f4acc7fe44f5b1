/**
 * Each advice is followed: for every delivery code and every pause reason, the next step that its sentence names is done
 * through the API, and works. A new code or reason does not compile without its step.
 */
import { describe, expect, test } from 'vitest'
import { PAUSE_REASONS, type PauseReason } from '../../../src/domain/campaign.ts'
import {
  CODE_NAMES,
  codesOf,
  DELIVERY_CODES,
  DELIVERY_STATES,
  type DeliveryCode,
  howToGoOn,
} from '../../../src/domain/delivery-result.ts'
import type { Pool } from '../../../src/postgres/pool.ts'
import { createBatches, createCampaign, createDevices } from '../../support/factories.ts'
import { startApp, type TestApp } from '../start-app.ts'

interface Scene {
  call: TestApp['call']
  pool: Pool
  url: string
  deviceId: number
  token: string
}

/** What a person does who reads the sentence; `words` is what the sentence says of it. */
interface Step {
  words: RegExp
  follow: (scene: Scene) => Promise<void>
}

const NEW = { title: 'Corrected', body: 'Now right' }

const nothing: Step = { words: /^Nothing to do/, follow: async () => {} }

/** Only the failed, in a campaign of its own, with the same message: the cause is outside of it. */
const resend = (only: 'failed' | 'in_doubt'): Step => ({
  words: only === 'failed' ? /then resend to the failed devices/ : /Resend to the in-doubt devices/,
  follow: async ({ call, url }) => {
    const { status, json } = await call('POST', `${url}/resend`, { only })
    expect([status, json.state]).toEqual([201, 'sending'])
  },
})

const registerAgain: Step = {
  words: /registers? again|registers them again|Register the device again/,
  follow: async ({ call, pool, token, deviceId }) => {
    const { status } = await call('PUT', `/v1/devices/${token}`, { externalId: 'm1', platform: 'android' })
    expect(status).toBeLessThan(300)
    const { rows } = await pool.query('SELECT state FROM devices WHERE id = $1', [deviceId])
    expect(rows).toEqual([{ state: 'active' }])
  },
}

const both = (first: Step, second: Step): Step => ({
  words: first.words,
  follow: async (scene) => {
    await first.follow(scene)
    await second.follow(scene)
  },
})

const CODE_STEPS: Record<DeliveryCode, Step> = {
  ok: nothing,
  unregistered: registerAgain,
  invalid_address: {
    words: /Import the right addresses and send a new campaign/,
    follow: async ({ call }) => {
      const csv = 'address,externalId,platform\nafresh-and-whole-address-1,m1,android\n'
      const imported = await call('POST', '/v1/devices/import', csv, {
        headers: { 'content-type': 'text/csv' },
      })
      expect(imported.status).toBe(200)
      const made = await call('POST', '/v1/campaigns', {
        name: 'again',
        message: NEW,
        audience: { externalIds: ['m1'] },
      })
      expect((await call('POST', `/v1/campaigns/${made.json.id}/send`)).status).toBe(200)
    },
  },
  sender_id_mismatch: {
    words: /Register the device again .* or remove it/,
    follow: async (scene) => {
      await registerAgain.follow(scene)
      expect((await scene.call('DELETE', `/v1/devices/${scene.token}`)).status).toBe(204)
    },
  },
  invalid_payload: {
    words: /Correct the message .* when you resend to the failed devices/,
    follow: async ({ call, url }) => {
      const unchanged = await call('POST', `${url}/resend`, { only: 'failed' })
      expect(unchanged.json).toMatchObject({ code: 'message_needs_correction' })
      const { status, json } = await call('POST', `${url}/resend`, { only: 'failed', message: NEW })
      expect([status, json.message]).toEqual([201, NEW])
    },
  },
  third_party_auth_error: resend('failed'),
  quota_exceeded: resend('failed'),
  device_quota_exceeded: resend('failed'),
  unavailable: resend('failed'),
  internal: resend('failed'),
  unspecified: both(
    {
      words: /Read FCM’s answer: it is shown with the failures/,
      follow: async ({ call, url }) => {
        const { json } = await call('GET', `${url}/failures`)
        expect(json.data).toMatchObject([{ fcmSaid: 'what FCM said' }])
      },
    },
    resend('failed'),
  ),
  connection_failed: resend('failed'),
  attempts_used_up: resend('failed'),
  device_token_not_for_topic: both(registerAgain, resend('failed')),
  bad_device_token: both(registerAgain, resend('failed')),
  credential_refused: resend('failed'),
  project_not_found: resend('failed'),
  bad_topic: resend('failed'),
  topic_disallowed: resend('failed'),
  answer_lost: resend('in_doubt'),
  deadline_exceeded: resend('in_doubt'),
  dispatcher_died: resend('in_doubt'),
  database_failed_over: resend('in_doubt'),
  opted_out: nothing,
  device_gone: registerAgain,
  device_deleted: nothing,
  device_moved: nothing,
  too_late: nothing,
  no_timezone: {
    words: /Import the time zones of these members/,
    follow: async ({ call, pool, token }) => {
      const csv = `address,externalId,platform,timezone\n${token},m1,android,Asia/Seoul\n`
      const imported = await call('POST', '/v1/devices/import', csv, {
        headers: { 'content-type': 'text/csv' },
      })
      expect(imported.status).toBe(200)
      const { rows } = await pool.query(`SELECT timezone FROM members WHERE external_id = 'm1'`)
      expect(rows).toEqual([{ timezone: 'Asia/Seoul' }])
    },
  },
  no_consent: nothing,
  no_night_consent: nothing,
  quiet_hours: nothing,
  window_closed: nothing,
  capped: nothing,
  other_device: nothing,
  address_replaced: nothing,
}

const GONE: readonly DeliveryCode[] = ['unregistered', 'device_gone']

async function sceneOf(code: DeliveryCode): Promise<Scene> {
  const { call, pool } = await startApp()
  const { deviceIds } = await createDevices(pool, 1, { state: GONE.includes(code) ? 'gone' : 'active' })
  const { state, number } = DELIVERY_CODES[code]
  const id = await createCampaign(pool, { state: 'finished', closed_at: new Date() })
  await createBatches(pool, id, deviceIds, { state: 'done', [state]: 1 })
  await pool.query(
    'INSERT INTO deliveries (campaign_id, device_id, state, code, attempt) VALUES ($1, $2, $3, $4, 1)',
    [id, deviceIds[0], DELIVERY_STATES[state].number, number],
  )
  await pool.query(
    `INSERT INTO campaign_samples (campaign_id, code, message_version, detail) VALUES ($1, $2, 1, 'what FCM said')`,
    [id, number],
  )
  return { call, pool, url: `/v1/campaigns/${id}`, deviceId: deviceIds[0] as number, token: 'token-m1-1' }
}

describe('the advice of a delivery code', () => {
  test.each(CODE_NAMES)('%s: its next step works', async (code) => {
    const { words, follow } = CODE_STEPS[code]
    const scene = await sceneOf(code)
    const { advice } = DELIVERY_CODES[code]
    expect(advice).toMatch(words)
    if (code !== 'ok') {
      const { json } = await scene.call('GET', `${scene.url}/failures`)
      expect(json.data).toMatchObject([{ code, advice }])
    }
    await follow(scene)
  })
})

/** How a campaign gets on that is paused for this reason. */
const resume: Step = {
  words: /[Rr]esume/,
  follow: async ({ call, url }) => {
    const { status, json } = await call('POST', `${url}/resume`)
    expect([status, json.state, json.pauseReason]).toEqual([200, 'sending', null])
  },
}

const PAUSE_STEPS: Record<PauseReason, Omit<Step, 'words'>> = {
  by_operator: resume,
  canceling: {
    follow: async ({ call, url }) => {
      expect((await call('POST', `${url}/resume`)).json).toMatchObject({ code: 'campaign_not_resumable' })
      const { status, json } = await call('POST', `${url}/keep`)
      expect([status, json.state, json.pauseReason]).toEqual([200, 'sending', null])
    },
  },
  credential_refused: resume,
  project_not_found: resume,
  project_misconfigured: resume,
  platform_refused: resume,
  too_many_errors: resume,
  message_refused: {
    follow: async (scene) => {
      expect((await scene.call('POST', `${scene.url}/resume`)).json).toMatchObject({
        code: 'message_needs_correction',
      })
      expect((await scene.call('PATCH', scene.url, { message: NEW })).status).toBe(200)
      await resume.follow(scene)
    },
  },
  message_corrected: resume,
  addresses_refused: {
    follow: async (scene) => {
      await resume.follow(scene)
      const { rows } = await scene.pool.query('SELECT judges_addresses FROM campaigns')
      expect(rows).toEqual([{ judges_addresses: false }])
    },
  },
  audience_empty: {
    follow: async (scene) => {
      const body = { externalId: 'new', platform: 'android' }
      expect((await scene.call('PUT', '/v1/devices/a-device-that-came-later', body)).status).toBe(201)
      await resume.follow(scene)
    },
  },
  counts_mismatch: resume,
  cannot_record: resume,
  database_failed_over: resume,
}

describe('the next step of a pause reason', () => {
  test.each(PAUSE_REASONS)('%s: it works, and so does canceling', async (reason) => {
    const { call, pool } = await startApp()
    const { deviceIds } = await createDevices(pool, 2)
    const make = async () => {
      const id = await createCampaign(pool, {
        state: 'paused',
        pause_reason: reason,
        pause_detail: 'why',
        ...(reason === 'canceling' && { cancel_at: new Date(Date.now() + 60_000) }),
      })
      await createBatches(pool, id, deviceIds)
      return `/v1/campaigns/${id}`
    }
    const scene = { call, pool, deviceId: deviceIds[0] as number, token: 'token-m1-1' }
    await PAUSE_STEPS[reason].follow({ ...scene, url: await make() })
    const canceled = await call('POST', `${await make()}/cancel`)
    expect([canceled.status, canceled.json.state]).toEqual([200, 'canceled'])
  })

  test.each(codesOf('failed'))(
    'of a campaign that fails with %s: only what can be done while it is paused',
    (code) => {
      const said = howToGoOn(code)
      // A paused campaign cannot be resent: that comes later.
      if ('fix' in DELIVERY_CODES[code]) expect(said).toContain('then resume; or cancel.')
      expect(said).toMatch(/can be resent to when the campaign has ended\.$/)
    },
  )
})
