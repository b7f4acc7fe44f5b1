import type { Text } from '../text.ts'
import { ERROR_TITLES } from './error-titles.ts'

/** Null for a code that this version of the console does not know; the server's sentence is shown then. */
export const errorTitle: Text['errorTitle'] = (code) =>
  (ERROR_TITLES as Readonly<Record<string, string>>)[code] ?? null

export const problemsText: Text['problems'] = {
  title: '요청을 처리하지 못했습니다',
  loadTitle: '데이터를 불러오지 못했습니다',
  asOf: (clock) => `${clock} 기준`,
  unreachable:
    '서버에 연결할 수 없습니다. 네트워크를 먼저 확인하세요. 네트워크에 문제가 없다면 서버가 중단된 것이니 관리자에게 알려 주세요. 진행 중인 발송은 콘솔과 관계없이 계속됩니다.',
  noAnswer:
    '서버 응답이 지연되고 있습니다. 버튼을 클릭했다면 이미 처리되었을 수 있으니 화면을 먼저 확인하세요.',
  unexpectedResponse: (status) =>
    `서버가 예상하지 못한 응답을 보냈습니다(HTTP ${status}). 잠시 후 다시 시도하세요.`,
  requestId: '요청 ID',
  technicalDetails: '기술 정보(영문)',
  silentTitle: (clock) => `${clock} 이후 서버 응답이 없습니다`,
  silent:
    '이 화면의 수치는 그 시점 기준입니다. 진행 중인 발송은 콘솔과 관계없이 계속됩니다. 서버가 응답하면 화면이 자동으로 갱신되며, 계속 응답이 없으면 관리자에게 알려 주세요.',
  partMissingTitle: '페이지를 불러오지 못했습니다',
  partMissing:
    '서버에 연결할 수 없거나 그사이 콘솔이 업데이트되었습니다. 페이지를 새로 고침하고, 계속되면 관리자에게 알려 주세요.',
  crashedTitle: '페이지를 표시할 수 없습니다',
  crashed: '콘솔 오류이며 캠페인에는 영향이 없습니다. 페이지를 새로 고침하세요.',
  reload: '페이지 새로 고침',
}
