import type { Text } from '../text.ts'
import { ERROR_TITLES } from './error-titles.ts'

/** Null for a code that this version of the console does not know; the server's sentence is shown then. */
export const errorTitle: Text['errorTitle'] = (code) =>
  (ERROR_TITLES as Readonly<Record<string, string>>)[code] ?? null

export const problemsText: Text['problems'] = {
  title: '요청을 처리하지 못했습니다',
  loadTitle: '데이터를 불러오지 못했습니다',
  asOf: (clock) => `${clock} 기준`,
  unreachable: '서버에 연결할 수 없습니다. 네트워크를 확인하고 다시 시도하세요.',
  noAnswer:
    '서버 응답이 지연되고 있습니다. 버튼을 클릭했다면 이미 처리되었을 수 있으니 화면을 먼저 확인하세요.',
  unexpectedResponse: (status) =>
    `서버가 예상하지 못한 응답을 보냈습니다(HTTP ${status}). 잠시 후 다시 시도하세요.`,
  requestId: '요청 ID',
  technicalDetails: '기술 정보(영문)',
  crashedTitle: '페이지를 표시할 수 없습니다',
  crashed: '콘솔 오류이며 캠페인에는 영향이 없습니다. 페이지를 새로 고침하세요.',
  reload: '페이지 새로 고침',
}
