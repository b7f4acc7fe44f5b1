import type { draftImageText as English } from '../en/draft-image.ts'

export const draftImageText: typeof English = {
  upload: '업로드',
  tooLarge: (size) => `파일 크기가 ${size}입니다. 기기에 표시되는 이미지는 1MB까지입니다. 크기를 줄이세요.`,
  notAnImage: 'PNG, JPEG, GIF, WebP 파일을 선택하세요.',
  notSetUp:
    '이 서버에는 이미지 저장소가 설정되어 있지 않습니다(IMAGE_FOLDER, PUBLIC_URL). 사이트에 있는 이미지의 주소를 입력하세요.',
  uploadFailed: '이미지를 업로드하지 못했습니다',
  broken: '이미지를 불러올 수 없습니다. 기기도 같은 주소에서 불러오므로 주소를 확인하세요.',
  loaded: (width, height) => `불러옴: ${width} × ${height}픽셀`,
  cut: 'Android에서는 2:1 비율로 표시되고 나머지는 잘립니다.',
}
