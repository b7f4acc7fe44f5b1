import { formatIn } from '../format.ts'

export const format = formatIn({
  locale: 'ko',
  day: (n) => `${n}일`,
  hour: (n) => `${n}시간`,
  minute: (n) => `${n}분`,
  second: (n) => `${n}초`,
  lessThanASecond: '1초 미만',
  dateAndTime: (date, time) => `${date} ${time}`,
})
