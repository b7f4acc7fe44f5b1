/** The steps of the editor. In a file of their own because the router needs them on the first load. */
export const STEPS = ['message', 'audience', 'review'] as const
export type Step = (typeof STEPS)[number]
