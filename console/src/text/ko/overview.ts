import type { Text } from '../text.ts'
import { format } from './format.ts'

export const overviewText: Text['overview'] = {
  title: '홈',
  asOf: (clock) => `${clock} 기준`,
  attention: '확인이 필요한 캠페인',
  attentionAll: (n) => `${n}개 모두 보기`,
  attentionKind: {
    paused: '자동으로 일시 중지됨',
    missed: '예약 시간에 발송하지 못함',
    all_failed: '발송 성공 없음',
    many_failed: '실패한 기기가 많음',
    in_doubt: '전달 여부 미확인',
    counts_mismatch: '결과 합계 불일치',
  },
  failedOf: (failed, audience) => `${audience}대 중 ${failed}대 실패`,
  inDoubtOf: (inDoubt, audience) => `${audience}대 중 ${inDoubt}대 미확인`,
  running: '진행 중',
  runningNone: '진행 중인 캠페인이 없습니다.',
  sentOf: (sent, audience) => `${audience}대 중 ${sent}대 발송`,
  counting: (planned) => `대상 집계 중: 현재 ${planned}대`,
  perSecond: (rate) => `초당 ${rate}건`,
  timeLeft: (duration) => `${duration} 남음`,
  failed: (n) => `실패 ${n}대`,
  next: '발송 예정',
  nextNone: '예약된 캠페인이 없습니다.',
  schedule: '캠페인 예약하기',
  today: '당일',
  yesterday: '전일',
  campaigns: '캠페인',
  days: '최근 30일',
  daysHint: '일별 발송 성공·실패 건수입니다. 방향키로 날짜를 이동할 수 있습니다.',
  daysTotal: (n, sent, failed, inDoubt) =>
    `캠페인 ${format.number(n)}개 · 성공 ${sent}건 · 실패 ${failed}건${inDoubt === null ? '' : ` · 미확인 ${inDoubt}건`}`,
  day: (day, n, sent, failed, inDoubt) =>
    `${day}: 캠페인 ${format.number(n)}개 · 성공 ${sent}건 · 실패 ${failed}건${inDoubt === null ? '' : ` · 미확인 ${inDoubt}건`}`,
  emptyTitle: '아직 발송한 캠페인이 없습니다',
  empty: '발송 중인 캠페인과 예약, 발송 결과가 여기에 표시됩니다.',
}
