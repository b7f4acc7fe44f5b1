/** Recurring campaigns. */
import type { RunOutcome, ScheduleState, Weekday } from '../../../../src/domain/schedule-rule.ts'
import { format } from './format.ts'

const DAYS: Record<Weekday, string> = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
}
const list = new Intl.ListFormat('en', { type: 'conjunction' })

export const schedulesText = {
  title: 'Recurring campaigns',
  back: 'Recurring campaigns',
  hint: 'A campaign that recurs is sent again and again, each time as a campaign of its own.',
  newButton: 'Make recurring',
  choose:
    'Choose the campaign that is to recur. Its message, audience and settings are taken over; the campaign itself stays as it is.',
  chooseNone: 'No campaign with a message and an audience. Write one first.',
  emptyTitle: 'No recurring campaigns yet',
  name: 'Name',
  rule: 'When',
  next: 'Next run',
  state: 'State',
  states: { active: 'Active', paused: 'Paused', ended: 'Ended' } satisfies Record<ScheduleState, string>,
  end: (count: number) =>
    count === 1 ? '1 recurring campaign' : `${format.number(count)} recurring campaigns`,

  daily: (at: string) => `Every day at ${at}`,
  weekly: (days: readonly Weekday[], at: string) =>
    `Every ${list.format(days.map((day) => DAYS[day]))} at ${at}`,
  monthly: (day: number, at: string) =>
    day > 28
      ? `On day ${day} of every month, or its last day, at ${at}`
      : `On day ${day} of every month at ${at}`,
  monthEnd: (at: string) => `On the last day of every month at ${at}`,
  cron: (cron: string) => `By cron: ${cron}`,
  monthlyOn: (days: readonly number[], at: string) =>
    `On days ${list.format(days.map(String))} of every month at ${at}`,
  timesOf: (times: readonly string[]) => list.format(times),
  everyMinutes: (n: number) => (n === 1 ? 'Every minute' : `Every ${n} minutes`),
  everyHours: (n: number, minute: number) =>
    n === 1 ? `Every hour, at minute ${minute}` : `Every ${n} hours, at minute ${minute}`,
  meaning: (rule: string, zone: string) => `${rule} (${zone})`,
  inZone: (zone: string) => `Times in ${zone}`,

  newTitle: 'Make recurring',
  newIntro: (name: string) =>
    `Each run is a campaign of its own, with the message, the audience and the settings of “${name}”. Who belongs to the audience is decided shortly before each run.`,
  missingTitle: 'No campaign chosen',
  missing: 'Open a campaign that has a message and an audience, and choose “Make recurring…” in its menu.',
  every: 'Repeat',
  everyOf: { day: 'Every day', week: 'Every week', month: 'Every month', cron: 'Cron' },
  on: 'On',
  dayNames: DAYS,
  day: 'Day of the month',
  dayOf: (day: number) => String(day),
  dayLast: 'Last day',
  at: 'Time',
  cronLabel: 'Cron expression',
  cronHint:
    'Minute, hour, day, month, weekday. “0 20 * * 1-5” is Monday to Friday at 20:00; L is the last day.',
  zone: 'Time zone',
  zoneNotFound: 'No such time zone',
  startsOn: 'First day',
  endsOn: 'Last day',
  optional: 'Optional',
  skipDates: 'Days without a run',
  addDate: 'Add day',
  removeDate: (date: string) => `Remove ${date}`,
  previewTitle: 'The next five runs',
  moved: 'moved: clocks are put forward over its time that day',
  firstOfTwo: 'the first of two: clocks are put back that day',
  create: 'Create',
  save: 'Save',
  saved: 'Saved.',
  created: 'The campaign recurs from now on.',
  failed: 'Not saved',

  confirm: (wanted: string) => `Type the number of devices to confirm: ${wanted}`,
  audienceChanged: (n: number) => `The audience has ${format.number(n)} devices now.`,
  devicesNow: (n: number) => (n === 1 ? '1 device now' : `${format.number(n)} devices now`),

  pause: 'Pause',
  resume: 'Resume',
  finish: 'End…',
  edit: 'Edit times…',
  editTitle: 'Edit times',
  editContent: 'Edit message…',
  editContentTitle: 'Edit message and audience',
  editContentHint:
    'From the next run on. Runs that are planned already and have not started are made anew; those that were sent stay as they are.',
  leave: 'What you have changed here would be lost. The recurring campaign stays as it was.',
  endTitle: 'End this recurring campaign?',
  endBody: 'There will be no more runs, and it cannot be resumed. Runs that have started go on.',
  endConfirm: 'End',
  paused: 'No runs while it is paused. Runs that pass meanwhile are not made up for.',
  problemTitle: 'It has paused itself: as it is, it can no longer be sent.',
  kept: (n: number) =>
    n === 1
      ? 'One run stays as it is: it has started, or was changed by hand.'
      : `${format.number(n)} runs stay as they are: they have started, or were changed by hand.`,
  changedMeanwhile: 'Somebody else has changed it meanwhile. This is how it is now; check it, and try again.',

  upcoming: 'Next runs',
  noRuns: 'There are no more runs.',
  willRun: 'Will be sent',
  made: 'Planned as a campaign',
  skipped: 'Left out',
  openCampaign: 'Open campaign',
  skip: 'Leave out',
  restore: 'Take in again',
  sendNow: 'Send now…',
  sendTitle: 'Send this run now?',
  sendBody: (when: string) => `It is sent at once, and not again at its time: ${when}.`,
  sendConfirm: 'Send now',
  sent: 'The run is being sent.',
  runOf: (when: string) => `Run of ${when}`,

  past: 'What became of the runs',
  noPast: 'No run has been decided yet.',
  outcomes: {
    made: 'Sent as a campaign',
    skipped: 'Left out',
    missed: 'Missed: the service was down, and a later run was made up for',
    no_such_day: 'The time zone has no such day',
  } satisfies Record<RunOutcome, string>,
  by: (name: string) => `by ${name}`,
  message: 'Message',
  settings: 'Settings',
  createdBy: 'Created by',
  notAllowedTitle: 'You cannot do this',
  notAllowed: 'Making a campaign recur needs the permission to send campaigns.',
}
