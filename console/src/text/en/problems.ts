/** Null: English shows the server's own sentence. Other languages have a sentence for each code. */
export const errorTitle = (_code: string): string | null => null

/** Errors that the server cannot describe itself, and the labels around those it can. */
export const problemsText = {
  title: 'Something went wrong',
  loadTitle: 'Could not load data',
  asOf: (clock: string) => `As of ${clock}`,
  unreachable: 'Can’t reach the server. Check your connection and try again.',
  noAnswer:
    'The server took too long to respond. If you clicked a button, check the page before you click it again: the action may have completed.',
  unexpectedResponse: (status: number) =>
    `Unexpected response from the server (HTTP ${status}). A proxy may be down. Try again in a moment.`,
  requestId: 'Request ID',
  technicalDetails: 'Technical details',
  crashedTitle: 'This page crashed',
  crashed: 'This is a bug in the console. Your campaigns are not affected. Reload the page to continue.',
  reload: 'Reload page',
}
