export const paletteText = {
  title: 'Search and commands',
  field: 'Search campaigns, pages and actions',
  commands: 'Go to',
  campaigns: 'Campaigns',
  searching: 'Searching…',
  nothing: 'Nothing found. Try other words.',
  shortcuts: 'Keyboard shortcuts',
  keys: [
    { keys: 'Ctrl K / ⌘ K', does: 'Search and commands' },
    { keys: '/', does: 'Search on the page' },
    { keys: 'C', does: 'New campaign' },
    { keys: '?', does: 'Keyboard shortcuts' },
    { keys: '↑ ↓', does: 'In the list of campaigns: from row to row' },
    { keys: '← →', does: 'Calendar: move from day to day' },
    { keys: 'Space', does: 'In the list of campaigns: preview' },
    { keys: 'X', does: 'In the list of campaigns: select' },
  ],
}
