import type { Text } from '../text.ts'
import { format } from './format.ts'

export const campaignsText: Text['campaigns'] = {
  title: '캠페인',
  create: '새 캠페인',
  search: '이름으로 검색',
  state: '상태',
  anyState: '모든 상태',
  name: '이름',
  progress: '진행 상황',
  created: '만든 날',
  by: (name) => `${name} 작성`,
  made: '만든 날',
  madeBy: (name) => `${name} 작성`,
  scheduledFor: (time) => `${time} 예정`,
  resendOf: '재발송',
  sentOf: (sent, audience) => `${format.number(audience)}대 중 ${format.number(sent)}대 발송`,
  counting: (planned) => `대상 집계 중: 현재 ${format.number(planned)}대`,
  notStarted: '시작 전',
  emptyTitle: '아직 캠페인이 없습니다',
  empty: '캠페인은 한 대상에게 보내는 하나의 메시지입니다. 첫 캠페인을 만들면 여기에 표시됩니다.',
  noMatchTitle: '조건에 맞는 캠페인이 없습니다',
  noMatch: '이 이름과 상태의 캠페인이 없습니다. 조건을 줄여 보세요.',
  clear: '모든 캠페인 보기',
  end: (n) => `모두 ${format.number(n)}개입니다.`,
}
