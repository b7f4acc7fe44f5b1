import type { Text } from '../text.ts'
import { format } from './format.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`
const inFlight = (n: number) => `전송 중이던 메시지 ${format.number(n)}건은 도착할 수 있습니다.`

const NOT_RECALLED = '이미 전송 중인 메시지는 취소할 수 없으며, 건수를 알려 드립니다.'

export const campaignText: Text['campaign'] = {
  back: '캠페인',
  progress: '발송 현황',
  sentOf: (sent, audience) => ({
    before: `${format.number(audience)}대 중`,
    sent: `${format.number(sent)}대`,
    after: '발송 완료',
  }),
  sentOfCounted: (sent, counted) => ({
    before: `현재까지 집계된 ${format.number(counted)}대 중`,
    sent: `${format.number(sent)}대`,
    after: '발송 완료',
  }),
  counting: (soFar) => `대상을 집계하고 있습니다. 현재 ${devices(soFar)}. 집계가 끝나면 비율이 표시됩니다.`,
  audienceRow: '대상',
  countsMismatch:
    '결과 합계가 대상 수와 일치하지 않습니다. 유실된 데이터는 없지만 수치가 정확하지 않을 수 있습니다. 페이지를 새로 고침하고, 계속되면 서버 담당자에게 문의하세요.',
  share: '비율',
  count: '기기 수',
  result: '결과',
  rate: '발송 속도',
  perSecond: (rate) => `초당 ${format.rate(rate)}건`,
  timeLeft: '남은 시간',
  finishesAround: (clock) => `${clock} 완료 예상`,
  timeLeftCounting: '대상 집계 후 표시됩니다',
  timeLeftStalled: '최근 몇 초 동안 진행되지 않았습니다',
  firstSent: '첫 발송',
  lastSent: '마지막 발송',
  totalDuration: (duration) => `총 ${duration} 소요`,
  rateNote: '최근 10초 평균',
  batchesProcessed: '발송 묶음',
  processedOf: (processed, all) => `${format.number(all)}개 중 ${format.number(processed)}개 처리`,
  processedOfSoFar: (processed, all) =>
    `현재까지 ${format.number(all)}개 중 ${format.number(processed)}개 처리`,
  batchRetries: (retries, attempts) =>
    retries === 0
      ? '묶음당 최대 500대, 재시도 없음'
      : `묶음당 최대 500대, 재시도 ${format.number(retries)}회, 총 ${format.number(attempts)}회 시도`,
  closing: (counted) =>
    counted === null
      ? '최종 결과를 집계하고 있습니다. 몇 초 정도 소요됩니다.'
      : `최종 결과를 집계하고 있습니다. 지금까지 ${format.number(counted)}건을 확인했습니다.`,
  connection: {
    live: '실시간',
    polling: (seconds) => `${format.duration(seconds)}마다 갱신`,
    lost: (clock) => `${clock} 기준`,
    ended: '최종 집계',
  },
  connectionHint: {
    live: '수치가 실시간으로 갱신됩니다.',
    polling: '실시간 연결을 사용할 수 없어 주기적으로 갱신합니다.',
    lost: '지금은 갱신할 수 없어 마지막 수치를 표시합니다. 다시 연결하는 중입니다.',
    ended: '모든 기기의 결과가 확정되어 수치가 더 이상 바뀌지 않습니다.',
  },
  pausedTitle: '일시 중지됨',
  pausedRemaining: (remaining) =>
    remaining === 0
      ? '발송할 기기가 남아 있지 않습니다.'
      : `미발송 ${devices(remaining)}. 재개할 때까지 미발송분은 유지됩니다.`,
  haltedTitle: (platforms) => `${platforms} 발송 보류`,
  halted:
    '해당 플랫폼의 푸시 서비스가 메시지를 거부했습니다. APNs 키(또는 웹 푸시 키)나 앱의 번들 ID가 맞지 않습니다. 다른 플랫폼은 계속 발송하며 보류된 기기는 나중에 발송합니다. Firebase 콘솔에서 둘 다 확인하고, 캠페인이 일시 중지되면 FCM 응답을 확인한 뒤 재개하세요.',
  resendOf: {
    failed: '이전 캠페인에서 실패한 기기에 재발송하는 캠페인입니다.',
    in_doubt: '이전 캠페인에서 전달 여부가 확인되지 않은 기기에 재발송하는 캠페인입니다.',
    canceled: '이전 캠페인에서 취소된 기기에 재발송하는 캠페인입니다.',
  },
  viewOriginal: '원본 캠페인 보기',
  resentAs: {
    failed: '실패한 기기에 재발송',
    in_doubt: '전달 여부 미확인 기기에 재발송',
    canceled: '취소된 기기에 재발송',
  },
  resends: '재발송 내역',
  plots: '시간대별 추이',
  ratePlot: '초당 발송 건수',
  notSentPlot: '초당 미발송 건수',
  ratePlotSummary: (highest, at, mean) => `최고 초당 ${highest}건(${at}), 평균 초당 ${mean}건`,
  allSentSoFar: '현재까지 모든 메시지가 접수되었습니다.',
  plotsEmpty: '발송이 시작되면 그래프가 표시됩니다.',
  failures: '미도달 사유',
  noFailures: '현재까지 실패가 없습니다. 모두 발송 성공입니다.',
  noFailuresYet: '아직 발송된 메시지가 없습니다.',
  nothingSent: '발송된 메시지가 없습니다.',
  failuresDelayed: '조금 전에 집계한 값입니다. 위의 수치가 더 최신입니다.',
  showDevices: '기기 보기',
  fcmSaid: 'FCM 응답:',
  correctMessage: '메시지 수정',
  versionsIntro:
    '일시 중지 중에 메시지를 수정했습니다. 기기별 결과에서 각 기기가 받은 버전을 확인할 수 있습니다.',
  versionName: (version, isCurrent) => (isCurrent ? `버전 ${version}(현재)` : `버전 ${version}`),
  data: '데이터',
  deliveries: '기기별 결과',
  exportAll: 'CSV 내보내기',
  message: '메시지',
  opensOnTap: '클릭 시 이동',
  image: '이미지',
  settings: '설정',
  audience: '대상',
  audienceAll: '전체 기기',
  audienceMembers: (n) => `직접 입력한 회원 ${format.number(n)}명`,
  audienceFiltered: (conditions) => conditions,
  audienceFilter: {
    platforms: (list) => `플랫폼: ${list}`,
    locales: (list) => `언어: ${list}`,
    attributes: (list) => `속성: ${list}`,
    seenWithinDays: (n) => `최근 ${format.number(n)}일 이내 접속`,
  },
  guarantee: 'FCM 응답을 받지 못한 경우',
  guaranteeHint: {
    at_least_once: '다시 발송합니다. 누락이 없으며, 두 번 발송되어도 알림은 한 번만 표시됩니다.',
    at_most_once: '다시 발송하지 않습니다. 중복 발송이 없으며, 전달 여부 미확인으로 집계됩니다.',
  },
  speed: '발송 속도',
  speedLimit: (perMinute) => `분당 최대 ${format.number(perMinute)}건`,
  speedFull: 'FCM 할당량 내 최대 속도',
  priority: '우선순위',
  priorityOf: (n) => `10단계 중 ${n}(1이 가장 높음)`,
  createdAt: '작성 일시',
  startedAt: '발송 시작',
  closedAt: '집계 완료',
  scheduledAt: '예약 일시',
  draftTitle: '임시 저장된 캠페인입니다',
  draft: '아직 발송되지 않았습니다. 편집 마지막 단계에서 발송 내용을 확인한 뒤 발송할 수 있습니다.',
  scheduledTitle: (time) => `${time} 발송 예정`,
  scheduled: '예약 시간에 자동으로 발송됩니다. 그 전까지 수정하거나 취소할 수 있습니다.',
}

export const campaignActionsText: Text['campaignActions'] = {
  edit: '수정',
  editAndSend: '수정 후 발송',
  pause: '일시 중지',
  resume: '재개',
  correct: '메시지 수정',
  correctTitle: '메시지 수정',
  correctResendTitle: (n) => `메시지를 수정하여 ${devices(n)}에 재발송`,
  correctBefore: '수정 전',
  correctAfter: '수정 후',
  correctNothingYet: '아직 변경된 내용이 없습니다.',
  correctHint: '재개하기 전까지는 발송되지 않습니다. 이미 받은 기기의 메시지는 바뀌지 않습니다.',
  correctResendHint:
    '수정한 메시지를 지금 발송하는 새 캠페인을 만듭니다. 이미 표시된 알림은 운영체제가 지원하는 경우 새 메시지로 교체됩니다.',
  correctConfirm: '수정 내용 저장',
  correctFirst: '메시지를 먼저 수정',
  correctConflictTitle: '그 사이 다른 사용자가 메시지를 수정했습니다',
  correctConflict:
    '다른 사용자의 버전이 ‘수정 전’에 표시됩니다. 입력한 내용은 그대로 유지되므로 비교한 뒤 다시 저장하세요.',
  corrected: (version) => `메시지를 수정했습니다(버전 ${version}). 재개하면 발송됩니다.`,
  cancel: '캠페인 취소',
  remove: '삭제',
  duplicate: '복제',
  resend: '재발송',
  resendOnly: {
    failed: (n) => `실패한 ${devices(n)}`,
    in_doubt: (n) => `전달 여부 미확인 ${devices(n)}`,
    canceled: (n) => `취소된 ${devices(n)}`,
  },
  dismiss: '돌아가기',
  pauseTitle: '캠페인을 일시 중지할까요?',
  pauseBody: (remaining, rate) => [
    rate !== null && rate > 0
      ? `약 2초 이내에 발송을 멈춥니다. 현재 속도는 초당 ${format.rate(rate)}건입니다. ${NOT_RECALLED}`
      : `약 2초 이내에 발송을 멈춥니다. ${NOT_RECALLED}`,
    `미발송 ${devices(remaining)}. 재개할 때까지 미발송분은 유지됩니다.`,
  ],
  resumeTitle: '캠페인을 재개할까요?',
  resumeBody: (remaining) => [
    `아직 결과가 없는 ${devices(remaining)}에 이어서 발송합니다. 이미 결과가 있는 기기에는 다시 발송하지 않습니다.`,
  ],
  resumeCausePersists:
    '자동으로 일시 중지된 캠페인입니다. 원인이 해결되지 않으면 다시 자동으로 일시 중지됩니다.',
  cancelTitle: '캠페인을 취소할까요?',
  cancelBody: (remaining, isRunning) => [
    isRunning
      ? `${devices(remaining)}에는 발송되지 않으며 취소로 기록됩니다. ${NOT_RECALLED}`
      : `${devices(remaining)}에는 발송되지 않으며 취소로 기록됩니다.`,
    '이미 발송된 결과는 그대로 유지됩니다. 취소한 캠페인은 재개할 수 없지만 취소된 기기에 재발송할 수 있습니다.',
  ],
  cancelScheduledBody: [
    '캠페인이 발송되지 않습니다. 취소한 캠페인은 다시 예약할 수 없지만 복제할 수 있습니다.',
  ],
  removeTitle: '캠페인을 삭제할까요?',
  removeBody: ['아직 발송되지 않은 캠페인입니다. 삭제하면 복구할 수 없습니다.'],
  duplicateTitle: '캠페인을 복제할까요?',
  duplicateBody: [
    '메시지, 대상, 설정이 같은 캠페인이 임시 저장됩니다. 직접 발송하기 전까지는 발송되지 않습니다.',
    '대상은 복제한 캠페인을 발송할 때 다시 집계합니다.',
  ],
  duplicateResendBody: [
    '메시지와 설정이 같은 캠페인이 임시 저장됩니다. 대상은 재발송한 기기가 아니라 원본 캠페인의 전체 대상입니다.',
  ],
  copyOf: (name) => `${name} (사본)`,
  resendTitle: (n) => `${devices(n)}에 재발송할까요?`,
  resendBody: {
    failed: (n) => [
      `같은 메시지를 실패한 ${devices(n)}에만 지금 발송하는 새 캠페인을 만듭니다.`,
      '그 사이 앱이 삭제된 기기는 제외됩니다. 이 캠페인의 결과는 바뀌지 않습니다.',
    ],
    in_doubt: (n) => [
      `같은 메시지를 전달 여부 미확인 ${devices(n)}에만 지금 발송하는 새 캠페인을 만듭니다. 이미 받은 기기가 있을 수 있으며, 기존 알림을 교체할 수 있는 기기에는 한 번만 표시됩니다.`,
      '이 캠페인의 결과는 바뀌지 않습니다.',
    ],
    canceled: (n) => [
      `같은 메시지를 취소된 ${devices(n)}에만 지금 발송하는 새 캠페인을 만듭니다.`,
      '이 캠페인의 결과는 바뀌지 않습니다.',
    ],
  },
  resendConfirm: (n) => `${devices(n)}에 발송`,
  paused: (n) =>
    n === 0 ? '일시 중지했습니다. 전송 중인 메시지가 없습니다.' : `일시 중지했습니다. ${inFlight(n)}`,
  canceled: (n) => (n === 0 ? '취소했습니다. 전송 중인 메시지가 없습니다.' : `취소했습니다. ${inFlight(n)}`),
  resumed: '재개했습니다. 발송을 계속합니다.',
  removed: '캠페인을 삭제했습니다.',
  duplicated: '캠페인을 복제했습니다. 아직 발송되지 않았습니다.',
  resent: '재발송을 시작했습니다.',
}
