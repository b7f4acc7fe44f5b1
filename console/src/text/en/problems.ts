/** The server's sentences are English; other languages say first what they are about. */
export const errorTitle = (_code: string): string | null => null

/** What goes wrong, where the server cannot say it itself. */
export const problemsText = {
  title: 'This did not work',
  loadTitle: 'This could not be loaded',
  staleTitle: (clock: string) => `As of ${clock}`,
  unreachable: 'The server cannot be reached. Check your connection, then try again.',
  noAnswer:
    'The server did not answer in time. If you pressed a button, look at the page before you press it again: it may have worked.',
  notAProblem: (status: number) =>
    `The server answered ${status} without saying why. Something between here and it may be down; try again in a moment.`,
  requestId: 'Request',
  crashedTitle: 'The page broke',
  crashed:
    'This is a mistake in the console, not in your campaign: nothing was sent or changed by it. Load the page again.',
  reload: 'Load the page again',
}
