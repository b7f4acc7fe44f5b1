/** Null: English shows the server's own sentence. Other languages have a sentence for each code. */
export const errorTitle = (_code: string): string | null => null

/** Errors that the server cannot describe itself, and the labels around those it can. */
export const problemsText = {
  title: 'Something went wrong',
  loadTitle: 'Could not load data',
  asOf: (clock: string) => `As of ${clock}`,
  unreachable:
    'The server cannot be reached. Check your connection. If it works, the server is down: tell your administrator. Campaigns that are being sent go on without the console.',
  noAnswer:
    'The server took too long to respond. If you clicked a button, check the page before you click it again: the action may have completed.',
  unexpectedResponse: (status: number) =>
    `Unexpected response from the server (HTTP ${status}). A proxy may be down. Try again in a moment.`,
  requestId: 'Request ID',
  technicalDetails: 'Technical details',
  silentTitle: (clock: string) => `No answer from the server since ${clock}`,
  silent:
    'Figures on this page are of that time. Campaigns that are being sent go on without the console. This page updates itself as soon as the server answers; if this continues, contact your administrator.',
  partMissingTitle: 'This page could not be loaded',
  partMissing:
    'The server cannot be reached, or the console was updated in the meantime. Reload the page; if that does not help, tell your administrator.',
  crashedTitle: 'This page crashed',
  crashed: 'This is a bug in the console. Your campaigns are not affected. Reload the page to continue.',
  reload: 'Reload page',
}
