import type { previewsText as English } from '../en/previews.ts'

export const previewsText: typeof English = {
  title: '미리 보기',
  look: '기기 화면 색상',
  light: '밝게',
  dark: '어둡게',
  size: '표시 범위',
  collapsed: '접힘',
  expanded: '펼침',
  android: 'Android',
  ios: 'iPhone',
  web: '브라우저',
  app: '앱 이름',
  site: 'your-site.example',
  now: '지금',
  note: '대략적인 모습입니다. 제조사, 버전, 설정에 따라 조금씩 다릅니다.',
  titleMissing: '제목',
  bodyMissing: '내용',
  imageBroken: '이미지를 불러오지 못했습니다. 기기에서도 표시되지 않습니다.',
  imageAlt: '알림 이미지',
  iosImage: 'iPhone에서 이미지를 보려면 앱에 알림 서비스 확장이 필요합니다.',
  webImage: 'Firefox와 Safari는 이미지를 표시하지 않습니다.',
}
