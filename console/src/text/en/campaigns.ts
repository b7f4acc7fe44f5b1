import { format } from './format.ts'

export const campaignsText = {
  title: 'Campaigns',
  create: 'New campaign',
  search: 'Search by name',
  state: 'State',
  anyState: 'Every state',
  name: 'Name',
  progress: 'Progress',
  created: 'Created',
  by: (name: string) => `by ${name}`,
  scheduledFor: (time: string) => `for ${time}`,
  retryOf: 'Sent again',
  sentOf: (sent: number, audience: number) => `${format.number(sent)} of ${format.number(audience)} sent`,
  counting: (planned: number) => `Counting the audience: ${format.number(planned)} so far`,
  notStarted: 'Not started',
  emptyTitle: 'No campaign yet',
  empty: 'A campaign is one message to one audience. When you make the first one, it appears here.',
  noMatchTitle: 'No campaign fits',
  noMatch: 'None has this name and state. Take a filter away to see more.',
  clear: 'Show all campaigns',
  end: (n: number) => (n === 1 ? 'That is the only one.' : `That is all of them: ${format.number(n)}.`),
}
