import { format } from './format.ts'

const campaigns = (n: number) => (n === 1 ? '1 campaign' : `${format.number(n)} campaigns`)

/** The first page. */
export const overviewText = {
  title: 'Overview',
  asOf: (clock: string) => `As of ${clock}`,
  attention: 'Needs attention',
  attentionAll: (n: number) => `Show all ${n}`,
  attentionKind: {
    paused: 'Paused by itself',
    missed: 'Missed its time',
    all_failed: 'Nothing was sent',
    many_failed: 'Many devices failed',
    in_doubt: 'Some deliveries are in doubt',
    counts_mismatch: 'Results do not add up',
  },
  failedOf: (failed: string, audience: string) => `${failed} of ${audience} failed`,
  inDoubtOf: (inDoubt: string, audience: string) => `${inDoubt} of ${audience} in doubt`,
  running: 'Running now',
  runningNone: 'Nothing is being sent.',
  sentOf: (sent: string, audience: string) => `${sent} of ${audience}`,
  counting: (planned: string) => `Counting audience: ${planned} so far`,
  perSecond: (rate: string) => `${rate}/s`,
  timeLeft: (duration: string) => `${duration} left`,
  failed: (n: string) => `${n} failed`,
  next: 'Next',
  nextNone: 'Nothing is scheduled.',
  schedule: 'Schedule a campaign',
  today: 'Today',
  yesterday: 'Yesterday',
  campaigns: 'Campaigns',
  days: 'Last 30 days',
  daysHint: 'Messages sent and failed per day. The arrow keys move from day to day.',
  daysTotal: (n: number, sent: string, failed: string, inDoubt: string | null) =>
    `${campaigns(n)} · ${sent} sent · ${failed} failed${inDoubt === null ? '' : ` · ${inDoubt} in doubt`}`,
  day: (day: string, n: number, sent: string, failed: string, inDoubt: string | null) =>
    `${day}: ${campaigns(n)} · ${sent} sent · ${failed} failed${inDoubt === null ? '' : ` · ${inDoubt} in doubt`}`,
  emptyTitle: 'Nothing has been sent yet',
  empty: 'What is being sent, what is next and how it went appears here.',
}
