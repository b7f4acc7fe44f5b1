import type { campaignActionsText as ActionsInEnglish, campaignText as English } from '../en/campaign.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`
const inFlight = (n: number) => `이미 전송 중이던 메시지가 최대 ${format.number(n)}건 더 도착할 수 있습니다.`

const NOT_RECALLED = '이미 전송 중인 메시지는 취소할 수 없으며, 건수를 알려 드립니다.'

export const campaignText: typeof English = {
  back: '캠페인',
  progress: '발송 현황',
  sentOf: (sent, audience) => `${format.number(audience)}대 중 ${format.number(sent)}대 발송 완료`,
  sentOfCounted: (sent, counted) =>
    `현재까지 집계된 ${format.number(counted)}대 중 ${format.number(sent)}대 발송 완료`,
  counting: (soFar) => `대상을 집계하고 있습니다. 현재 ${devices(soFar)}. 집계가 끝나면 비율이 표시됩니다.`,
  audienceRow: '대상',
  countsMismatch:
    '결과 합계가 대상 수와 일치하지 않습니다. 유실된 데이터는 없지만 수치가 정확하지 않을 수 있습니다. 페이지를 새로 고침하고, 계속되면 서버 담당자에게 문의하세요.',
  rate: '발송 속도',
  perSecond: (rate) => `초당 ${format.rate(rate)}건`,
  timeLeft: '남은 시간',
  finishesAround: (clock) => `${clock} 완료 예상`,
  timeLeftWhy: {
    counting: '대상 집계 후 표시됩니다',
    starting: '첫 결과를 기다리고 있습니다',
    standstill: '최근 몇 초 동안 진행되지 않았습니다',
  },
  firstSent: '첫 발송',
  lastSent: '마지막 발송',
  duration: '소요 시간',
  rateNote: '최근 10초 평균',
  closing: (counted) =>
    counted === null
      ? '최종 결과를 집계하고 있습니다. 몇 초 정도 소요됩니다.'
      : `최종 결과를 집계하고 있습니다. 지금까지 ${format.number(counted)}건을 확인했습니다.`,
  connection: {
    live: '실시간',
    polling: (seconds) => `${format.duration(seconds)}마다 갱신`,
    lost: '갱신 중단',
    ended: '최종 집계',
  },
  asOf: (clock) => `${clock} 기준`,
  connectionHint: {
    live: '수치가 실시간으로 갱신됩니다.',
    polling: '실시간 연결을 사용할 수 없어 주기적으로 갱신합니다.',
    lost: '지금은 갱신할 수 없어 마지막 수치를 표시합니다. 다시 연결하는 중입니다.',
    ended: '모든 기기의 결과가 확정되어 수치가 더 이상 바뀌지 않습니다.',
  },
  verdict: {
    all_failed: (failed, audience) =>
      failed === audience
        ? `대상 ${devices(audience)} 모두 발송에 실패했습니다. 발송된 메시지가 없습니다.`
        : `${format.number(audience)}대 중 ${format.number(failed)}대가 발송에 실패했으며 발송된 메시지가 없습니다.`,
    many_failed: (failed, audience) =>
      `${format.number(audience)}대 중 ${format.number(failed)}대가 발송에 실패하여 메시지를 받지 못했습니다.`,
    all_in_doubt: (n) => `FCM 응답을 받지 못해 대상 ${devices(n)}의 전달 여부를 확인할 수 없습니다.`,
    many_in_doubt: (n, audience) =>
      `FCM 응답을 받지 못해 ${format.number(audience)}대 중 ${format.number(n)}대의 전달 여부를 확인할 수 없습니다.`,
    all_skipped: (n) => `대상 ${devices(n)} 모두 발송에서 제외되었습니다. 발송된 메시지가 없습니다.`,
    few_reached: (sent, audience) =>
      `대상 ${devices(audience)} 중 ${format.number(sent)}대에만 발송되었습니다. 아래에서 사유를 확인하세요.`,
    nobody: '대상 기기가 없어 발송된 메시지가 없습니다.',
    missed: (limit) => `발송되지 않았습니다. 예약 시간부터 ${limit} 안에 발송을 시작하지 못했습니다.`,
    canceledUnsent: '발송 전에 취소되어 발송된 메시지가 없습니다.',
    canceled: (canceled, audience) =>
      `취소되어 ${format.number(audience)}대 중 ${format.number(canceled)}대에 발송하지 않았습니다.`,
  },
  verdictAdvice: '아래 미도달 사유를 확인한 뒤 재발송하세요.',
  canceling: '캠페인을 취소했습니다. 더 이상 발송되지 않습니다.',
  cancelingScheduled: '캠페인을 취소했습니다. 예약 시간이 되어도 발송되지 않습니다.',
  undo: '되돌리기',
  finalIn: (seconds) => `${format.number(seconds)}초 후 확정`,
  pausedTitle: '일시 중지됨',
  pausedBecause: (reason) => `일시 중지됨: ${reason}`,
  pausedRemaining: (remaining) =>
    remaining === 0
      ? '발송할 기기가 남아 있지 않습니다.'
      : `미발송 ${devices(remaining)}. 재개할 때까지 미발송분은 유지됩니다.`,
  haltedTitle: (platforms) => `${platforms} 발송 보류`,
  halted:
    '해당 플랫폼의 푸시 서비스가 메시지를 거부했습니다. Firebase 콘솔에서 APNs 키(또는 웹 푸시 키)와 앱의 번들 ID를 확인하세요. 다른 플랫폼은 계속 발송하며 보류된 기기는 나중에 발송합니다.',
  waitsFor: {
    campaign: (name) =>
      `우선순위가 더 높은 “${name}” 캠페인을 먼저 발송하고 있습니다. 차례가 되면 자동으로 이어서 발송합니다.`,
    own_rate: '이 캠페인에 설정한 속도에 맞춰 나누어 발송하고 있습니다.',
    project_rate:
      '프로젝트의 발송 속도 제한에 도달했습니다. 제한은 모든 캠페인이 함께 사용하며, 여유가 생기는 대로 발송합니다.',
    fcm: (until) =>
      until === null
        ? 'FCM이 응답하지 않아 대기하고 있습니다. 응답이 돌아오면 자동으로 이어서 발송합니다.'
        : `FCM이 발송 중단을 요청하여 ${until}까지 대기합니다.`,
    time: (until) =>
      until === null
        ? '남은 기기에 발송하기 위해 대기하고 있습니다.'
        : `남은 기기에는 ${until}에 발송합니다.`,
  },
  viewUrgent: '해당 캠페인 보기',
  resendOf: {
    failed: (n) => `이전 캠페인에서 발송에 실패한 ${devices(n)}에 재발송하는 캠페인입니다.`,
    in_doubt: (n) => `이전 캠페인에서 전달 여부가 확인되지 않은 ${devices(n)}에 재발송하는 캠페인입니다.`,
    canceled: (n) => `이전 캠페인에서 취소된 ${devices(n)}에 재발송하는 캠페인입니다.`,
  },
  resendOfCounting: {
    failed: '이전 캠페인에서 발송에 실패한 기기에 재발송하는 캠페인입니다.',
    in_doubt: '이전 캠페인에서 전달 여부가 확인되지 않은 기기에 재발송하는 캠페인입니다.',
    canceled: '이전 캠페인에서 취소된 기기에 재발송하는 캠페인입니다.',
  },
  runOfSchedule: (when) => `정기 발송으로 만들어진 캠페인입니다. 예정 시간: ${when}.`,
  viewSchedule: (name) => `정기 발송: ${name}`,
  viewOriginal: (name) => (name === null ? '원본 캠페인 보기' : `원본: ${name}`),
  resentAs: {
    failed: '실패한 기기에 재발송',
    in_doubt: '전달 여부 미확인 기기에 재발송',
    canceled: '취소된 기기에 재발송',
  },
  plots: '시간대별 추이',
  plotTitle: '초당 발송 건수',
  plotSummary: (highest, at, mean) => `최고 초당 ${highest}건(${at}), 평균 초당 ${mean}건`,
  plotTotal: '합계',
  plotLimit: '속도 제한',
  plotLimitAbove: (rate) => `속도 제한: 초당 ${rate}건(그래프 범위 밖)`,
  plotTimesIn: (zone) => `시간대: ${zone}`,
  plotTable: '표로 보기',
  plotTime: '시각',
  markers: {
    started: '발송 시작',
    paused: '일시 중지',
    resumed: '발송 재개',
    canceling: '취소 요청',
    kept: '취소 철회',
    canceled: '취소',
    pushed_back: 'FCM 속도 제한(429)',
    corrected: '메시지 수정',
    closed: '집계 완료',
  },
  plotsEmpty: '첫 결과가 집계되면 그래프가 표시됩니다.',
  nothingAttempted: '발송을 시도한 기기가 없습니다.',
  failures: '미도달 사유',
  noFailures: '현재까지 실패가 없습니다. 모두 발송 성공입니다.',
  noFailuresYet: '아직 집계된 결과가 없습니다.',
  noResults: '결과가 있는 기기가 없습니다.',
  resultsDeleted: '보관 기간이 지나 기기별 결과가 삭제되었습니다. 집계는 그대로 남아 있습니다.',
  reasonsMissing: (n) => `그 외 ${devices(n)}의 사유를 집계하고 있습니다.`,
  reasonsLost: (n) => `그 외 ${devices(n)}의 사유는 확인할 수 없습니다.`,
  showDevices: '기기 보기',
  fcmSaid: 'FCM 응답:',
  correctMessage: '메시지 수정',
  versionsIntro:
    '일시 중지 중에 메시지를 수정했습니다. 기기별 결과에서 각 기기가 받은 버전을 확인할 수 있습니다.',
  versionName: (version, isCurrent) => (isCurrent ? `버전 ${version}(현재)` : `버전 ${version}`),
  data: '데이터',
  platformPart: { android: 'Android 설정', apns: 'iPhone 설정(APNs)', webpush: '브라우저 설정' },
  noMessage: '아직 작성한 메시지가 없습니다.',
  deliveries: '기기별 결과',
  activity: '활동 기록',
  exportAll: 'CSV 내보내기',
  message: '메시지',
  opensOnTap: '클릭 시 이동',
  image: '이미지',
  settings: '설정',
  audience: '대상',
  audienceAll: '전체 기기',
  audienceMembers: (n) => `직접 입력한 회원 ${format.number(n)}명`,
  audienceFiltered: (conditions) => conditions,
  audienceFilterLong: '조건이 길어 여기에는 표시하지 않습니다',
  audienceNobody: '아직 지정하지 않음',
  audienceResent: {
    failed: (n) => `원본 캠페인에서 실패한 ${devices(n)}`,
    in_doubt: (n) => `원본 캠페인에서 전달 여부 미확인 ${devices(n)}`,
    canceled: (n) => `원본 캠페인에서 취소된 ${devices(n)}`,
  },
  resentReasons: (list) => `사유: ${list}`,
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
  tags: '태그',
  createdAt: '작성 일시',
  changedBy: '마지막 수정',
  sentBy: '발송한 사용자',
  scheduledBy: '예약한 사용자',
  archivedAt: '보관 일시',
  startedAt: '발송 시작',
  closedAt: '집계 완료',
  localAt: '회원별 현지 시각',
  localAtOf: (time) => `회원의 현지 시각으로 ${time}`,
  late: '현지 시각이 지난 회원',
  lateOf: { skip: '발송하지 않음', now: '바로 발송', next_day: '다음 날 발송' },
  unknownZone: '시간대를 모르는 회원',
  unknownZoneOf: { default: (zone) => `${zone} 시각으로 발송`, skip: () => '발송하지 않음' },
  nextZone: (time) => `다음 시간대는 ${time}에 발송합니다.`,
  zonesTitle: '시간대별 현황',
  zonesUnplanned: '아직 대상이 확정되지 않았습니다. 첫 시간대의 발송 직전에 확정됩니다.',
  zonesWhen: '내 시간대 기준',
  zonesZones: '회원의 시간대',
  zonesDevices: '기기',
  zonesDone: '완료',
  zonesWaiting: '대기 중',
  zonesNoZone: '시간대 없음',
  zonesNotSent: (why) => `발송하지 않음: ${why}`,
  zonesOf: (names, more) => (more > 0 ? `${names.join(', ')} 외 ${format.number(more)}개` : names.join(', ')),
  scheduledAt: '예약 일시',
  draft: '임시 저장된 캠페인입니다. 아직 발송되지 않았으며, 발송 전에 내용을 확인할 수 있습니다.',
  draftUnfinished: '임시 저장된 캠페인입니다. 메시지와 대상을 완성하면 발송할 수 있습니다.',
  missedAdvice: '예약 시간에 발송 서버가 동작하지 않았습니다. 지금 발송하려면 캠페인을 복제하세요.',
  frozen: (time) => `대상은 ${time}에 확정되었습니다. 이후 등록된 기기는 포함되지 않습니다.`,
  latestStart: '발송 시작 기한',
  latestStartOf: (duration) => `예약 시간부터 ${duration}`,
  frozenAt: '대상 확정 일시',
  scheduled: (time) => `${time}에 자동으로 발송됩니다. 그 전까지 수정하거나 취소할 수 있습니다.`,
  changes: {
    title: (name) =>
      name === null ? '그 사이 캠페인이 변경되었습니다' : `그 사이 ${name} 님이 캠페인을 변경했습니다`,
    ask: '변경된 내용을 확인한 뒤 다시 결정하세요.',
    now: '현재',
    otherAudience: (words) => `${words}(다른 대상)`,
  },
}

export const campaignActionsText: typeof ActionsInEnglish = {
  edit: '수정',
  editAndSend: '수정 후 발송',
  pause: '일시 중지',
  resume: '재개',
  correct: '메시지 수정',
  correctTitle: '메시지 수정',
  correctBefore: '수정 전',
  correctAfter: '수정 후',
  correctNothingYet: '아직 변경된 내용이 없습니다.',
  correctLeave: '나가면 수정한 메시지가 사라집니다. 캠페인은 기존 메시지 그대로 일시 중지되어 있습니다.',
  correctHint: '재개하기 전까지는 발송되지 않습니다. 이미 받은 기기의 메시지는 바뀌지 않습니다.',
  correctConfirm: '수정 내용 저장',
  correctConflictTitle: '그 사이 다른 사용자가 메시지를 수정했습니다',
  correctConflict:
    '다른 사용자의 버전이 ‘수정 전’에 표시됩니다. 입력한 내용은 그대로 유지되므로 비교한 뒤 다시 저장하세요.',
  corrected: (version) => `메시지를 수정했습니다(버전 ${version}). 재개하면 발송됩니다.`,
  cancel: '캠페인 취소',
  remove: '삭제',
  duplicate: '복제',
  repeat: '정기 발송 만들기…',
  resend: '재발송',
  more: '더 보기',
  unschedule: '예약 해제',
  archive: '보관',
  unarchive: '보관 해제',
  tags: '태그 편집',
  dismiss: '돌아가기',
  resumeTitle: '캠페인을 재개할까요?',
  resumeBody: (remaining) => [
    `아직 결과가 없는 ${devices(remaining)}에 이어서 발송합니다. 이미 결과가 있는 기기에는 다시 발송하지 않습니다.`,
  ],
  resumeCausePersists:
    '자동으로 일시 중지된 캠페인입니다. 원인이 해결되지 않으면 다시 자동으로 일시 중지됩니다.',
  cancelTitle: '캠페인을 취소할까요?',
  cancelBody: (remaining, isRunning) => [
    isRunning
      ? `바로 발송을 멈춥니다. ${devices(remaining)}에는 발송되지 않으며 취소로 기록됩니다. ${NOT_RECALLED}`
      : `${devices(remaining)}에는 발송되지 않으며 취소로 기록됩니다.`,
    '10초 안에 되돌릴 수 있습니다. 그 후에는 재개할 수 없지만 취소된 기기에 재발송할 수 있습니다.',
  ],
  cancelScheduledBody: [
    '캠페인이 발송되지 않습니다. 10초 안에 되돌릴 수 있으며, 그 후에는 복제만 할 수 있습니다.',
    '다른 시간에 발송하려면 취소하지 말고 예약을 해제하세요.',
  ],
  unscheduleTitle: '예약을 해제할까요?',
  unscheduleBody: [
    '캠페인이 임시 저장 상태가 되며, 다시 예약하거나 발송하기 전까지 발송되지 않습니다. 내용은 그대로 유지됩니다.',
  ],
  duplicateTitle: '캠페인을 복제할까요?',
  duplicateBody: [
    '메시지, 대상, 설정이 같은 캠페인이 임시 저장됩니다. 직접 발송하기 전까지는 발송되지 않습니다.',
    '대상은 복제한 캠페인을 발송할 때 다시 집계합니다.',
  ],
  duplicateResendBody: [
    '메시지와 설정이 같은 캠페인이 임시 저장됩니다. 대상은 재발송한 기기가 아니라 원본 캠페인의 전체 대상입니다.',
  ],
  copyOf: (name) => `${name} (사본)`,
  paused: (n) =>
    n === 0 ? '일시 중지했습니다. 전송 중인 메시지가 없습니다.' : `일시 중지했습니다. ${inFlight(n)}`,
  canceled: (n) => (n === 0 ? '취소했습니다. 전송 중인 메시지가 없습니다.' : `취소했습니다. ${inFlight(n)}`),
  kept: '취소를 되돌렸습니다.',
  unscheduled: '예약을 해제했습니다. 캠페인은 임시 저장 상태입니다.',
  resumed: '재개했습니다. 발송을 계속합니다.',
  removed: (name) =>
    name === ''
      ? '임시 저장한 캠페인을 삭제했습니다.'
      : `${withParticle(`“${name}”`, '을/를')} 삭제했습니다.`,
  restored: '캠페인을 복구했습니다.',
  archived: '캠페인을 보관했습니다.',
  unarchived: '캠페인 보관을 해제했습니다.',
  duplicated: '캠페인을 복제했습니다. 아직 발송되지 않았습니다.',
  tagsTitle: '태그',
  tagsLabel: '캠페인 태그',
  tagsHint: '태그를 입력하고 Enter 키를 누르세요. 캠페인 목록에서 태그로 찾을 수 있습니다.',
  save: '저장',
}
