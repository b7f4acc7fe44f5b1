/** What is wrong with a message, in the console's language. */
import { draftTexts } from '../../text/draft-texts.ts'
import { useTextOf } from '../../text/language.tsx'
import type { MessageProblem } from './message-form.ts'

/** A part of which everything is wrong would fill the page. */
const MOST_LINES = 5

/** Returns the error text of a field, a line for each problem; false if it has none. */
export function useErrorOf(problems: readonly MessageProblem[]): (field: string) => string | false {
  const { draft: text, messageRules } = useTextOf(draftTexts)
  const sentence = (problem: MessageProblem): string => {
    if (problem.code === 'rule') return messageRules.of(problem.path, problem.rule)
    if (problem.code === 'too_large') return text.bytesOver(problem.over)
    if (problem.code === 'placeholders') return text.placeholders(problem.found.join('  '))
    return text.problems[problem.code]
  }
  return (field) => {
    const found = problems.filter((each) => each.field === field)
    return found.length > 0 && found.slice(0, MOST_LINES).map(sentence).join('\n')
  }
}
