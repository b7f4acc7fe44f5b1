/**
 * Writes a device list as a customer's system would export it: tokens as FCM makes them, three platforms, members
 * with more than one device, some who have opted out, and lines that no import can use. As a stream, in flat memory.
 */
import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { platformFor, tokenFor } from '../fake-fcm/token.ts'

export interface WrittenDevices {
  /** Lines that hold a device, and those that cannot be used. The header is neither. */
  devices: number
  malformed: number
  members: number
  /** Devices of members who have opted out: in the audience, and skipped when the message leaves. */
  optedOut: number
}

const HEADER = 'address,externalId,platform,locale,timezone,attributes,optedOut\n'
const MEMBERS_PER_DEVICE = 0.8
/** One member in five hundred. */
const OPTED_OUT_EVERY = 500
/** Each kind of malformed line once in so many devices, and at least once. */
const MALFORMED_EVERY = 10_000
const LINES_A_PIECE = 1_000

const PLACES = [
  ['de-AT', 'Europe/Vienna'],
  ['de', 'Europe/Berlin'],
  ['en-GB', 'Europe/London'],
  ['en-US', 'America/New_York'],
  ['ko', 'Asia/Seoul'],
  ['fr', 'Europe/Paris'],
] as const

/** What goes wrong in exports: each line alone, so that the lines around it must be imported all the same. */
const MALFORMED: readonly ((token: string) => string)[] = [
  () => ',member-x,android,de,Europe/Berlin,,',
  (token) => `${token.slice(0, 60)} ${token.slice(60)},member-x,android,de,Europe/Berlin,,`,
  (token) => `${token},,ios,de,Europe/Berlin,,`,
  (token) => `${token},member-x,blackberry,de,Europe/Berlin,,`,
  (token) => `${token},member-x`,
  (token) => `${token},"member-x,android,de,Europe/Berlin,,`,
  (token) => `${token},NULL,web,de,Europe/Berlin,,`,
  (token) => `${token},1.23457E+11,web,de,Europe/Berlin,,`,
  (token) => `${token},member-x,ios,de,Europe/Berlin,,perhaps`,
  (token) => `ExponentPushToken[${token.slice(0, 22)}],member-x,ios,de,Europe/Berlin,,`,
]

/** The tokens are those numbered 0 to `devices - 1` of the seed; malformed lines have numbers beyond them. `isClean`: without those. */
export async function writeDevicesCsv(
  path: string,
  devices: number,
  seed: number,
  { isClean = false } = {},
): Promise<WrittenDevices> {
  const members = Math.ceil(devices * MEMBERS_PER_DEVICE)
  const written: WrittenDevices = { devices, malformed: 0, members, optedOut: 0 }
  await pipeline(pieces(devices, members, seed, isClean ? [] : MALFORMED, written), createWriteStream(path))
  return written
}

function* pieces(
  devices: number,
  members: number,
  seed: number,
  malformed: typeof MALFORMED,
  written: WrittenDevices,
): Generator<Buffer> {
  const malformedEvery = Math.min(devices, MALFORMED_EVERY)
  let piece = HEADER
  for (let index = 0; index < devices; index++) {
    const member = index % members
    if (isOptedOut(member)) written.optedOut++
    piece += deviceLine(index, member, seed)
    if ((index + 1) % malformedEvery === 0) {
      for (const malform of malformed)
        piece += `${malform(tokenFor(devices + written.malformed++, { seed }))}\n`
    }
    if (index % LINES_A_PIECE === LINES_A_PIECE - 1) {
      yield encode(piece)
      piece = ''
    }
  }
  yield encode(piece)
}

/** ASCII, one byte a character. */
function encode(piece: string): Buffer {
  return Buffer.from(piece, 'latin1')
}

function deviceLine(index: number, member: number, seed: number): string {
  const [locale, timezone] = PLACES[member % PLACES.length] ?? PLACES[0]
  const attributes = member % 10 === 0 ? '"{""plan"":""gold""}"' : ''
  const optedOut = isOptedOut(member) ? 'true' : ''
  return `${tokenFor(index, { seed })},member-${member + 1},${platformFor(index)},${locale},${timezone},${attributes},${optedOut}\n`
}

function isOptedOut(member: number): boolean {
  return member % OPTED_OUT_EVERY === 7
}
