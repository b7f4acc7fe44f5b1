import { DELIVERY_CODES_KO } from '../../../../src/domain/delivery-result-ko.ts'
import type { draftSendText as English } from '../en/draft-send.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

const devices = (n: number) => `기기 ${format.number(n)}대`

const NO_DEVICE = {
  meaning: '해당 회원의 활성 기기가 없습니다.',
  advice: '회원 ID를 확인하거나 기기를 먼저 등록하세요.',
}
const TO_VALIDATE = '발송할 수 있는 회원을 입력하거나 “FCM 검증만 하기”를 사용하세요.'
const SKIPPED = { meaning: '회원이 수신을 거부했습니다.', advice: TO_VALIDATE }
const NO_CONSENT = { meaning: '회원이 광고 수신에 동의하지 않았습니다.', advice: TO_VALIDATE }
const UNKNOWN = {
  meaning: '아직 응답이 없거나, 응답을 받기 전에 서버가 종료되었습니다.',
  advice: '기기에서 확인하거나 테스트를 다시 발송하세요.',
}
const NOT_SENT = { meaning: 'FCM에 연결할 수 없어 발송하지 않았습니다.', advice: '잠시 후 다시 시도하세요.' }

export const draftSendText: typeof English = {
  devices,
  notAllowed: (roles) =>
    `현재 권한으로는 발송, 예약, 테스트 발송을 할 수 없습니다. ${roles} 권한이 있는 담당자에게 발송을 요청하세요. 초안은 저장되어 있으며 캠페인 목록에서 볼 수 있습니다.`,
  testTitle: '테스트 발송',
  testIntro:
    '입력한 기기에만 발송합니다. 발송 결과에 집계되지 않으며 캠페인은 시작되지 않습니다. 누가 누구에게 보냈는지는 아래에 기록됩니다.',
  testRefused: '화면에 보이는 메시지로 테스트를 발송합니다. 먼저 다음 내용을 수정하세요.',
  testScheduled:
    '저장된 내용으로 테스트를 발송합니다. 예약된 캠페인의 변경 내용은 자동으로 저장되지 않습니다. 마지막 단계에서 저장하거나 예약을 해제한 뒤 테스트하세요.',
  tested: (clock, version) =>
    `${clock}에 저장된 화면의 메시지(버전 ${format.number(version)})로 발송했습니다.`,
  testOutdated: '이 테스트 이후 메시지가 변경되었습니다.',
  testMembers: '회원 ID',
  testMembersHint: '한 줄에 하나씩, 최대 20명. 해당 회원의 모든 활성 기기에 발송합니다.',
  testAddresses: '기기 주소',
  testAddressesHint:
    '등록 토큰 또는 설치 ID(FID)를 한 줄에 하나씩, 최대 20개. 등록되지 않은 주소도 입력할 수 있습니다.',
  validateOnly: 'FCM 검증만 하기',
  validateOnlyHint: 'FCM이 메시지를 접수할 수 있는지만 확인하며, 기기에 발송하지 않습니다.',
  sendTest: '테스트 발송',
  checkTest: 'FCM 검증',
  testNoRecipient: '회원 ID 또는 기기 주소를 입력하세요.',
  testTooManyRecipients: '회원 ID는 최대 20명, 기기 주소는 최대 20개까지 입력할 수 있습니다.',
  testDone: (good, all) => `${format.number(all)}건 중 ${format.number(good)}건 접수됨`,
  addressOnly: '주소 직접 입력',
  outcome: {
    sent: '접수됨',
    retry_later: '일시적 오류',
    token_gone: '주소 만료',
    rejected: '거부됨',
    in_doubt: '전달 여부 미확인',
    blocked: '발송 차단',
    skipped: '발송 제외',
    no_device: '기기 없음',
    unknown: '응답 대기',
    not_sent: '발송 안 됨',
  },
  testsSent: '보낸 테스트',
  noTests: '아직 이 캠페인의 테스트를 발송하지 않았습니다.',
  testBy: (name, time, version) =>
    `${time} · ${name ?? '삭제된 사용자 또는 API 키'} · 버전 ${format.number(version)}`,
  testCounts: (good, all) => `${format.number(all)}건 중 ${format.number(good)}건 접수됨`,
  testValidated: 'FCM 검증만',
  forgotten: '삭제된 회원',
  olderTests: (n) => `최근 ${format.number(n)}건만 표시합니다.`,
  testResult: ({ outcome, code }) => {
    if (outcome === 'unknown') return UNKNOWN
    if (outcome === 'not_sent') return NOT_SENT
    if (outcome === 'skipped') return code === 'no_consent' ? NO_CONSENT : SKIPPED
    return code === null ? NO_DEVICE : DELIVERY_CODES_KO[code]
  },

  sendTitle: '발송 내용 확인',
  missingTitle: '아직 발송할 수 없습니다',
  missing: '다음 단계를 확인하세요.',
  audienceKind: { all: '전체', filter: '조건 지정', externalIds: '회원 직접 입력' },
  summaryNow: (title, audience, kind) =>
    `아래 버튼을 클릭하면 ${withParticle(`“${title}”`, '을/를')} ${audience}(${kind})에 바로 발송합니다.`,
  summaryScheduled: (title, audience, kind, { time, zone, utc }) => {
    const message = withParticle(`“${title}”`, '을/를')
    if (zone === 'Asia/Seoul') return `${time}에 ${message} ${audience}(${kind})에 발송합니다.`
    return `${time}(${zone})에 ${message} ${audience}(${kind})에 발송합니다. UTC 기준 ${utc}입니다.`
  },
  summaryLocal: (title, audience, kind, time) =>
    `회원의 현지 시각으로 ${time}에 ${withParticle(`“${title}”`, '을/를')} ${audience}(${kind})에 발송합니다.`,
  localTime: '회원별 현지 시각에 발송',
  localTimeHint: '모든 회원이 자기 시계로 같은 시각에 받습니다. 동쪽 시간대의 회원이 먼저 받습니다.',
  localTimeOf: (time) => `회원의 현지 시각으로 ${time}`,
  lateTitle: '현지 시각이 이미 지난 회원',
  lateChoice: {
    skip: '발송하지 않음',
    now: '바로 발송',
    next_day: '다음 날 같은 시각에 발송',
  },
  late: {
    skip: '현지 시각이 이미 지난 회원에게는 발송하지 않습니다.',
    now: '현지 시각이 이미 지난 회원에게는 바로 발송합니다.',
    next_day: '현지 시각이 이미 지난 회원에게는 다음 날 발송합니다.',
  },
  unknownZoneTitle: '시간대를 모르는 회원',
  unknownZoneChoice: { default: '기본 시간대로 발송', skip: '발송하지 않음' },
  unknownZone: {
    default: (zone) => `시간대를 모르는 회원에게는 ${zone} 시각으로 발송합니다.`,
    skip: () => '시간대를 모르는 회원에게는 발송하지 않습니다.',
  },
  defaultZone: '기본 시간대',
  forecastTitle: '시간대별 발송 시각',
  forecastWhen: '내 시간대 기준',
  forecastZones: '회원의 시간대',
  forecastDevices: '기기',
  forecast: (n) =>
    `${devices(n.devices)} 중 현지 시각이 지난 기기 ${format.number(n.late)}대, 시간대를 모르는 기기 ${format.number(n.unknown)}대. ${n.skipped === 0 ? '모두 발송합니다.' : `${format.number(n.skipped)}대에는 발송하지 않습니다.`}`,
  notSent: (why) => `발송하지 않음: ${why}`,
  isLate: '지난 시각',
  noZone: '시간대 없음',
  zonesOf: (names, more) => (more > 0 ? `${names.join(', ')} 외 ${format.number(more)}개` : names.join(', ')),
  audienceUnknown: '집계하지 못한 대상',
  counting: '대상을 집계하고 있습니다…',
  reachable: (reachable, skipped) =>
    skipped === 0
      ? '수신 거부 등으로 제외되는 기기가 없습니다.'
      : `${format.number(reachable)}대에 발송할 수 있으며, 수신을 거부한 회원의 ${format.number(skipped)}대는 제외됩니다.`,
  duration: (duration, limit) => `발송에 ${duration} 소요됩니다. ${limit}.`,
  rateLimitedBy: {
    own: (n) => `설정한 속도는 분당 최대 ${format.number(n)}건입니다`,
    rateLimit: (n) => `발송 속도는 분당 최대 ${format.number(n)}건입니다`,
    slowed: (n) => `FCM 요청에 따라 현재 속도가 분당 ${format.number(n)}건으로 제한되어 있습니다`,
  },
  rampUp: (duration) => `FCM 정책에 따라 처음 ${duration} 동안은 천천히 보냅니다.`,
  sharedRateLimit: (n) =>
    `발송 중인 다른 캠페인 ${format.number(n)}개와 발송 속도를 나누어 사용하므로 더 오래 걸릴 수 있습니다.`,
  durationUnlimited: '속도 제한이 없어 소요 시간을 예상할 수 없습니다.',
  durationUnknown: '서버의 발송 속도를 확인할 수 없어 소요 시간을 예상할 수 없습니다.',
  guarantee: {
    at_least_once: 'FCM 응답을 받지 못하면 해당 기기에 다시 발송합니다. 알림은 한 번만 표시됩니다.',
    at_most_once: 'FCM 응답을 받지 못하면 해당 기기에 다시 발송하지 않고 “전달 여부 미확인”으로 집계합니다.',
  },
  afterSending: '언제든 일시 중지하거나 취소할 수 있습니다. 이미 발송된 메시지는 취소할 수 없습니다.',
  noDispatcherTitle: '지금은 발송할 수 없습니다',
  noDispatcher: '발송 서버가 실행되고 있지 않습니다. 발송 서버가 시작될 때까지 캠페인이 대기합니다.',
  breakerTitle: 'FCM이 응답하지 않습니다',
  breaker: 'FCM이 응답하면 자동으로 발송을 계속합니다.',
  blockedTitle: (clock) => `FCM이 ${clock}까지 발송 대기를 요청했습니다`,
  blocked: '그 전에는 발송되지 않습니다.',
  confirmTitle: '이 캠페인을 발송할까요?',
  confirmScheduleTitle: '이 캠페인을 예약할까요?',
  confirmChangeTitle: '예약된 캠페인의 변경 내용을 저장할까요?',
  audienceChanged: (before, now) =>
    `대상이 ${before}에서 ${withParticle(now, '으로/로')} 변경되었습니다. 아직 발송되지 않았습니다.`,
  confirmEmpty: '기기 수를 입력하세요.',
  version: '버전',
  hashHint: '메시지 SHA-256의 앞부분입니다. 메시지가 같으면 값도 같습니다.',
  changedBy: (name, time) => (name === null ? `${time} 마지막 수정` : `${time} ${name} 님이 마지막으로 수정`),
  unschedule: '예약 해제',
  unscheduled: '예약을 해제했습니다. 임시 저장 상태이며 자동으로 발송되지 않습니다.',
  confirm: (n) => `계속하려면 기기 수 ${withParticle(n, '을/를')} 입력하세요`,
  confirmHint: '실수로 대량 발송하지 않도록 확인합니다.',
  confirmWrong: (n) => `${withParticle(n, '과/와')} 일치하지 않습니다.`,
  sendNow: (audience) => `${audience}에 발송`,
  sendUncounted: '발송',
  noDevices: '조건에 맞는 기기가 없습니다. 대상이 없는 캠페인은 발송할 수 없습니다.',
  scheduleLocal: '현지 시각에 예약',
  schedule: (time) => `${time} 예약`,
  reschedule: '변경 내용 저장',
  scheduleUnset: '예약',
  failed: '캠페인이 발송되지 않았습니다',
}
