/** The smallest files with the headers of each kind, and any size. What follows a header does not matter here. */
const u16 = (value: number, order: 'BE' | 'LE') => {
  const bytes = Buffer.alloc(2)
  if (order === 'BE') bytes.writeUInt16BE(value)
  else bytes.writeUInt16LE(value)
  return bytes
}
const latin = (text: string) => Buffer.from(text, 'latin1')

export function png(width: number, height: number, more = 0): Buffer {
  const bytes = Buffer.alloc(33 + more)
  bytes.write('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')
  bytes.writeUInt32BE(width, 16)
  bytes.writeUInt32BE(height, 20)
  return bytes
}

/** With an EXIF segment, a table and filling before the frame, as cameras write it. */
export function jpeg(width: number, height: number, frame = 0xc2): Buffer {
  return Buffer.concat([
    latin('\xff\xd8\xff\xe1\x00\x08Exif\0\0'),
    latin('\xff\xc4\x00\x03x'),
    latin('\xff\xff\xff'),
    Buffer.from([frame]),
    latin('\x00\x11\x08'),
    u16(height, 'BE'),
    u16(width, 'BE'),
    latin('\x03\x01\x22\x00\xff\xda\x00\x02'),
  ])
}

export function gif(width: number, height: number): Buffer {
  return Buffer.concat([latin('GIF89a'), u16(width, 'LE'), u16(height, 'LE'), Buffer.alloc(3)])
}

export function webp(form: 'VP8 ' | 'VP8L' | 'VP8X', width: number, height: number): Buffer {
  const bytes = Buffer.alloc(30)
  bytes.write('RIFF\x16\0\0\0WEBP', 'latin1')
  bytes.write(form, 12, 'latin1')
  if (form === 'VP8 ') {
    bytes.write('\x9d\x01\x2a', 23, 'latin1')
    bytes.writeUInt16LE(width, 26)
    bytes.writeUInt16LE(height, 28)
  } else if (form === 'VP8L') {
    bytes[20] = 0x2f
    bytes.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, 21)
  } else {
    bytes.writeUIntLE(width - 1, 24, 3)
    bytes.writeUIntLE(height - 1, 27, 3)
  }
  return bytes
}
