import type { memberChangeText as English } from '../en/member-change.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

export const memberChangeText: typeof English = {
  details: '회원 정보',
  consent: '수신 동의',
  optedOutAt: (time) => `${time} 수신 거부`,
  optedInAt: (time) => `${time} 수신 동의`,
  optedOutSometime: '수신 거부 (일시 정보 없음)',
  noStatement: '기록 없음',
  source: (source, name) =>
    ({
      person: name === null ? '삭제된 사용자가 등록' : `${withParticle(name, '이/가')} 등록`,
      import:
        name === null ? '업로드한 목록에서 반영' : `${withParticle(name, '이/가')} 업로드한 목록에서 반영`,
      registration: '앱에서 전달',
    })[source],
  edited: '최근 수정',
  editedBy: (time, name) => `${time}, ${name ?? '삭제된 사용자'}`,

  optOut: '수신 거부 처리',
  optOutTitle: '이 회원을 수신 거부로 처리할까요?',
  optOutBody: '발송 중인 캠페인을 포함해 모든 캠페인이 이 회원에게 발송되지 않습니다.',
  optIn: '수신 거부 해제',
  optInTitle: '이 회원의 수신 거부를 해제할까요?',
  optInBody: '캠페인이 다시 발송됩니다. 회원이 직접 요청한 경우에만 해제하세요.',
  saidAt: '회원이 의사를 밝힌 일시',
  saidAtHint: '비워 두면 현재 시각으로 기록합니다. 이후에 밝힌 의사가 이미 있으면 그 내용을 따릅니다.',
  saidAtUnlikely: '미래의 시각이거나 너무 오래된 날짜입니다. 날짜를 확인하세요.',
  optedOutDone: '수신 거부로 처리했습니다.',
  optedInDone: '수신 거부를 해제했습니다.',

  edit: '수정',
  editTitle: '회원 정보 수정',
  locale: '언어',
  localeHint: 'ko, en-US와 같은 언어 태그. 비워 두면 삭제됩니다.',
  timezone: '시간대',
  timezoneHint: 'Asia/Seoul과 같은 이름. 비워 두면 삭제됩니다.',
  attributes: '속성',
  attributesHint: 'JSON 객체. 전체 속성이 이 내용으로 바뀌며, 여기서 지운 항목은 삭제됩니다.',
  notJson: '올바른 JSON이 아닙니다. 따옴표와 쉼표를 확인하세요.',
  notAnObject: '속성은 { "plan": "gold" }와 같은 객체여야 합니다.',
  refused: {
    locale: '언어 태그가 아닙니다. 예: ko, en-US',
    timezone: '시간대 이름이 아닙니다. 예: Asia/Seoul, Europe/London',
    attributes: '저장할 수 없는 속성입니다. 8kB를 넘거나 보이지 않는 제어 문자가 들어 있습니다.',
  },
  save: '저장',
  saved: '저장했습니다.',
  changedTitle: '다른 사람이 이 회원을 먼저 수정했습니다',
  changedBody: '현재 저장된 내용입니다. 다시 저장하면 입력한 내용으로 바뀝니다.',
  changedConsent: '현재 기록된 내용입니다. 그래도 진행하려면 버튼을 다시 누르세요.',

  erase: '개인정보 삭제',
  eraseTitle: '이 회원의 정보를 모두 삭제할까요?',
  eraseBody: '되돌릴 수 없습니다.',
  eraseGone: '삭제: 회원, 수신 동의 기록, 속성, 모든 기기와 주소, 캠페인 대상에 포함된 회원 ID',
  eraseStays: '유지: 지난 캠페인의 집계 수치와 누구인지 알 수 없는 발송 결과',
  eraseAgain:
    '앱에서 다시 등록되거나 이 회원이 남아 있는 목록을 업로드하면 새 회원으로 추가되며, 수신 거부 기록은 남지 않습니다.',
  eraseConfirm: '확인을 위해 회원 ID를 입력하세요',
  erased: (devices, campaigns) =>
    `회원 정보를 삭제했습니다. (기기 ${format.number(devices)}대, 캠페인 ${format.number(campaigns)}개)`,

  exportDevices: '내보내기',
  exportAll: '전체 기기 (CSV)',
  exportGone: '비활성 기기 (CSV)',
  exportMasked: '주소는 일부만 표시됩니다',
  exportAllFull: '전체 기기, 전체 주소 포함 (CSV)',
  exportAllFullHint: '다시 업로드할 수 있는 파일',
  exportGoneFull: '비활성 기기, 전체 주소 포함 (CSV)',
  exportGoneFullHint: '자체 데이터베이스 정리용',
}
