import { format } from './format.ts'

export const campaignsText = {
  title: 'Campaigns',
  create: 'New campaign',
  search: 'Search by name',
  state: 'Status',
  allStates: 'All statuses',
  by: (name: string) => `by ${name}`,
  created: 'Created',
  createdBy: (name: string) => `Created by ${name}`,
  scheduledFor: (time: string) => `Starts ${time}`,
  resendOf: 'Resend',
  sentOf: (sent: number, audience: number) => `${format.number(sent)} of ${format.number(audience)} sent`,
  counting: (planned: number) => `Counting audience: ${format.number(planned)} so far`,
  notStarted: 'Not started',
  noText: 'No text: silent, or with texts of the app',
  emptyTitle: 'No campaigns yet',
  empty: 'A campaign sends one message to one audience. Create a campaign to get started.',
  noMatchTitle: 'No matching campaigns',
  noMatch: 'No campaign matches this name and status. Change or clear the filters.',
  clear: 'Clear filters',
  end: (n: number) => (n === 1 ? '1 campaign' : `${format.number(n)} campaigns`),
}
