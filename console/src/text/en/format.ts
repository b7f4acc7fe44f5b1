import { formatIn } from '../format.ts'

export const format = formatIn({
  locale: 'en',
  day: (n) => `${n} d`,
  hour: (n) => `${n} h`,
  minute: (n) => `${n} min`,
  second: (n) => `${n} s`,
  lessThanASecond: 'less than 1 s',
  justNow: 'now',
  about: (duration) => `about ${duration}`,
  hourCycle: 'h23',
  date: ({ year, month, day }) => `${month} ${day}, ${year}`,
  dateWithWeekday: ({ year, month, day, weekday }) => `${weekday}, ${month} ${day}, ${year}`,
  dateAndTime: (date, time) => `${date}, ${time}`,
})
