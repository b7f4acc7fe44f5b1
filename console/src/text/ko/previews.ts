import type { previewsText as English } from '../en/previews.ts'

export const previewsText: typeof English = {
  title: '미리 보기',
  deviceTheme: '기기 테마',
  light: '라이트',
  dark: '다크',
  size: '표시 크기',
  collapsed: '접힘',
  expanded: '펼침',
  android: 'Android',
  ios: 'iPhone',
  web: '브라우저',
  app: '앱 이름',
  site: 'your-site.example',
  now: '지금',
  note: '실제 표시와 다를 수 있습니다. 제조사, OS 버전, 설정에 따라 조금씩 다릅니다.',
  titlePlaceholder: '제목',
  bodyPlaceholder: '내용',
  imageBroken: '이미지를 불러올 수 없습니다. 기기에서도 표시되지 않습니다.',
  imageAlt: '알림 이미지',
  iosImage: 'iPhone에서 이미지를 표시하려면 앱에 알림 서비스 확장이 필요합니다.',
  webImage: 'Firefox와 Safari에서는 이미지가 표시되지 않습니다.',
}
