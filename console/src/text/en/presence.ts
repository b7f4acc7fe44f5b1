/** Who else has a campaign open. */
const listed = new Intl.ListFormat('en', { type: 'conjunction' })

export const presenceText = {
  editing: (names: string[]) =>
    `${listed.format(names)} ${names.length === 1 ? 'is' : 'are'} also editing this campaign.`,
  viewing: (names: string[]) => `${listed.format(names)} ${names.length === 1 ? 'has' : 'have'} it open.`,
  yourself: 'You have it open in another window.',
}
