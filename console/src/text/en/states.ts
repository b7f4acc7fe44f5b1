import type { CampaignState, PauseReason, Platform } from '../../../../src/domain/campaign.ts'
import type { ListedState } from '../../../../src/results/read-deliveries.ts'

/** What states, results and platforms are called. */
export const statesText = {
  campaign: {
    draft: 'Draft',
    scheduled: 'Scheduled',
    sending: 'Sending',
    paused: 'Paused',
    canceled: 'Canceled',
    finished: 'Finished',
  } satisfies Record<CampaignState, string>,
  delivery: {
    sent: 'Sent',
    failed: 'Failed',
    skipped: 'Skipped',
    in_doubt: 'In doubt',
    canceled: 'Canceled',
  } satisfies Record<ListedState, string>,
  remaining: 'Remaining',
  waiting: 'Waiting',
  deliveryMeans: {
    sent: 'accepted by FCM',
    failed: 'FCM refused it, or could not take it',
    skipped: 'not sent on purpose: opted out, or the device is gone',
    in_doubt: 'it left, and the answer was lost: it may or may not have arrived',
    canceled: 'not sent, because the campaign was canceled',
  } satisfies Record<ListedState, string>,
  remainingMeans: 'still to be sent',
  platform: { android: 'Android', ios: 'iPhone and iPad', web: 'Web browser' } satisfies Record<
    Platform,
    string
  >,
  pauseReason: {
    by_operator: 'Somebody paused it.',
    credential_refused: 'FCM refused the server’s credential.',
    project_not_found: 'FCM does not know the Firebase project.',
    project_misconfigured: 'The settings of its project cannot be used.',
    platform_refused: 'FCM cannot sign in to a platform’s push service.',
    too_many_errors: 'Too many messages failed.',
    audience_empty: 'The audience turned out to be empty.',
    counts_mismatch: 'The results do not add up to the audience.',
    cannot_record: 'Results cannot be stored.',
  } satisfies Record<PauseReason, string>,
}
