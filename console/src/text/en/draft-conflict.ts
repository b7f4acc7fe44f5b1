/** The campaign editor: what somebody else has changed, and leaving it. */
import type { Compared } from '../../pages/new-campaign/differences.ts'

export const draftConflictText = {
  title: 'Someone else has changed this campaign',
  somebody: 'Someone',
  changed: (who: string, time: string) =>
    `${who} saved another version on ${time}. Nothing of yours has been saved over it, and nothing has been sent.`,
  changedOnly: (who: string, time: string) =>
    `${who} saved another version on ${time}. Nothing has been sent. Read it, and press again.`,
  showTheirs: 'Show their version',
  choose: 'Choose which version goes on. The review then shows it, and asks again.',
  field: 'Field',
  theirs: (who: string) => `Now, by ${who}`,
  mine: 'On your screen',
  sameContent: 'The content is the same.',
  empty: 'empty',
  takeTheirs: 'Use their version',
  keepMine: 'Overwrite with mine',
  sent: (who: string, state: string) =>
    `${who} has sent or closed this campaign: it is “${state}” now and can no longer be edited.`,
  toCampaign: 'View campaign',
  placeholdersRefused: 'Placeholders are refused',
  fields: {
    name: 'Name',
    campaignKind: 'Kind of campaign',
    advertiser: 'Sender of the advertisement',
    night: 'At night',
    sendWindow: 'Send window',
    notAfter: 'Nothing is sent after',
    defaultZone: 'Time zone of members without one',
    kind: 'Message type',
    title: 'Title',
    body: 'Body',
    imageUrl: 'Image',
    link: 'Link',
    data: 'Custom data',
    android: 'android (JSON)',
    apns: 'apns (JSON)',
    webpush: 'webpush (JSON)',
    placeholders: 'Placeholders',
    audience: 'Audience',
    schedule: 'Send time',
    rate: 'Send rate',
    latestStart: 'Latest start',
    priority: 'Priority',
    guarantee: 'If FCM’s response is lost',
    caps: 'Frequency cap',
    oncePerMember: 'Devices of a member',
  } satisfies Record<Compared, string>,

  leave:
    'Your last changes could not be saved and would be lost. Stay, and saving is tried again. If you have been signed out, sign in in another window first.',
  leaveScheduled: 'The campaign stays scheduled as it was. Your changes would be lost.',
}
