/** Which reasons belong to which result. A missing code fails the type check. */
import type { DeliveryCode } from '../../../../src/domain/delivery-result.ts'
import type { ListedState } from '../../../../src/results/read-deliveries.ts'

const STATE_OF = {
  ok: 'sent',
  unregistered: 'failed',
  invalid_token: 'failed',
  sender_id_mismatch: 'failed',
  invalid_payload: 'failed',
  third_party_auth_error: 'failed',
  quota_exceeded: 'failed',
  device_quota_exceeded: 'failed',
  unavailable: 'failed',
  internal: 'failed',
  unspecified: 'failed',
  connection_failed: 'failed',
  credential_refused: 'failed',
  project_not_found: 'failed',
  answer_lost: 'in_doubt',
  deadline_exceeded: 'in_doubt',
  dispatcher_died: 'in_doubt',
  opted_out: 'skipped',
  device_gone: 'skipped',
  device_deleted: 'skipped',
} as const satisfies Record<DeliveryCode, ListedState>

export const FILTER_STATES = [
  'sent',
  'failed',
  'skipped',
  'in_doubt',
  'canceled',
] as const satisfies readonly ListedState[]

/** The API accepts a reason only together with a result that has several. */
export const CODES_OF = Object.fromEntries(
  FILTER_STATES.map((state) => [
    state,
    (Object.keys(STATE_OF) as DeliveryCode[]).filter((code) => STATE_OF[code] === state),
  ]),
) as Record<ListedState, DeliveryCode[]>
