/**
 * The fault matrix: what FCM and the network can do, and what comes of it. Each row is a test over real HTTP/2
 * (fault-matrix.test.ts) and a line of the table in docs/guarantees.md, which is held against this file.
 */

import { correctMessage } from '../../src/campaigns/correct-message.ts'
import type { PauseReason } from '../../src/domain/campaign.ts'
import type { DeliveryCode } from '../../src/domain/delivery-result.ts'
import type { FakeFcm } from '../../testing/fake-fcm/fake-fcm.ts'
import type { TokenService } from '../../testing/fake-fcm/token-service.ts'
import type { TcpDoor } from '../../testing/network/tcp-door.ts'
import type { Carillon } from '../support/carillon.ts'

export interface Scene {
  carillon: Carillon
  door: TcpDoor
  tokenService: TokenService
  /** Seven devices; what hits one of them must not touch the others. */
  some: readonly string[]
  /** A server that allows ten streams. */
  narrow: FakeFcm
}

export interface FaultRow {
  fault: string
  given?: (scene: Scene) => void | Promise<void>
  /** Met by a dispatcher that is started with these variables, and fixed by one without them. */
  env?: (scene: Scene) => Record<string, string>
  /** Undoes what `clearFaults` does not. */
  fix?: (scene: Scene) => void | Promise<void>
  /** When the message is tried again, as the table says it. */
  again:
    | 'no'
    | 'not needed'
    | 'after the back-off'
    | 'after `Retry-After`'
    | 'after 60 s'
    | 'at once, with a new access token'
    | 'after resume'
  /** It lasts: devices stay pending until it is fixed, and fail with this code if their attempts are used up first. */
  outage?: DeliveryCode
  /** The code an admin reads for devices that did not get it. */
  failed?: DeliveryCode
  /** Under at_most_once the device is in doubt, with this code, and is not tried again. */
  doubt?: DeliveryCode
  /** The campaign pauses with this reason; after fixing and resuming everybody gets it. */
  pause?: PauseReason
  /** Only this one device, or everything the project sends, waits for so long. */
  waits?: { who: 'the device' | 'the project'; ms: number }
}

/** Each of the seven devices is hit once. */
const answer = (name: Parameters<Carillon['fcm']['program']>[0]['effect']) => (scene: Scene) =>
  scene.carillon.fcm.program({ addresses: scene.some, times: scene.some.length, effect: name })
const always = (effect: Parameters<Carillon['fcm']['program']>[0]['effect']) => (scene: Scene) =>
  scene.carillon.fcm.program({ times: null, effect })
/** In mid-flight: when others are on the same connection. */
const once = (effect: Parameters<Carillon['fcm']['program']>[0]['effect']) => (scene: Scene) =>
  scene.carillon.fcm.program({ skip: 25, effect })

export const FAULT_ROWS: readonly FaultRow[] = [
  {
    fault: '429 without FcmError, with `Retry-After`',
    given: once({ answer: 'quota_project', retryAfter: '1' }),
    again: 'after `Retry-After`',
    waits: { who: 'the project', ms: 1_000 },
  },
  {
    fault: '429 without FcmError, without `Retry-After`',
    given: once({ answer: 'quota_project' }),
    again: 'after 60 s',
    waits: { who: 'the project', ms: 60_000 },
  },
  {
    fault: '429 with FcmError, with `Retry-After`',
    given: answer({ answer: 'quota_device', retryAfter: '30' }),
    again: 'after `Retry-After`',
    waits: { who: 'the device', ms: 30_000 },
  },
  {
    fault: '429 with FcmError, without `Retry-After`',
    given: answer({ answer: 'quota_device' }),
    again: 'after 60 s',
    waits: { who: 'the device', ms: 60_000 },
  },
  { fault: '500', given: answer({ answer: 'internal' }), again: 'after the back-off' },
  { fault: '503', given: answer({ answer: 'unavailable' }), again: 'after the back-off' },
  {
    fault: '503 with `Retry-After` in seconds',
    given: answer({ answer: 'unavailable', retryAfter: '30' }),
    again: 'after `Retry-After`',
    waits: { who: 'the device', ms: 30_000 },
  },
  {
    fault: '503 with `Retry-After` as a date',
    given: (scene) =>
      answer({ answer: 'unavailable', retryAfter: new Date(Date.now() + 30_000).toUTCString() })(scene),
    again: 'after `Retry-After`',
    waits: { who: 'the device', ms: 28_000 },
  },
  { fault: '502 in HTML', given: answer({ answer: 'bad_gateway' }), again: 'after the back-off' },
  {
    fault: '504',
    given: answer({ answer: 'gateway_timeout' }),
    again: 'after the back-off',
    doubt: 'deadline_exceeded',
  },
  {
    fault: '200 with an empty body',
    given: answer({ answer: 'ok_empty' }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: '200 with malformed JSON',
    given: answer({ answer: 'ok_malformed' }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: '200 without a name',
    given: answer({ answer: 'ok_without_name' }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: '401: the access token has expired',
    given: ({ carillon, tokenService }) => carillon.fcm.configure({ bearers: [tokenService.next] }),
    fix: ({ carillon }) => carillon.fcm.configure({ bearers: null }),
    again: 'at once, with a new access token',
  },
  {
    fault: '401: the credential is revoked',
    given: ({ carillon }) => carillon.fcm.configure({ bearers: [] }),
    fix: ({ carillon }) => carillon.fcm.configure({ bearers: null }),
    again: 'after resume',
    pause: 'credential_refused',
  },
  {
    fault: '400 for every device: the message itself is refused',
    given: always({ answer: 'bad_payload' }),
    // It cannot be resumed as it is.
    fix: async ({ carillon }) => {
      const { rows } = await carillon.pool.query(`SELECT id, version FROM campaigns WHERE state = 'paused'`)
      const message = { title: 'Hello', body: 'Corrected' }
      for (const { id, version } of rows) {
        await correctMessage(carillon.pool, id, { message, version, by: null })
      }
    },
    again: 'no',
    failed: 'invalid_payload',
    pause: 'message_refused',
  },
  {
    fault: '400 for every device: the address is called invalid',
    given: always({ answer: 'bad_token' }),
    again: 'no',
    failed: 'invalid_address',
    pause: 'addresses_refused',
  },
  {
    fault: '400 for some iPhones (APNs: DeviceTokenNotForTopic)',
    given: async (scene) => {
      await setPlatform(scene, 'ios')
      answer({ answer: 'apns_other_app' })(scene)
    },
    fix: (scene) => setPlatform(scene, 'android'),
    again: 'no',
    failed: 'device_token_not_for_topic',
  },
  {
    fault: '403 for one device (SENDER_ID_MISMATCH)',
    given: answer({ answer: 'sender_id_mismatch' }),
    again: 'no',
    failed: 'sender_id_mismatch',
  },
  {
    fault: '403 for the project (permission denied)',
    given: always({ answer: 'permission_denied' }),
    again: 'after resume',
    pause: 'credential_refused',
  },
  {
    fault: '403 for every device (SENDER_ID_MISMATCH)',
    given: always({ answer: 'sender_id_mismatch' }),
    again: 'no',
    failed: 'sender_id_mismatch',
    pause: 'too_many_errors',
  },
  {
    fault: '404 for a wrong project',
    given: ({ carillon }) => carillon.fcm.configure({ project: 'another' }),
    fix: ({ carillon }) => carillon.fcm.configure({ project: null }),
    again: 'after resume',
    pause: 'project_not_found',
  },
  {
    fault: 'APNs refuses the key (THIRD_PARTY_AUTH_ERROR)',
    given: async (scene) => {
      await setPlatform(scene, 'ios')
      scene.carillon.fcm.program({
        addresses: scene.some,
        times: null,
        effect: { answer: 'third_party_auth_error' },
      })
    },
    fix: (scene) => setPlatform(scene, 'android'),
    again: 'after resume',
    pause: 'platform_refused',
  },
  {
    fault: 'APNs does not know the app (APNs: BadTopic)',
    given: async (scene) => {
      await setPlatform(scene, 'ios')
      scene.carillon.fcm.program({ addresses: scene.some, times: null, effect: { answer: 'apns_bad_topic' } })
    },
    fix: (scene) => setPlatform(scene, 'android'),
    again: 'after resume',
    pause: 'platform_refused',
  },
  {
    fault: 'no answer: it hangs before the headers',
    given: answer({ lose: 'hang', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'deadline_exceeded',
  },
  {
    fault: 'no answer: it hangs after the headers',
    given: answer({ lose: 'hang_after_headers', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'deadline_exceeded',
  },
  { fault: 'an answer that arrives byte by byte', given: answer({ dripMs: 1 }), again: 'not needed' },
  {
    fault: 'a clean FIN while requests are in flight',
    given: once({ lose: 'fin', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: 'a TCP reset while requests are in flight',
    given: once({ lose: 'destroy_socket', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: 'RST_STREAM while requests are in flight',
    given: answer({ lose: 'reset', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: 'a GOAWAY with an error while requests are in flight',
    given: once({ lose: 'goaway', isAccepted: false }),
    again: 'after the back-off',
    doubt: 'answer_lost',
  },
  {
    fault: 'a graceful GOAWAY: requests in flight are answered',
    given: once({ goawayAndAnswer: true }),
    again: 'not needed',
  },
  {
    fault: 'a GOAWAY that excludes the request',
    given: once({ refuse: 'goaway' }),
    again: 'not needed',
  },
  { fault: 'REFUSED_STREAM', given: answer({ refuse: 'stream' }), again: 'after the back-off' },
  {
    fault: 'a server that allows 10 streams',
    env: ({ narrow }) => ({ FCM_ENDPOINT: narrow.origin, FCM_CA_FILE: narrow.caFile }),
    again: 'not needed',
  },
  {
    fault: 'TLS: an untrusted certificate',
    env: ({ narrow }) => ({ FCM_CA_FILE: narrow.caFile }),
    again: 'after the back-off',
    outage: 'connection_failed',
  },
  {
    fault: 'DNS: the name cannot be resolved',
    env: () => ({ FCM_ENDPOINT: 'https://carillon.invalid' }),
    again: 'after the back-off',
    outage: 'connection_failed',
  },
  {
    fault: 'the origin is down',
    given: ({ door }) => door.shut(),
    fix: ({ door }) => door.open(),
    again: 'after the back-off',
    outage: 'connection_failed',
  },
]

async function setPlatform({ carillon, some }: Scene, platform: string): Promise<void> {
  await carillon.pool.query('UPDATE devices SET platform = $2::platform WHERE address = ANY ($1)', [
    some,
    platform,
  ])
}

/** The row as the table in docs/guarantees.md has it. */
export function tableLine({ fault, again, outage, failed, doubt, pause, waits }: FaultRow): string {
  const code = (text: string) => `\`${text}\``
  const device =
    outage !== undefined
      ? `stays pending; ${code('failed')} (${code(outage)}) when its attempts are used up`
      : pause === 'platform_refused'
        ? `stays pending if it is on that platform; all others are ${code('sent')}`
        : pause !== undefined
          ? `${failed === undefined ? '' : `${code('failed')} (${code(failed)}), address kept; the rest `}stay${failed === undefined ? 's' : ''} pending`
          : failed !== undefined
            ? `${code('failed')} (${code(failed)}), address kept`
            : doubt !== undefined
              ? `${code('sent')} by the next attempt; under ${code('at_most_once')} ${code('in_doubt')} (${code(doubt)})`
              : again === 'not needed'
                ? code('sent')
                : `${code('sent')} by the next attempt`
  const waiting = waits === undefined ? '' : `, ${waits.who}`
  const admin =
    pause !== undefined
      ? `${code('paused')}, ${code(pause)}`
      : outage !== undefined
        ? `${code('sending')}; it continues by itself`
        : code('finished')
  return `| ${fault} | ${device} | ${again}${waiting} | ${admin} |`
}
