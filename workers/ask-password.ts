/**
 * Asks for a password twice at the terminal without showing it. readline turns off the terminal's echo, and what readline
 * itself would print is discarded.
 */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

export interface Terminal {
  input: NodeJS.ReadableStream
  output: NodeJS.WritableStream
}

export async function askPassword({ input, output }: Terminal): Promise<string> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input, output: nowhere, terminal: true, historySize: 0 })
  const stop = new AbortController()
  // Ctrl-C and Ctrl-D: readline handles these keys and would never settle the question.
  lines.once('SIGINT', () => stop.abort())
  lines.once('close', () => stop.abort())
  const ask = async (question: string) => {
    output.write(question)
    const answer = await lines.question('', { signal: stop.signal }).catch(() => {
      throw new Error('no password was given.')
    })
    output.write('\n')
    return answer
  }
  try {
    const password = await ask('Password: ')
    if ((await ask('Repeat password: ')) !== password) throw new Error('the two passwords differ.')
    return password
  } finally {
    lines.close()
  }
}
