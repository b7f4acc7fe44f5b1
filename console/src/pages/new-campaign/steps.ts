/** What is decided one after the other while a campaign is written. Alone here: the router needs it at once. */
export const STEPS = ['message', 'audience', 'when', 'speed', 'test', 'send'] as const
export type Step = (typeof STEPS)[number]
