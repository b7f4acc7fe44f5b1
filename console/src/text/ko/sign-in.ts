import type { Text } from '../text.ts'

export const signInText: Text['signIn'] = {
  title: '로그인',
  way: '로그인 방법',
  byPassword: '이름과 비밀번호',
  byApiKey: 'API 키',
  name: '이름',
  password: '비밀번호',
  apiKey: 'API 키',
  apiKeyHint: '이 브라우저에 저장하지 않습니다.',
  submit: '로그인',
  wrong: '이름 또는 비밀번호가 올바르지 않습니다. 확인하고 다시 시도하세요.',
  wrongKey: '유효하지 않은 API 키입니다. 잘못 입력했거나 폐기된 키입니다.',
  tooMany: (seconds) => `시도 횟수가 너무 많습니다. ${seconds}초 뒤에 다시 시도하세요.`,
  ended: '로그인되어 있지 않습니다. 로그인하면 요청한 화면으로 이동합니다.',
  required: '입력하세요.',
}
