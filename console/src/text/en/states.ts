import type { AddressKind } from '../../../../src/domain/address.ts'
import type { CampaignState, PauseReason, Platform } from '../../../../src/domain/campaign.ts'
import type { ListedState } from '../../../../src/domain/delivery-result.ts'
import type { Headline } from '../../campaign-tone.ts'

/** Names and meanings of states, results, platforms and pause reasons. */
export const statesText = {
  campaign: {
    draft: 'Draft',
    scheduled: 'Scheduled',
    sending: 'Sending',
    paused: 'Paused',
    canceled: 'Canceled',
    finished: 'Finished',
  } satisfies Record<CampaignState, string>,
  /** A campaign at a glance: its state, and how it went. */
  headline: {
    draft: 'Draft',
    scheduled: 'Scheduled',
    sending: 'Sending',
    paused: 'Paused',
    canceled: 'Canceled',
    finished: 'Finished',
    canceling: 'Canceling',
    missed: 'Missed its time',
    all_failed: 'Finished: nothing was sent',
    all_in_doubt: 'Finished: all in doubt',
    all_skipped: 'Finished: all were skipped',
    many_failed: 'Finished with failures',
    many_in_doubt: 'Finished, many in doubt',
    few_reached: 'Finished: fewer than half sent',
    nobody: 'Finished: nobody to send to',
  } satisfies Record<Headline, string>,
  delivery: {
    sent: 'Sent',
    failed: 'Failed',
    skipped: 'Skipped',
    in_doubt: 'In doubt',
    canceled: 'Canceled',
  } satisfies Record<ListedState, string>,
  remaining: 'Remaining',
  waiting: 'Waiting',
  deliveryHint: {
    sent: 'Accepted by FCM',
    failed: 'Rejected by FCM, or FCM unavailable',
    skipped: 'Opted out, no consent, wrong hour, or device inactive',
    in_doubt: 'FCM’s response was lost; may have arrived',
    canceled: 'Not sent: campaign canceled',
  } satisfies Record<ListedState, string>,
  remainingHint: 'Not sent yet',
  platform: { android: 'Android', ios: 'iPhone and iPad', web: 'Web browser' } satisfies Record<
    Platform,
    string
  >,
  addressKind: { token: 'Token', fid: 'Installation ID (FID)' } satisfies Record<AddressKind, string>,
  pauseReason: {
    by_operator: 'Paused by a user.',
    canceling: 'The campaign is being canceled.',
    credential_refused: 'FCM rejected the server’s credentials.',
    project_not_found: 'The Firebase project was not found.',
    project_misconfigured: 'The settings of the project are invalid.',
    platform_refused: 'A platform’s push service refuses the messages.',
    too_many_errors: 'Too many messages failed.',
    message_refused: 'FCM refuses the message.',
    message_corrected: 'The message has been corrected.',
    addresses_refused: 'FCM refuses the addresses of this list.',
    audience_empty: 'The audience is empty.',
    counts_mismatch: 'The results do not add up to the audience size.',
    cannot_record: 'Results could not be saved.',
    database_failed_over: 'The database failed over to another server.',
  } satisfies Record<PauseReason, string>,
  /** Null: English shows the server's own sentence. */
  pauseAdvice: (_reason: PauseReason): string | null => null,
}
