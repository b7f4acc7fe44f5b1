/** Cache keys. Keys with a common prefix are invalidated together. */
export const keys = {
  session: ['session'] as const,
  campaigns: ['campaigns'] as const,
  campaignList: (filter: { state?: string | undefined; search?: string | undefined }) =>
    ['campaigns', 'list', filter.state ?? '', filter.search ?? ''] as const,
  campaign: (id: string) => ['campaigns', 'one', id] as const,
  messages: (id: string, version: number) => ['campaigns', 'one', id, 'messages', version] as const,
  failures: (id: string) => ['campaigns', 'one', id, 'failures'] as const,
  timeline: (id: string) => ['campaigns', 'one', id, 'timeline'] as const,
  deliveries: (id: string, filter: object) => ['campaigns', 'one', id, 'deliveries', filter] as const,
  attempts: (id: string, deviceId: string) => ['campaigns', 'one', id, 'attempts', deviceId] as const,
  openedDraft: (id: string) => ['opened-draft', id] as const,
  audienceCount: (audience: object) => ['audience-count', audience] as const,
  system: ['system'] as const,
  memberList: (search: string) => ['members', 'list', search] as const,
  member: (externalId: string) => ['members', 'one', externalId] as const,
  memberDeliveries: (externalId: string) => ['members', 'one', externalId, 'deliveries'] as const,
  users: ['users'] as const,
  apiKeys: ['api-keys'] as const,
}
