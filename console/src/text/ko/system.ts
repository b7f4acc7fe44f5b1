import type { systemText as English } from '../en/system.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

export const systemText: typeof English = {
  title: '시스템',
  version: (version) => `Carillon ${version}`,
  asOf: (clock) => `${clock} 기준`,
  every: (seconds) => `${seconds}마다 갱신`,
  pause: '갱신 일시 중지',
  resume: '갱신 재개',
  paused: '갱신 일시 중지됨',

  health: '시스템 상태',
  healthy: '모두 정상입니다',
  issueCount: (n) => `확인이 필요한 항목 ${format.number(n)}건`,
  issues: {
    noDispatcher: '실행 중인 발송 프로세스(dispatcher)가 없습니다. 실행될 때까지 발송되지 않습니다.',
    noPlanner:
      '실행 중인 발송 준비 프로세스(planner)가 없습니다. 실행될 때까지 새 캠페인이 배치로 나뉘지 않아 발송되지 않습니다.',
    noMaintenance:
      '실행 중인 유지 관리 프로세스(maintenance)가 없습니다. 예약 캠페인이 시작되지 않고 중단된 배치도 복구되지 않습니다.',
    queue: '작업 큐에 연결할 수 없습니다. 진행 중인 배치는 발송되며 새 배치는 대기합니다.',
    blocked: (clock) => `FCM이 ${clock}까지 발송 대기를 요청했습니다. 그 전에는 발송되지 않습니다.`,
    slowed: (share) =>
      `FCM 요청에 따라 발송 속도를 ${withParticle(share, '으로/로')} 낮췄습니다. 자동으로 복구됩니다.`,
    breaker: (process) =>
      `FCM이 응답하지 않아 ${process} 프로세스의 발송을 멈췄습니다. 자동으로 다시 시도합니다.`,
    memory: (process) =>
      `${process} 프로세스의 메모리가 부족합니다. 여유가 생길 때까지 새 작업을 받지 않습니다.`,
    lost: (process) => `${process} 프로세스가 정상 종료 없이 응답을 멈췄습니다.`,
    overdue: (duration) => `처리해야 할 작업이 ${duration} 동안 대기하고 있습니다.`,
  },
  ofProject: (project, sentence) => `프로젝트 ${project}: ${sentence}`,

  processes: '프로세스',
  states: {
    ok: '정상',
    draining: '종료 중',
    memory_high: '메모리 부족',
    stopped: '종료됨',
    lost: '응답 없음',
  },
  fcmConnection: 'FCM 연결',
  fcmConnections: { closed: '정상', open: '응답 없음', half_open: '복구 확인 중' },
  memory: '메모리',
  memoryOf: (used, limit) => `${used} / ${limit}`,
  inProgress: (batches, messages) => `배치 ${format.number(batches)}개, 전송 중 ${format.number(messages)}건`,
  rate: (rate) => `초당 ${format.rate(rate)}건`,
  eventLoopDelay: '이벤트 루프 지연',
  runningFor: '가동 시간',
  ranFor: '실행 시간',
  endedAt: (time) => `${time} 종료`,
  seenAt: (time) => `마지막 응답 ${time}`,
  ended: '최근 1시간 내 종료',
  noProcesses: '아직 보고된 프로세스가 없습니다.',
  roles: { api: 'API', planner: '발송 준비', dispatcher: '발송', maintenance: '유지 관리' },

  rateLimit: '속도 제한과 할당량',
  used: '최근 1분 사용량',
  usedOf: (used, all) => `${format.number(used)} / ${format.number(all)}건`,
  usedUnlimited: (used) => `${format.number(used)}건, 제한 없음`,
  deadTokens: '만료된 토큰에 발송',
  deadShare: (n, share) => `${format.number(n)}건 (${share})`,
  deadTokensHint: 'FCM 할당량에 포함됩니다. 만료된 토큰에는 다시 발송하지 않습니다.',
  currentRate: '현재 속도',
  fullRate: '최대',
  shareOfFullRate: (share) => `최대 속도의 ${share}`,
  ramp: (clock) => `속도를 높이는 중, ${clock}부터 최대`,

  queue: '작업 큐',
  planned: '대기 중인 배치',
  queued: '큐에 등록된 배치',
  sending: '발송 중인 배치',
  oldest: '가장 오래된 대기 작업',
  nothingDue: '대기 작업 없음',
  queueBackend: '큐 저장소',
  backend: { redis: 'Redis', postgresql: 'PostgreSQL' },
  reachable: '연결됨',
  unreachable: '연결 안 됨',
  jobs: (waiting, active) => `대기 ${format.number(waiting)}건, 처리 중 ${format.number(active)}건`,

  database: '데이터베이스',
  latency: '응답 시간',
  ms: (n) => `${n}ms`,
  connections: '연결 수',
  connectionsOf: (n, max) => `${format.number(n)} / ${format.number(max)}`,

  errors: '최근 오류',
  noErrors: '기록된 오류가 없습니다.',
  campaign: '캠페인',
}
