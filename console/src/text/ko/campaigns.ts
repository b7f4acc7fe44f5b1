import type { Text } from '../text.ts'
import { format } from './format.ts'

export const campaignsText: Text['campaigns'] = {
  title: '캠페인',
  create: '새 캠페인',
  search: '캠페인명 검색',
  state: '상태',
  allStates: '전체 상태',
  by: (name) => `${name} 작성`,
  created: '작성일',
  createdBy: (name) => `${name} 작성`,
  scheduledFor: (time) => `${time} 발송 예정`,
  resendOf: '재발송',
  sentOf: (sent, audience) => `${format.number(sent)} / ${format.number(audience)}대 발송`,
  counting: (planned) => `대상 집계 중: 현재 ${format.number(planned)}대`,
  noText: '문구 없음(사일런트 푸시 또는 앱 문구)',
  notStarted: '발송 전',
  emptyTitle: '등록된 캠페인이 없습니다',
  empty: '캠페인은 하나의 메시지를 하나의 대상에게 발송하는 단위입니다. 첫 캠페인을 만들어 보세요.',
  noMatchTitle: '조건에 맞는 캠페인이 없습니다',
  noMatch: '캠페인명이나 상태 조건을 변경해 보세요.',
  clear: '조건 초기화',
  end: (n) => `총 ${format.number(n)}개`,
}
