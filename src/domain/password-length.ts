/** Allowed length of a password in characters. There are no rules about composition: length is what makes it strong. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const
