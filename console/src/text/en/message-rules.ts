/** What is wrong in the platform settings of a message: the server's own sentences, after the name of the field. */
import type { MessageProblem } from '../../../../src/domain/message-rules/message-problem.ts'
import { ended, sentenceOf } from '../../../../src/domain/message-rules/problem-sentences.ts'

export const messageRulesText = {
  of: (path: string, problem: MessageProblem): string => ended(`${path} ${sentenceOf(problem)}`),
}
