/** The campaign editor: the image of the notification. */
export const draftImageText = {
  upload: 'Upload',
  tooLarge: (size: string) => `The file has ${size}; devices show images of up to 1 MB. Make it smaller.`,
  notAnImage: 'Choose a PNG, JPEG, GIF or WebP file.',
  notSetUp:
    'This server does not store images: IMAGE_FOLDER and PUBLIC_URL are not set. Enter the address of an image on your own site.',
  uploadFailed: 'The image was not uploaded',
  broken: 'The image could not be loaded from here. Check the address: devices load it from the same one.',
  loaded: (width: number, height: number) => `Loaded: ${width} × ${height} pixels.`,
  cut: 'Android shows 2:1 landscape images and cuts off the rest.',
}
