/** The results of a delivery in Korean: for the console, and for the CSV files that people open. Pure. */
import type { DeliveryCode } from './delivery-result.ts'

const inDoubt =
  '이미 받은 기기가 있을 수 있습니다. 중복보다 누락이 더 문제라면 전달 여부 미확인 기기에 재발송하세요.'
const none = '조치가 필요하지 않습니다.'

export const CANCELED_MEANING_KO = '이 기기에 발송하기 전에 캠페인이 취소되었습니다.'

/** Each with a short name, as the English in delivery-result.ts. A missing code fails the type check. */
export const DELIVERY_CODES_KO: Record<DeliveryCode, { name: string; meaning: string; advice: string }> = {
  ok: { name: '접수됨', meaning: 'FCM이 메시지를 접수했습니다.', advice: none },
  unregistered: {
    name: '앱 삭제 또는 기기 주소 만료',
    meaning: '앱이 삭제되었거나 기기 주소가 만료되었습니다.',
    advice: '조치가 필요하지 않습니다. 해당 기기는 비활성으로 표시되며 앱이 다시 등록되면 활성화됩니다.',
  },
  invalid_address: {
    name: '유효하지 않은 기기 주소',
    meaning: 'FCM이 등록 토큰이나 설치 ID로 인식하지 못하는 주소입니다.',
    advice: '업로드한 원본을 확인하세요. 주소가 잘렸거나 비어 있거나 다른 서비스의 주소입니다.',
  },
  sender_id_mismatch: {
    name: '다른 프로젝트의 기기 주소',
    meaning: '다른 Firebase 프로젝트의 기기 주소입니다.',
    advice: '이 프로젝트로 빌드한 앱에서 기기를 다시 등록하거나 기기를 삭제하세요.',
  },
  invalid_payload: {
    name: '메시지 거부',
    meaning: 'FCM이 메시지를 거부했습니다.',
    advice:
      '메시지(크기, 예약된 데이터 키, 플랫폼 설정)를 수정하세요. 캠페인이 일시 중지된 동안, 또는 실패한 기기에 재발송할 때 수정할 수 있습니다.',
  },
  third_party_auth_error: {
    name: '푸시 키 거부',
    meaning: 'FCM이 Apple 또는 웹 푸시 서비스에 로그인하지 못했습니다.',
    advice: 'Firebase 콘솔에 유효한 APNs 키 또는 웹 푸시 키를 등록한 뒤 실패한 기기에 재발송하세요.',
  },
  quota_exceeded: {
    name: 'FCM 할당량 초과',
    meaning: '모든 재시도에서 FCM 할당량을 초과했습니다.',
    advice:
      '서버 담당자에게 FCM_MESSAGES_PER_MINUTE 값을 낮추거나 Google에 할당량 증설을 요청하도록 문의한 뒤 실패한 기기에 재발송하세요.',
  },
  device_quota_exceeded: {
    name: '기기별 발송 한도 초과',
    meaning: '이 기기에 허용된 FCM 발송 한도를 초과했습니다.',
    advice: '같은 기기에 발송하는 빈도를 줄이고, 한 시간 뒤 실패한 기기에 재발송하세요.',
  },
  unavailable: {
    name: 'FCM 사용 불가',
    meaning: '모든 재시도에서 FCM을 사용할 수 없었습니다.',
    advice: 'FCM이 복구되면 실패한 기기에 재발송하세요.',
  },
  internal: {
    name: 'FCM 내부 오류',
    meaning: '모든 재시도에서 FCM 내부 오류가 발생했습니다.',
    advice: 'FCM이 복구되면 실패한 기기에 재발송하세요. 계속되면 Firebase 지원팀에 문의하세요.',
  },
  unspecified: {
    name: '알 수 없는 FCM 응답',
    meaning: 'FCM이 알 수 없는 응답을 보냈습니다.',
    advice: '아래 FCM 응답을 확인한 뒤(발송 서버 로그에도 있습니다) 실패한 기기에 재발송하세요.',
  },
  connection_failed: {
    name: 'FCM 연결 실패',
    meaning: 'FCM에 연결하지 못해 메시지가 발송되지 않았습니다.',
    advice: '서버 담당자에게 발송 서버의 네트워크와 DNS 확인을 요청한 뒤 실패한 기기에 재발송하세요.',
  },
  attempts_used_up: {
    name: '발송 시도 소진',
    meaning: '메시지를 보내기 전에 발송 서버가 반복해서 비정상 종료되었습니다.',
    advice: '서버 담당자에게 발송 서버 로그 확인을 요청한 뒤 실패한 기기에 재발송하세요.',
  },
  device_token_not_for_topic: {
    name: '기기의 앱이 다름',
    meaning: '메시지 대상 앱과 다른 앱이 설치된 기기입니다(Apple 응답).',
    advice:
      '일부 기기만이라면 다른 빌드의 앱이 설치된 것이며, 올바른 앱이 다시 등록되면 발송됩니다. 모든 iPhone이라면 Firebase 콘솔의 iOS 앱 번들 ID와 메시지의 apns-topic을 확인한 뒤 실패한 기기에 재발송하세요.',
  },
  bad_device_token: {
    name: '유효하지 않은 APNs 토큰',
    meaning: 'Apple이 기기의 APNs 토큰을 알지 못합니다. 대부분 개발용 빌드의 토큰입니다.',
    advice:
      '일부 기기만이라면 정식 앱이 다시 등록되면 발송됩니다. 모든 iPhone이라면 Firebase 콘솔에 운영 환경에서 유효한 APNs 키를 등록한 뒤 실패한 기기에 재발송하세요.',
  },
  credential_refused: {
    name: '인증 정보 거부',
    meaning: 'FCM이 서버 인증 정보를 거부했습니다.',
    advice:
      '서버 담당자에게 GOOGLE_APPLICATION_CREDENTIALS와 역할 확인을 요청한 뒤 실패한 기기에 재발송하세요.',
  },
  project_not_found: {
    name: '프로젝트 없음',
    meaning: 'Firebase 프로젝트를 찾을 수 없습니다.',
    advice: '서버 담당자에게 FCM_PROJECT_ID와 FCM_ENDPOINT 확인을 요청한 뒤 실패한 기기에 재발송하세요.',
  },
  bad_topic: {
    name: '알 수 없는 앱(apns-topic)',
    meaning: 'Apple이 메시지에 지정된 앱(apns-topic)을 알지 못합니다.',
    advice:
      '메시지에서 apns-topic을 빼거나 Firebase 콘솔에 등록된 앱의 번들 ID로 설정한 뒤 실패한 기기에 재발송하세요.',
  },
  topic_disallowed: {
    name: '다른 앱의 APNs 키',
    meaning: 'APNs 키에 이 앱으로 발송할 권한이 없습니다.',
    advice: 'Firebase 콘솔에 앱이 속한 팀의 APNs 키를 등록한 뒤 실패한 기기에 재발송하세요.',
  },
  answer_lost: {
    name: '응답 유실',
    meaning: '메시지를 보낸 뒤 FCM이 응답하기 전에 연결이 끊어졌습니다.',
    advice: inDoubt,
  },
  deadline_exceeded: {
    name: '응답 시간 초과',
    meaning: 'FCM이 제한 시간 내에 응답하지 않았습니다.',
    advice: inDoubt,
  },
  dispatcher_died: {
    name: '발송 서버 중단',
    meaning: '메시지를 보내는 중에 발송 서버가 중단되었습니다.',
    advice: inDoubt,
  },
  database_failed_over: {
    name: '데이터베이스 전환',
    meaning:
      '데이터베이스가 마지막 기록이 없는 서버로 전환되었고, 메시지를 보냈을 수 있는 발송 서버도 중단되었습니다.',
    advice: inDoubt,
  },
  opted_out: { name: '수신 거부', meaning: '회원이 수신을 거부했습니다.', advice: none },
  device_gone: {
    name: '앱 삭제·만료된 기기',
    meaning: '발송 전에 앱이 삭제되었거나 기기 주소가 만료되었습니다.',
    advice: '조치가 필요하지 않습니다. 앱이 다시 등록되면 기기가 활성화됩니다.',
  },
  device_deleted: { name: '삭제된 기기', meaning: '발송 전에 기기가 삭제되었습니다.', advice: none },
  address_replaced: {
    name: '새 주소로 바뀐 기기',
    meaning: '앱의 기기 주소가 새 주소로 바뀌었습니다. 새 주소도 대상에 있었다면 그 결과는 따로 기록됩니다.',
    advice:
      '조치가 필요하지 않습니다. 이전 주소는 비활성 상태로 유지됩니다. 다만 회원당 한 대에만 보내는 캠페인에서 이 기기가 발송 대상이었다면 새 주소는 제외되었습니다. 이 회원들에게 보내려면 새 캠페인을 보내세요.',
  },
  too_late: {
    name: '현지 시각 지남',
    meaning: '회원의 시간대에서 캠페인의 현지 시각이 이미 지났거나, 그 시간대에서 제때 시작하지 못했습니다.',
    advice: '조치가 필요하지 않습니다. 그래도 보내려면 이 회원들에게 새 캠페인을 보내세요.',
  },
  no_timezone: {
    name: '시간대 없음',
    meaning: '회원의 시간대를 알 수 없고, 이 캠페인은 그런 회원을 제외합니다.',
    advice: '회원의 시간대를 가져오거나, 다음 캠페인에서는 기본 시간대로 보내도록 선택하세요.',
  },
  device_moved: {
    name: '사용자가 바뀐 기기',
    meaning: '대상이 확정된 뒤 다른 회원이 이 기기에 로그인했습니다.',
    advice: '조치가 필요하지 않습니다. 이 메시지는 이전에 로그인한 회원에게 보내는 것이었습니다.',
  },
  no_consent: {
    name: '광고 수신 미동의',
    meaning: '광고성 캠페인인데, 발송 시점에 회원이 광고 수신에 동의하지 않은 상태였습니다.',
    advice:
      '앱에서 광고 수신 동의를 받으세요. 광고가 아닌 안내라면 캠페인 종류를 서비스 알림으로 선택하세요.',
  },
  no_night_consent: {
    name: '야간 수신 미동의',
    meaning: '회원의 현지 시각이 야간이었고, 회원이 야간 광고 수신에 동의하지 않았습니다.',
    advice: '낮에 발송하거나, 야간에는 아침까지 기다렸다가 발송하도록 설정하세요.',
  },
  quiet_hours: {
    name: '야간이라 발송 기한 초과',
    meaning: '회원의 현지 시각으로 야간이 끝나기 전에 캠페인의 발송 기한이 지났습니다.',
    advice: '조치가 필요하지 않습니다. 다음 캠페인은 발송 기한을 더 늦게 설정하세요.',
  },
  window_closed: {
    name: '발송 시간대 밖',
    meaning:
      '회원의 현지 시각이 발송 시간대 밖이었고, 다음 시간대까지 기다리지 않았거나 발송 기한이 지났습니다.',
    advice: '조치가 필요하지 않습니다. 다음 캠페인은 발송 시간대를 넓히거나 발송 기한을 더 늦게 설정하세요.',
  },
  capped: {
    name: '발송 횟수 제한',
    meaning: '회원이 이미 발송 횟수 제한(CAPS)만큼 캠페인을 받았습니다.',
    advice:
      '조치가 필요하지 않습니다. 기기별 cappedBy에서 제한을 채운 캠페인을 확인할 수 있습니다. 주문 확인처럼 회원이 기다리는 메시지는 발송 횟수 제한을 적용하지 않고 보내세요.',
  },
  other_device: {
    name: '다른 기기가 발송 대상',
    meaning: '회원당 한 대에만 보내는 캠페인이며, 회원이 더 최근에 사용한 다른 기기가 발송 대상입니다.',
    advice:
      '조치가 필요하지 않습니다. 대상을 확정할 때 가장 최근에 사용한 기기로 발송됩니다. 그 기기로 보내지 못해도 다른 기기로 대신 보내지 않으므로, 이 회원들에게 보내려면 새 캠페인을 보내세요.',
  },
}
