import type { Text } from '../text.ts'
import { format } from './format.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`
const messages = (n: number) => `메시지 ${format.number(n)}건`

export const campaignText: Text['campaign'] = {
  back: '캠페인',
  progress: '진행 상황',
  sentOf: (audience) => `대에 발송 · 대상 ${format.number(audience)}대`,
  counting: (soFar) =>
    `대상을 아직 집계하고 있습니다. 현재 ${devices(soFar)}. 집계가 끝나면 비율을 표시합니다.`,
  sentOfCounted: (n) => `대에 발송 · 현재까지 집계한 대상 ${format.number(n)}대`,
  notCounted: '대상 수는 캠페인을 보낼 때 집계합니다.',
  audienceRow: '대상',
  doesNotAddUp:
    '결과의 합이 대상 수와 맞지 않습니다. 사라진 것은 없지만 이 수치를 믿지 마세요. 페이지를 다시 불러오고, 계속되면 서버 담당자에게 알리세요.',
  share: '비율',
  count: '기기 수',
  result: '결과',
  rate: '속도',
  perSecond: (rate) => `초당 ${format.rate(rate)}건`,
  timeLeft: '남은 시간',
  aboutLeft: (duration) => `약 ${duration}`,
  until: (clock) => `${clock}까지`,
  leftCounting: '대상 집계가 끝나면 알 수 있습니다',
  leftStandstill: '알 수 없음: 최근 몇 초 동안 움직임이 없습니다',
  firstSent: '첫 메시지',
  lastSent: '마지막 메시지',
  took: (duration) => `총 ${duration}`,
  rateNote: '최근 10초 기준',
  batchesTried: '시도한 배치',
  triedOf: (tried, all) => `${format.number(all)}개 중 ${format.number(tried)}개`,
  triedOfSoFar: (tried, all) => `현재까지 ${format.number(all)}개 중 ${format.number(tried)}개`,
  triedAgain: (again, attempts) =>
    again === 0
      ? '배치당 최대 500대, 재시도 없음'
      : `배치당 최대 500대, 재시도 ${format.number(again)}회, 총 시도 ${format.number(attempts)}회`,
  closing: '마지막 결과를 집계하고 있습니다. 몇 초 걸립니다.',
  link: {
    live: '실시간',
    polling: (seconds) => `${format.duration(seconds)}마다 새로 고침`,
    lost: (clock) => `${clock} 기준`,
    ended: '집계 완료',
  },
  linkMeans: {
    live: '수치가 바뀌는 대로 표시됩니다.',
    polling: '실시간 연결을 사용할 수 없어 주기적으로 확인합니다.',
    lost: '지금은 새 수치를 받을 수 없습니다. 마지막으로 받은 수치이며 계속 다시 시도합니다.',
    ended: '모든 기기의 결과가 나왔습니다. 이 수치는 더 이상 바뀌지 않습니다.',
  },
  pausedTitle: '일시 중지됨',
  pausedByOperator: (remaining) =>
    remaining === 0
      ? '보낼 기기가 남아 있지 않습니다.'
      : `재개할 때까지 ${devices(remaining)}가 기다립니다. 사라지는 것은 없습니다.`,
  haltedTitle: (platforms) => `${platforms} 발송 중단`,
  halted:
    'FCM이 이 플랫폼의 푸시 서비스에 로그인하지 못했습니다. 키(APNs 또는 웹 푸시)가 거부되었습니다. 다른 플랫폼은 계속 보내며 해당 기기는 차례를 유지합니다. Firebase 콘솔에 유효한 키를 올리고, 캠페인이 일시 중지되면 재개하세요.',
  resendOf: {
    failed: '이전 캠페인에서 실패한 기기에 다시 보냅니다.',
    in_doubt: '이전 캠페인에서 확인할 수 없던 기기에 다시 보냅니다.',
    canceled: '이전 캠페인에서 취소된 기기에 다시 보냅니다.',
  },
  toOrigin: '이전 캠페인 보기',
  resentAs: {
    failed: '실패한 기기에 다시 보냄',
    in_doubt: '확인 불가 기기에 다시 보냄',
    canceled: '취소된 기기에 다시 보냄',
  },
  history: '재발송',
  plots: '시간별 추이',
  ratePlot: '초당 메시지 수',
  notSentPlot: '초당 미발송 수',
  plotTime: '시각',
  ratePlotSummary: (highest, at, mean) => `최고 초당 ${highest}건(${at}), 평균 초당 ${mean}건.`,
  allSentSoFar: '지금까지 모든 메시지가 접수되었습니다.',
  plotsEmpty: '첫 메시지가 나가면 그래프가 표시됩니다.',
  failures: '받지 못한 기기와 이유',
  noFailures: '아직 없습니다. 모든 결과가 ‘발송’입니다.',
  noFailuresYet: '아직 보낸 메시지가 없습니다.',
  nothingSent: '보낸 메시지가 없습니다.',
  countedBefore: '잠시 전에 집계한 값이며 위의 수치가 더 최신입니다.',
  showDevices: '해당 기기 보기',
  deliveries: '기기별 결과',
  exportAll: 'CSV로 내보내기',
  message: '메시지',
  body: '내용',
  tapOpens: '누르면 열림',
  image: '이미지',
  settings: '설정',
  audience: '대상',
  audienceAll: '모든 기기',
  audienceMembers: (n) => `지정한 회원 ${format.number(n)}명`,
  audienceFiltered: (conditions) => conditions,
  audienceFilter: {
    platforms: (list) => `플랫폼 ${list}`,
    locales: (list) => `언어 ${list}`,
    attributes: (list) => `속성 ${list}`,
    seenWithinDays: (n) => `최근 ${format.number(n)}일 안에 접속`,
  },
  guarantee: '응답이 유실되면',
  guaranteeMeans: {
    at_least_once: '다시 보냅니다. 빠지는 기기가 없으며, 두 번 보내도 기기에는 한 번만 표시됩니다.',
    at_most_once: '다시 보내지 않습니다. 두 번 받는 기기가 없으며, 확인 불가로 기록합니다.',
  },
  speed: '발송 속도',
  speedLimit: (perMinute) => `분당 최대 ${format.number(perMinute)}건`,
  speedFull: '프로젝트 할당량이 허용하는 최대 속도',
  priority: '우선순위',
  priorityOf: (n) => `10 중 ${n} (1이 먼저)`,
  createdAt: '만든 시각',
  startedAt: '시작 시각',
  closedAt: '집계 완료 시각',
  scheduledAt: '예약 시각',
  draftTitle: '작성 중인 캠페인입니다',
  draft: '아직 보낸 것이 없습니다. 계속 편집하세요. 마지막 단계에서 무엇이 발송되는지 먼저 보여 줍니다.',
  scheduledTitle: (time) => `${time}에 발송합니다`,
  scheduled: '정해진 시각에 자동으로 시작합니다. 그 전에는 변경하거나 취소할 수 있습니다.',
}

export const campaignActionsText: Text['campaignActions'] = {
  more: '더 보기',
  edit: '편집',
  editAndSend: '편집하고 보내기',
  pause: '일시 중지',
  resume: '재개',
  cancel: '캠페인 취소',
  remove: '삭제',
  duplicate: '복제',
  resend: '다시 보내기',
  resendOnly: {
    failed: (n) => `실패한 ${devices(n)}에`,
    in_doubt: (n) => `확인 불가 ${devices(n)}에`,
    canceled: (n) => `취소된 ${devices(n)}에`,
  },
  keep: '그대로 두기',
  pauseTitle: '이 캠페인을 일시 중지할까요?',
  pauseBody: (remaining, rate) => [
    rate !== null && rate > 0
      ? `약 2초 안에 발송을 멈춥니다. 지금 초당 ${format.rate(rate)}건을 보내고 있으며, 이미 나간 메시지는 되돌릴 수 없습니다. 몇 건인지 알려 드립니다.`
      : '약 2초 안에 발송을 멈춥니다. 이미 나간 메시지는 되돌릴 수 없으며 몇 건인지 알려 드립니다.',
    `재개할 때까지 ${devices(remaining)}가 기다립니다. 사라지는 것은 없습니다.`,
  ],
  resumeTitle: '이 캠페인을 재개할까요?',
  resumeBody: (remaining) => [
    `아직 결과가 없는 ${devices(remaining)}에 계속 보냅니다. 이미 받은 기기에는 다시 보내지 않습니다.`,
  ],
  resumeCauseStays: '자동으로 일시 중지된 캠페인입니다. 원인이 남아 있으면 문제 없이 다시 일시 중지됩니다.',
  cancelTitle: '이 캠페인을 완전히 취소할까요?',
  cancelBody: (remaining, isRunning) => [
    isRunning
      ? `${devices(remaining)}는 받지 못하며 취소로 기록됩니다. 이미 나간 메시지는 되돌릴 수 없으며 몇 건인지 알려 드립니다.`
      : `${devices(remaining)}는 받지 못하며 취소로 기록됩니다.`,
    '이미 보낸 결과는 그대로 남습니다. 취소한 캠페인은 재개할 수 없지만 취소된 기기에 다시 보낼 수 있습니다.',
  ],
  cancelScheduledBody: ['발송하지 않습니다. 취소한 캠페인은 다시 예약할 수 없지만 복제할 수 있습니다.'],
  removeTitle: '이 캠페인을 삭제할까요?',
  removeBody: ['아직 보내지 않은 캠페인이며 삭제하면 되돌릴 수 없습니다.'],
  duplicateTitle: '이 캠페인을 복제할까요?',
  duplicateBody: [
    '같은 메시지, 대상, 설정으로 초안을 만듭니다. 직접 보내기 전에는 아무것도 발송되지 않습니다.',
    '대상은 복사본을 보낼 때 새로 조회합니다.',
  ],
  duplicateResendBody: [
    '같은 메시지와 설정으로 초안을 만듭니다. 대상은 재발송한 기기만이 아니라 첫 캠페인의 전체 대상입니다.',
  ],
  copyOf: (name) => `${name} (사본)`,
  resendTitle: (n) => `${devices(n)}에 다시 보낼까요?`,
  resendBody: {
    failed: (n) => [
      `새 캠페인이 같은 메시지를 지금 실패한 ${devices(n)}에만 보냅니다.`,
      '그 사이 앱이 삭제된 기기는 제외합니다. 이 캠페인의 결과는 그대로 남습니다.',
    ],
    in_doubt: (n) => [
      `새 캠페인이 같은 메시지를 지금 확인 불가인 ${devices(n)}에만 보냅니다. 일부는 이미 받았을 수 있으며, 시스템이 알림을 교체할 수 있으면 하나만 표시됩니다.`,
      '이 캠페인의 결과는 그대로 남습니다.',
    ],
    canceled: (n) => [
      `새 캠페인이 같은 메시지를 지금 취소된 ${devices(n)}에만 보냅니다.`,
      '이 캠페인의 결과는 그대로 남습니다.',
    ],
  },
  resendConfirm: (n) => `${devices(n)}에 보내기`,
  paused: (inFlight) =>
    inFlight === 0
      ? '일시 중지했습니다. 전송 중인 메시지가 없습니다.'
      : `일시 중지했습니다. 그 순간 전송 중이던 ${messages(inFlight)}은 도착할 수 있습니다.`,
  canceled: (inFlight) =>
    inFlight === 0
      ? '취소했습니다. 전송 중인 메시지가 없습니다.'
      : `취소했습니다. 그 순간 전송 중이던 ${messages(inFlight)}은 도착할 수 있습니다.`,
  resumed: '재개했습니다. 발송을 계속합니다.',
  removed: '삭제했습니다.',
  duplicated: '복사본입니다. 아직 보낸 것이 없습니다.',
  resent: '재발송을 시작했습니다.',
}
