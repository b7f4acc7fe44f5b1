import type { RejectionCode } from '../../../../src/domain/rejection.ts'
import type { importText as English } from '../en/import.ts'
import { format } from './format.ts'
import { withParticle } from './particles.ts'

const rowsOf = (n: number) => `${format.number(n)}행`

/** Of many names, the first ones. */
const NAMES_SHOWN = 10
const listOf = (names: readonly string[]) => {
  const more = names.length - NAMES_SHOWN
  return `${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` 외 ${format.number(more)}개` : ''}`
}

/** The value first: it is what the reader looks for in the file. */
const shown = (value: string | null) => (value === null ? '' : `${value}: `)

const kinds: Record<RejectionCode, string> = {
  invalid_address: '토큰이 없거나 올바르지 않음',
  expo_token: 'FCM 토큰이 아닌 Expo 토큰',
  apns_token: 'FCM 토큰이 아닌 애플(APNs) 토큰',
  push_url: 'FCM 토큰이 아닌 웹 푸시 구독 주소',
  uuid_address: 'FCM 토큰이 아닌 UUID',
  encoded_address: '퍼센트 인코딩된 토큰(%3A 등)',
  quoted_address: '따옴표가 포함된 토큰',
  invalid_external_id: '회원 ID가 없거나 올바르지 않음',
  empty_word: '회원 ID나 토큰 자리에 빈 값을 뜻하는 단어(NULL 등)',
  ruined_number: '스프레드시트에서 반올림된 숫자',
  invalid_platform: '알 수 없는 플랫폼',
  invalid_kind: '알 수 없는 주소 종류',
  invalid_locale: '올바르지 않은 언어',
  invalid_timezone: '올바르지 않은 시간대',
  invalid_attributes: '올바른 JSON 객체가 아닌 속성',
  invalid_opted_out: '예/아니요로 읽을 수 없는 수신 거부 값',
  invalid_consent_at: '올바르지 않은 동의 일시',
  invalid_consent: '올바르지 않은 동의 여부',
  invalid_replaces: '올바르지 않은 이전 토큰',
  invalid_installation_id: '올바르지 않은 설치 ID',
  invalid_last_seen_at: '올바르지 않은 최근 접속 일시',
  inactive_device: '원본에서 비활성으로 표시된 기기',
  other_channel: '푸시 기기가 아님(이메일, 문자, 다른 서비스)',
  no_address: '푸시 토큰 없음',
  invalid_json: '올바른 JSON 객체가 아님',
  invalid_csv: '열 개수가 헤더와 다르거나 따옴표가 닫히지 않음',
  line_too_long: '행이 너무 김',
}

/** Only for reasons that do not say themselves what to do. */
const advice: Partial<Record<RejectionCode, string>> = {
  expo_token: 'Expo에서 FCM 토큰(getDevicePushTokenAsync)을 내보내세요.',
  apns_token: 'FCM으로는 발송할 수 없습니다. Firebase SDK가 포함된 앱에서 기기가 다시 등록되어야 합니다.',
  push_url: '브라우저에서 getToken으로 받은 토큰이 필요합니다.',
  uuid_address: '다른 서비스의 기기 ID로 보입니다. FCM 토큰이 필요합니다.',
  empty_word: '이 행들은 모두 같은 회원이 되므로 등록하지 않습니다.',
  ruined_number: '열 서식을 텍스트로 바꾼 뒤 다시 내보내세요.',
  invalid_platform: 'android, ios, web 중 하나여야 합니다.',
  invalid_locale: 'ko, en-US와 같은 언어 태그여야 합니다.',
  invalid_timezone: 'Asia/Seoul과 같은 이름이어야 합니다.',
}

export const importText: typeof English = {
  title: '회원·기기 목록 업로드',
  back: '회원',
  notAllowedTitle: '목록을 업로드할 권한이 없습니다',
  notAllowed: '관리자에게 권한을 요청하세요.',
  drop: '목록 파일을 여기에 끌어다 놓으세요',
  dropNow: '놓으면 파일을 확인합니다',
  choose: '파일 선택',
  formats:
    'Excel이나 데이터베이스에서 저장한 CSV, NDJSON, JSON과 그 압축 파일(.gz), Amazon Pinpoint·OneSignal·Braze의 내보내기 파일을 사용할 수 있습니다. 필수 항목: FCM 토큰, 회원 ID, 플랫폼. 먼저 파일을 확인하며, 확인을 마치고 업로드를 누르기 전에는 아무것도 저장되지 않습니다.',
  sample: {
    download: '예시 파일 다운로드',
    file: '회원_기기_목록_예시.csv',
    columns: {
      externalId: '회원 ID',
      address: '기기 토큰',
      platform: '플랫폼',
      locale: '언어',
      optedIn: '수신 동의',
    },
    people: ['예시회원1001', '예시회원1002'],
    language: 'ko',
    yes: '예',
    no: '아니요',
  },
  chooseAnother: '다른 파일 선택',
  fileUnreadable:
    '파일을 읽을 수 없습니다. 선택한 뒤에 파일이 다시 저장되었거나 이동·삭제되었을 수 있습니다. 파일을 다시 선택하세요. 폴더는 업로드할 수 없습니다.',
  checking: (name) => `${name} 확인 중`,
  checkingRest: '전송이 끝났습니다. 마지막 행을 확인하고 있습니다.',
  checkFailed: '업로드할 수 없는 파일입니다',
  checkUnfinished: '파일을 확인하지 못했습니다',
  foundTitle: (name) => `${name}의 내용`,
  foundAs: '파일 형식',
  encoding: '문자 인코딩',
  encodings: {
    'utf-8': 'UTF-8',
    'utf-16le': 'UTF-16',
    'utf-16be': 'UTF-16 (빅 엔디언)',
    'euc-kr': '한국어 (EUC-KR, CP949)',
    shift_jis: '일본어 (Shift_JIS)',
    'euc-jp': '일본어 (EUC-JP)',
    gb18030: '중국어 간체 (GB18030)',
    big5: '중국어 번체 (Big5)',
    'windows-1252': '서유럽어 (Windows-1252)',
    'windows-1250': '중앙유럽어 (Windows-1250)',
    'windows-1251': '키릴 문자 (Windows-1251)',
    'windows-1253': '그리스어 (Windows-1253)',
    'windows-1254': '튀르키예어 (Windows-1254)',
    'windows-1255': '히브리어 (Windows-1255)',
    'windows-1256': '아랍어 (Windows-1256)',
    'windows-1257': '발트어 (Windows-1257)',
    'windows-874': '태국어 (Windows-874)',
  },
  encodingAuto: '자동으로 찾기',
  encodingHint: '아래 이름이 깨져 보이면 파일을 저장할 때 쓴 인코딩을 선택하세요.',
  encodingUnclear: '파일을 저장할 때 쓴 인코딩을 선택하고, 다음 화면에서 이름이 바르게 보이는지 확인하세요.',
  formatsFound: { csv: 'CSV', ndjson: '한 줄에 하나의 JSON 객체', json: 'JSON 배열' },
  delimiters: { ',': '쉼표', ';': '세미콜론', '\t': '탭', '|': '세로줄' },
  separatedBy: (delimiter) => `${withParticle(delimiter, '으로/로')} 구분된 CSV`,
  compressed: '압축(gzip)',
  profiles: {
    pinpoint: 'Amazon Pinpoint 내보내기',
    onesignal: 'OneSignal 내보내기',
    braze: 'Braze 내보내기',
  },
  columnsTitle: '열',
  column: '파일의 열',
  usedAs: '사용할 항목',
  usedAsOf: (column) => `“${column}” 열을 사용할 항목`,
  ignored: '사용 안 함',
  asAttribute: '회원 속성으로 저장',
  attributeName: '속성 이름',
  attributeNameOf: (column) => `“${column}” 열을 저장할 속성 이름`,
  attributeProblems: {
    empty: '이름을 입력하세요.',
    twice: '다른 열과 이름이 같습니다.',
  },
  attributesReplaced:
    '행에 속성 값이 하나라도 있으면 그 회원의 저장된 속성이 모두 이 행의 속성으로 바뀌며, 셀이 비어 있는 속성은 삭제됩니다. 속성 값이 없는 행은 저장된 속성을 그대로 둡니다.',
  attributesSaved: (names) => `회원 속성으로 저장한 항목: ${listOf(names)}`,
  unnamed: '(이름 없음)',
  unused: (names) => `사용하지 않는 열 ${format.number(names.length)}개: ${listOf(names)}`,
  unusedHint:
    '사용하지 않는 열은 저장되지 않습니다. 저장하려면 해당하는 항목이나 “회원 속성으로 저장”을 선택하세요.',
  unusedDone: (names) => `사용하지 않아 저장되지 않은 열 ${format.number(names.length)}개: ${listOf(names)}`,
  fields: {
    address: 'FCM 토큰',
    externalId: '회원 ID',
    platform: '플랫폼',
    kind: '주소 종류',
    locale: '언어',
    timezone: '시간대',
    attributes: '속성 (JSON)',
    optedOut: '수신 거부 여부',
    optedIn: '수신 동의 여부',
    consentAt: '동의·거부 일시',
    marketingConsent: '광고 수신 동의 여부',
    marketingConsentAt: '광고 수신 동의 일시',
    nightConsent: '야간 광고 수신 동의 여부',
    nightConsentAt: '야간 광고 수신 동의 일시',
    replaces: '이전 토큰',
    installationId: '설치 ID·기기 ID',
    lastSeenAt: '최근 접속 일시',
    fid: 'Firebase 설치 ID',
  },
  row: '행',
  sampleOf: (row) => `${format.number(row)}행`,
  checkAgain: '다시 확인',
  changedTitle: '다시 확인해야 합니다',
  changedHint:
    '확인한 뒤에 열 설정이 바뀌었습니다. 열 목록 아래의 “다시 확인”을 누르면 바뀐 설정으로 확인합니다.',
  changed: '열 설정이 바뀌었습니다. 다시 확인하면 결과를 볼 수 있습니다.',
  problems: {
    missing: (names) => `필수 항목에 해당하는 열이 없습니다: ${names.join(', ')}. 아래에서 선택하세요.`,
    twice: (names) =>
      `같은 항목을 나타내는 열이 여러 개입니다: ${names.join(', ')}. 아래에서 하나만 선택하세요. 열 이름이 같으면 파일에서 하나의 이름을 바꾸세요.`,
    unknown_mapping: (names) => `파일에 없는 열입니다: ${names.join(', ')}.`,
  },
  problemTitle: '열을 확인하세요',
  checkTitle: '확인 결과',
  checkedAll: (accepted, rows) =>
    `${rowsOf(rows)} 중 기기 ${format.number(accepted)}대를 등록할 수 있습니다.`,
  checkedRejected: (n, all) => `${format.number(all)}건 중 ${format.number(n)}건은 등록되지 않습니다.`,
  checkedPart: (part, all) =>
    `파일이 커서 전체 ${all} 중 처음 ${part}만 확인했습니다. 나머지 행은 업로드하면서 확인합니다.`,
  membersKept: (n) => `${rowsOf(n)}은 사용할 수 있는 기기가 없지만, 회원과 수신 거부는 저장합니다.`,
  warningsTitle: '업로드하기 전에 확인하세요',
  warnings: {
    repeated_external_id: (value, n) =>
      `회원 ID ${withParticle(value, '이/가')} ${rowsOf(n)}에 있습니다. 이 기기들이 모두 한 회원의 것이 되고, 한 명이 수신을 거부하면 모두에게 적용됩니다.`,
    repeated_address: (value, n) =>
      `토큰 ${withParticle(value, '이/가')} ${rowsOf(n)}에 있습니다. 마지막 행의 회원에게 등록됩니다.`,
  },
  droppedTitle: '제외되는 값',
  dropped: (field, n) => `${field}: ${rowsOf(n)}. 이 값을 제외하고 기기를 등록합니다.`,
  consentTitle: '수신 거부',
  consentFound: (out, isIn) =>
    `이 파일에서 ${rowsOf(out)}은 수신 거부, ${rowsOf(isIn)}은 수신 거부가 아닌 것으로 되어 있습니다. 파일의 수신 거부는 항상 저장됩니다.`,
  consentNone: '이 파일에는 수신 거부 정보가 없습니다. 저장된 수신 거부는 그대로 유지됩니다.',
  lift: '이 파일의 “수신 거부 아님”으로 저장된 수신 거부를 해제',
  liftHint:
    '앱에서 받은 의사 표시보다 이 파일이 최신일 때만 사용하세요. 평소에는 목록의 내용과 관계없이 저장된 수신 거부가 유지됩니다.',
  liftTitle: '수신 거부를 해제할까요?',
  liftSure: (n) =>
    `이 파일의 ${rowsOf(n)}이 “수신 거부 아님”입니다. 그중 수신을 거부한 회원에게 캠페인이 다시 발송됩니다. 한꺼번에 되돌릴 수 없습니다.`,
  liftConfirm: '업로드하고 수신 거부 해제',
  liftBack: '돌아가기',
  revive: 'FCM에서 만료된 토큰 다시 활성화',
  reviveHint: '인증 정보 문제로 만료 처리된 경우에만 사용하세요. 그 외에는 다시 실패합니다.',
  start: (n) => `기기 ${format.number(n)}대 업로드`,
  startPart: '업로드',
  nothing: '등록할 수 있는 행이 없습니다.',
  uploading: (name) => `${name} 업로드 중`,
  sent: (part, all) => `${part} / ${all}`,
  finishing: '업로드가 끝났습니다. 마지막 행을 저장하고 있습니다.',
  cancel: '취소',
  cancelTitle: '업로드가 취소되었습니다',
  canceled: (part, all) =>
    `${all} 중 ${part}까지 업로드한 뒤 취소했습니다. 그때까지 처리된 행은 저장되었고 나머지는 저장되지 않았습니다. 같은 파일을 다시 업로드하면 이어서 등록되며, 이미 저장된 행은 갱신만 됩니다.`,
  leaveTitle: '업로드를 중단할까요?',
  leave:
    '이 페이지에서 나가면 업로드가 중단됩니다. 그때까지 처리된 행은 저장되고 나머지는 저장되지 않습니다.',
  leaveStay: '계속 업로드',
  leaveConfirm: '중단하고 나가기',
  lostTitle: '연결이 끊어졌습니다',
  lost: '그때까지 처리된 행은 저장되었고 나머지는 저장되지 않았습니다. 같은 파일을 다시 업로드하세요. 이미 저장된 행은 갱신만 됩니다.',
  failedTitle: '업로드가 중단되었습니다',
  verdicts: {
    complete: '업로드 완료',
    partial: '일부만 등록되었습니다',
    failed: '대부분 등록되지 않았습니다',
  },
  doneAll: (n) => `${format.number(n)}건 등록됨`,
  doneSome: (accepted, rows) => `${format.number(rows)}건 중 ${format.number(accepted)}건 등록됨`,
  doneNothing: '파일에 행이 없습니다.',
  counts: {
    created: '신규 기기',
    updated: '기존 기기 갱신',
    moved: '다른 회원에서 이동',
    replaced: '토큰 변경',
    repeated: '파일 내 중복',
    rejected: '등록 실패',
    membersKept: '기기 없는 회원',
    optOutsKept: '유지된 수신 거부',
  },
  optOutsKept: (n) =>
    `${rowsOf(n)}은 “수신 거부 아님”이지만, 이미 수신을 거부한 회원이므로 수신 거부를 유지했습니다.`,
  duration: (duration) => `(${duration} 소요)`,
  rejectedTitle: '등록 실패한 행',
  rejectedTruncated: (few, all) =>
    `${format.number(all)}건 중 처음 ${format.number(few)}건입니다. 수정한 뒤 다시 업로드하면 나머지를 확인할 수 있습니다.`,
  showAll: '모두 보기',
  showMore: '더 보기',
  columnsHidden: (n) => `표시하지 않은 열이 ${format.number(n)}개 더 있습니다. 모두 사용하지 않는 열입니다.`,
  rejectedShown: (few, all) =>
    `${format.number(all)}건 중 ${format.number(few)}건을 표시합니다. 파일을 내려받으면 모두 확인할 수 있습니다.`,
  reason: '사유',
  rejection: ({ code, value }) => [`${shown(value)}${kinds[code]}.`, advice[code] ?? ''].join(' ').trim(),
  kinds,
  download: '실패한 행 다운로드',
  importAgain: '다시 업로드',
  importAnother: '다른 파일 업로드',
  toMembers: '회원 목록으로 이동',
}
