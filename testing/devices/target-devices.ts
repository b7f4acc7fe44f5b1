/** Devices for an installation that runs already: members of their own, told apart from all others by an attribute. */
import { platformFor, tokenFor } from '../fake-fcm/token.ts'

const LINES_A_PIECE = 1_000

/** CSV, piece by piece as it is asked for: the lines numbered `from` to `to - 1`. */
export function* targetDevices(
  run: string,
  { from, to, seed }: { from: number; to: number; seed: number },
  onLines: (count: number) => void,
): Generator<Buffer> {
  let piece = 'address,externalId,platform,attributes\n'
  const attributes = `"{""loadRun"":""${run}""}"`
  for (let index = from; index < to; index++) {
    piece += `${tokenFor(index, { seed })},${run}-${index + 1},${platformFor(index)},${attributes}\n`
    if ((index + 1 - from) % LINES_A_PIECE === 0) {
      yield Buffer.from(piece, 'latin1')
      onLines(index + 1)
      piece = ''
    }
  }
  if (piece !== '') yield Buffer.from(piece, 'latin1')
}
