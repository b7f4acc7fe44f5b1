import type { MessageProblem, ProblemCode } from '../../../../src/domain/message-rules/message-problem.ts'
import type { messageRulesText as English } from '../en/message-rules.ts'

type Sentence = (problem: MessageProblem) => string

const TYPES: Record<string, string> = {
  string: '문자열',
  object: '객체',
  boolean: 'true 또는 false',
  number: '숫자',
  array: '배열',
}

const typesOf = (expected: string) =>
  expected
    .split(', ')
    .map((type) => TYPES[type] ?? type)
    .join(' 또는 ')

const must =
  (what: string): Sentence =>
  ({ value }) =>
    `${what} (현재 값: ${value})`

/** After the name of the field and a colon. */
const SENTENCES: Record<ProblemCode, Sentence> = {
  nothing_to_send: () => '보낼 내용이 없습니다.',
  placeholder: ({ value }) => `${value}: 변수는 치환되지 않습니다.`,

  unknown: ({ expected }) => `알 수 없는 항목입니다. 사용할 수 있는 항목: ${expected}`,
  misspelt: ({ expected }) => `알 수 없는 항목입니다. “${expected}” 항목을 찾으셨나요?`,
  twice: ({ expected }) => `“${expected}” 항목과 중복됩니다. 하나만 입력하세요.`,
  wrong_type: ({ value, expected }) => `${typesOf(expected)} 형식이어야 합니다. (현재 값: ${value})`,
  empty: () => '값이 비어 있습니다. 값을 입력하거나 항목을 삭제하세요.',
  not_one_of: ({ value, expected }) => `다음 중 하나여야 합니다: ${expected} (현재 값: ${value})`,
  not_in_range: ({ value, expected }) => `${expected} 범위의 숫자여야 합니다. (현재 값: ${value})`,
  not_whole: ({ value, expected }) => `${expected} 범위의 정수여야 합니다. (현재 값: ${value})`,
  missing: () => '필수 항목입니다.',
  needs: ({ expected }) => `“${expected}” 항목도 함께 입력해야 합니다.`,
  reserved_key: () =>
    'FCM에서 예약한 키입니다(from, message_type, collapse_key, google.…, gcm.…). 다른 키를 사용하세요.',
  nameless_key: () => '이름이 없는 키가 있습니다.',
  link_is_taken: () => '링크가 이 키로 전달됩니다. 둘 중 하나만 사용하세요.',

  not_label: must('분석 라벨은 영문, 숫자, - _ . ~ % 로 1~50자여야 합니다.'),
  not_color: must('색상은 #rrggbb 형식이어야 합니다. 예: "#0f766e"'),
  not_https: must('https://로 시작하는 주소여야 합니다.'),
  not_link: must('https://로 시작하는 주소 또는 앱 링크(예: myshop://sale)여야 합니다.'),
  not_image: must(
    'Firebase SDK가 허용하는 이미지 주소여야 합니다. 경로의 “//”, “&”, “[”, “]”는 “%2F%2F”, “%26”, “%5B”, “%5D”로 쓰세요.',
  ),
  not_duration: must('“3600s”처럼 초 단위에 s를 붙이고, 28일(2419200s) 이하여야 합니다.'),
  not_time: must('시간대가 포함된 시각이어야 합니다. 예: "2026-01-31T09:00:00Z"'),
  not_seconds: must('“3600”처럼 초 단위의 문자열이고, 28일(2419200) 이하여야 합니다.'),
  not_topic: must(
    'URL에 안전한 base64 문자(영문, 숫자, -, _) 32자 이하이고 base64로 가능한 길이여야 합니다.',
  ),
  not_expiration: must(
    '1970년부터의 초를 나타내는 문자열이고, 지금부터 1년 이내의 미래여야 합니다. 한 번만 시도하려면 "0"을 입력하세요.',
  ),
  not_collapse_id: must('ASCII 문자 1~64바이트여야 합니다.'),
  not_bundle_id: must('앱의 번들 ID여야 합니다. 예: "com.example.shop"'),
  not_package_name: must('앱의 패키지 이름이어야 합니다. 예: "com.example.shop"'),

  live_activity: () =>
    '실시간 현황(Live Activity)의 토큰은 기기마다 다르므로 캠페인으로 보낼 수 없습니다. 삭제하세요.',
  set_by_fcm: () => 'FCM이 직접 설정하는 항목입니다. 삭제하세요.',
  differs_by_device: () => '기기마다 달라야 하는 값이므로 캠페인에 사용할 수 없습니다. 삭제하세요.',

  push_type_not_for_apps: ({ value }) =>
    `FCM으로 보낼 수 없는 유형입니다(${value}). alert 또는 background를 사용하세요.`,
  no_text: () => '문구가 없는 알림이 됩니다. 제목이나 내용을 입력하거나 항목을 삭제하세요.',
  image_without_text: () => '이미지를 보내려면 제목이나 내용이 필요합니다.',
  background_shows: ({ expected }) =>
    `background 푸시에는 알림을 표시하는 항목(${expected})을 넣을 수 없습니다. alert를 사용하거나 해당 항목을 삭제하세요.`,
  background_priority: ({ value, expected }) =>
    `background 푸시의 우선순위는 “${expected}”만 가능합니다. (현재 값: ${value})`,
  silent_priority: ({ value, expected }) =>
    `알림을 표시하지 않는 푸시의 우선순위는 “${expected}”만 가능합니다. (현재 값: ${value})`,
  alert_shows_nothing: () => '표시할 문구, 소리, 배지가 없습니다. 추가하거나 background를 사용하세요.',
  silent_vibrates: () => '"silent": true와 함께 사용할 수 없습니다. 브라우저가 알림을 거부합니다.',
  apns_too_large: ({ value, expected }) =>
    `FCM이 추가하는 값을 포함해 JSON으로 ${value}바이트입니다. Apple은 ${expected}바이트까지 허용합니다.`,
}

export const messageRulesText: typeof English = {
  of: (path, problem) => `${path}: ${SENTENCES[problem.code](problem)}`,
}
