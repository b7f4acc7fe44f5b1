import type { draftConflictText as English } from '../en/draft-conflict.ts'

export const draftConflictText: typeof English = {
  title: '다른 사용자가 이 캠페인을 변경했습니다',
  somebody: '다른 사용자',
  changed: (who, time) =>
    `${who} 님이 ${time}에 다른 내용을 저장했습니다. 내 변경 내용으로 덮어쓰지 않았으며, 발송된 것도 없습니다.`,
  changedOnly: (who, time) =>
    `${who} 님이 ${time}에 다른 내용을 저장했습니다. 발송된 것은 없습니다. 내용을 확인한 뒤 다시 진행하세요.`,
  showTheirs: '최신 내용 확인',
  choose: '유지할 내용을 선택하세요. 선택한 내용을 다시 확인한 뒤 발송할 수 있습니다.',
  field: '항목',
  theirs: (who) => `최신 내용 (${who} 님)`,
  mine: '내 화면의 내용',
  sameContent: '내용이 같습니다.',
  empty: '없음',
  takeTheirs: '최신 내용 불러오기 (내 변경 취소)',
  keepMine: '내 내용으로 덮어쓰기',
  sent: (who, state) =>
    `${who} 님이 이 캠페인을 발송하거나 종료했습니다. 현재 상태는 “${state}”이며 더 이상 수정할 수 없습니다.`,
  toCampaign: '캠페인 보기',
  placeholdersRefused: '변수가 있으면 발송하지 않음',
  fields: {
    name: '캠페인명',
    campaignKind: '캠페인 종류',
    advertiser: '광고 발신자',
    night: '야간 발송',
    sendWindow: '발송 시간대',
    notAfter: '발송 기한',
    defaultZone: '시간대를 모르는 회원의 시간대',
    kind: '메시지 종류',
    title: '제목',
    body: '내용',
    imageUrl: '이미지',
    link: '링크',
    data: '추가 데이터',
    android: 'android(JSON)',
    apns: 'apns(JSON)',
    webpush: 'webpush(JSON)',
    placeholders: '변수',
    audience: '발송 대상',
    schedule: '발송 시간',
    rate: '발송 속도',
    latestStart: '발송 시작 기한',
    priority: '우선순위',
    guarantee: 'FCM 응답을 받지 못한 경우',
    caps: '발송 횟수 제한',
    oncePerMember: '회원당 기기',
  },

  leave:
    '마지막 변경 내용이 저장되지 않아 나가면 사라집니다. 이 화면에 머무르면 다시 저장을 시도합니다. 로그아웃되었다면 다른 창에서 먼저 로그인하세요.',
  leaveScheduled: '캠페인은 기존 내용으로 예약되어 있습니다. 나가면 변경 내용이 사라집니다.',
}
