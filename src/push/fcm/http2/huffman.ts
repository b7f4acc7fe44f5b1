/**
 * Decodes the Huffman code of HPACK (RFC 7541, appendix B). The code is canonical: shorter codes come first, and among
 * codes of one length the smaller byte, so the code lengths define it completely.
 */
const LENGTHS = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
]
const LONGEST = 30

/** FIRST[n]: the first code of n bits; SYMBOLS: bytes in order of their codes; START[n]: the index of the first with n bits. */
const SYMBOLS = LENGTHS.map((_, byte) => byte).sort(
  (a, b) => (LENGTHS[a] as number) - (LENGTHS[b] as number) || a - b,
)
const COUNT = Array.from(
  { length: LONGEST + 1 },
  (_, bits) => LENGTHS.filter((length) => length === bits).length,
)
const FIRST: number[] = [0]
const START: number[] = [0]
for (let bits = 1; bits <= LONGEST; bits++) {
  FIRST[bits] = ((FIRST[bits - 1] as number) + (COUNT[bits - 1] as number)) * 2
  START[bits] = (START[bits - 1] as number) + (COUNT[bits - 1] as number)
}

/** Throws when the bytes contain an invalid code, or a padding other than up to seven ones. */
export function decodeHuffman(bytes: Buffer, from: number, to: number): string {
  let text = ''
  let code = 0
  let bits = 0
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1)
      bits++
      const rank = code - (FIRST[bits] as number)
      if (rank >= 0 && rank < (COUNT[bits] as number)) {
        text += String.fromCharCode(SYMBOLS[(START[bits] as number) + rank] as number)
        code = 0
        bits = 0
      } else if (bits === LONGEST) throw new Error('a Huffman code that does not exist')
    }
  }
  if (bits > 7 || code !== 2 ** bits - 1) throw new Error('a Huffman text with a wrong end')
  return text
}
