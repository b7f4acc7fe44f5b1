import type { Text } from '../text.ts'
import { ERROR_TITLES } from './error-titles.ts'

/** An older console meets codes it does not know; the sentence alone says enough then. */
export const errorTitle: Text['errorTitle'] = (code) =>
  (ERROR_TITLES as Readonly<Record<string, string>>)[code] ?? null

export const problemsText: Text['problems'] = {
  title: '처리하지 못했습니다',
  loadTitle: '불러오지 못했습니다',
  staleTitle: (clock) => `${clock} 기준`,
  unreachable: '서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도하세요.',
  noAnswer:
    '서버가 제시간에 응답하지 않았습니다. 버튼을 눌렀다면 이미 처리되었을 수 있으니 다시 누르기 전에 화면을 확인하세요.',
  notAProblem: (status) =>
    `서버가 이유 없이 ${status} 응답을 보냈습니다. 중간 경로에 문제가 있을 수 있으니 잠시 뒤 다시 시도하세요.`,
  requestId: '요청 번호',
  crashedTitle: '화면에 오류가 생겼습니다',
  crashed:
    '콘솔의 오류이며 캠페인에는 영향이 없습니다. 발송되거나 변경된 것은 없습니다. 페이지를 다시 불러오세요.',
  reload: '페이지 다시 불러오기',
}
