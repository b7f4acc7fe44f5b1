import type { draftSendText as English } from '../en/draft-send.ts'
import { format } from './format.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`

export const draftSendText: typeof English = {
  devices,
  notAllowed: '발송할 권한이 없습니다. 관리자에게 문의하세요.',
  testTitle: '테스트 발송',
  testIntro: '지정한 기기에만 보냅니다. 집계되지 않으며 캠페인은 초안으로 남습니다.',
  testNotSaved: '테스트는 저장된 내용을 보냅니다. 먼저 메시지와 대상을 완성하세요.',
  testMembers: '회원의 외부 ID',
  testMembersHint: '한 줄에 하나씩, 최대 20개. 그 회원의 모든 활성 기기가 받습니다.',
  testTokens: '등록 토큰',
  testTokensHint: '한 줄에 하나씩, 최대 20개. 이곳에 등록되지 않은 토큰도 됩니다.',
  validateOnly: 'FCM 검사만 하기',
  validateOnlyHint: 'FCM이 이 메시지를 받아 줄지만 확인합니다. 기기에는 아무것도 도착하지 않습니다.',
  sendTest: '테스트 보내기',
  checkTest: 'FCM으로 검사',
  testNobody: '회원이나 토큰을 지정하세요.',
  testTooMany: '각각 최대 20개입니다.',
  testDone: (good, all) => `${format.number(all)}건 중 ${format.number(good)}건을 FCM이 접수했습니다.`,
  device: '기기',
  member: '회원',
  result: '결과',
  tokenOnly: '토큰으로 지정',
  outcome: {
    sent: '접수됨',
    retry_later: '나중에 재시도',
    token_gone: '사라진 기기',
    rejected: '거부됨',
    in_doubt: '확인 불가',
    blocked: '차단됨',
    skipped: '제외됨',
    no_device: '기기 없음',
  },

  sendTitle: '발송 내용 확인',
  missingTitle: '아직 정하지 않은 것이 있습니다',
  missing: '발송하기 전에 다음을 완성하세요.',
  who: { all: '전체', filter: '조건에 맞는 대상', externalIds: '지정한 회원' },
  sayNow: (title, audience, who) => `버튼을 누르면 바로 “${title}”을(를) ${audience}(${who})에 보냅니다.`,
  sayAt: (title, audience, who, time, utc) =>
    `${time}에 “${title}”을(를) ${audience}(${who})에 보냅니다. UTC로는 ${utc}입니다.`,
  uncounted: '지금 집계하지 못한 대상',
  sayCounting: '대상을 집계하고 있습니다…',
  sayReachable: (reachable, skipped) =>
    skipped === 0
      ? '모두 도달할 수 있습니다.'
      : `${format.number(reachable)}대에 도달할 수 있고, 수신을 거부한 회원의 ${format.number(skipped)}대는 제외됩니다.`,
  sayDuration: (duration, limit) => `발송에는 약 ${duration} 걸립니다. ${limit}.`,
  limits: {
    own: (n) => `분당 최대 ${format.number(n)}건으로 지정했습니다`,
    rateLimit: (n) => `현재 속도는 분당 ${format.number(n)}건입니다`,
    slowed: (n) => `FCM의 요청으로 속도를 낮추어 지금은 분당 ${format.number(n)}건입니다`,
  },
  sayRamp: 'FCM이 천천히 시작하도록 요구하므로 처음 1분은 더 느립니다.',
  sayShared: (n) =>
    `다른 캠페인 ${format.number(n)}개를 보내는 중이며 속도를 나누어 쓰므로 더 걸릴 수 있습니다.`,
  sayUnlimited: '속도 제한이 없어 얼마나 걸릴지 미리 알 수 없습니다.',
  sayUnknownRate: '서버가 속도를 알려 주지 않아 얼마나 걸릴지 지금은 알 수 없습니다.',
  sayGuarantee: {
    at_least_once: 'FCM의 응답을 받지 못하면 그 기기에 다시 보냅니다. 알림은 하나만 표시됩니다.',
    at_most_once: 'FCM의 응답을 받지 못하면 그 기기에 다시 보내지 않고 “확인 불가”로 집계합니다.',
  },
  sayAfter: '언제든 일시 중지하거나 취소할 수 있습니다. 그때까지 나간 메시지는 되돌릴 수 없습니다.',
  noDispatcherTitle: '지금은 발송되지 않습니다',
  noDispatcher: '실행 중인 발송기가 없습니다. 발송기가 실행될 때까지 캠페인이 기다립니다.',
  breakerTitle: '지금 FCM이 응답하지 않습니다',
  breaker: 'FCM이 응답하면 자동으로 발송을 계속합니다.',
  blockedTitle: (clock) => `FCM이 ${clock}까지 기다리라고 했습니다`,
  blocked: '그 전에는 아무것도 나가지 않습니다.',
  confirm: (n) => `계속하려면 기기 수 ${n}을(를) 입력하세요`,
  confirmHint: '실수로 많은 사람에게 보내지 않기 위한 확인입니다.',
  confirmName: (name) => `대상을 집계하지 못했습니다. 그래도 계속하려면 이름 ${name}을(를) 입력하세요`,
  confirmNameHint: '발송할 때 집계됩니다.',
  confirmWrong: (n) => `${n}이(가) 아닙니다.`,
  sendNow: (audience) => `${audience}에 발송`,
  sendUncounted: '발송',
  nobody: '해당하는 기기가 없습니다. 대상이 없는 캠페인은 보낼 수 없습니다.',
  schedule: (time) => `${time}에 예약`,
  reschedule: '변경 내용 저장',
  failed: '발송되지 않았습니다',
}
