import type { Text } from '../text.ts'

export const signInText: Text['signIn'] = {
  title: '로그인',
  method: '로그인 방법',
  byPassword: '아이디·비밀번호',
  byApiKey: 'API 키',
  name: '아이디',
  password: '비밀번호',
  apiKey: 'API 키',
  apiKeyHint: '이 브라우저에 저장되지 않습니다.',
  submit: '로그인',
  wrongPassword: '아이디 또는 비밀번호가 올바르지 않습니다.',
  disabled: '사용이 중지된 계정입니다. 관리자에게 문의하세요.',
  wrongKey: '유효하지 않은 API 키입니다. 잘못 입력했거나 만료 또는 폐기된 키입니다.',
  tooMany: (seconds) => `로그인 시도가 너무 많습니다. ${seconds}초 후 다시 시도하세요.`,
  signInFirst: '로그인이 필요합니다. 로그인하면 요청한 페이지로 이동합니다.',
}
