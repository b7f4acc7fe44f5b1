import { type DateParts, formatIn } from '../format.ts'

export const format = formatIn({
  locale: 'ko',
  day: (n) => `${n}일`,
  hour: (n) => `${n}시간`,
  minute: (n) => `${n}분`,
  second: (n) => `${n}초`,
  lessThanASecond: '1초 미만',
  justNow: '1분 이내',
  about: (duration) => `약 ${duration}`,
  hourCycle: 'h12',
  date: dateOf,
  dateWithWeekday: dateOf,
  dateAndTime: (date, time) => `${date} ${time}`,
  homeZone: 'Asia/Seoul',
})

/** 11월 30일(월); the year only if it is not the current one. */
function dateOf({ year, month, day, weekday, isThisYear }: DateParts): string {
  return `${isThisYear ? '' : `${year}년 `}${month} ${day}일(${weekday})`
}
