import { formatIn } from '../format.ts'

export const format = formatIn({
  locale: 'en',
  day: (n) => `${n} d`,
  hour: (n) => `${n} h`,
  minute: (n) => `${n} min`,
  second: (n) => `${n} s`,
  lessThanASecond: 'less than 1 s',
  dateAndTime: (date, time) => `${date}, ${time}`,
})
