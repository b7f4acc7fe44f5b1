/** Characters a password has. Length is what makes it strong; rules about composition only make it forgettable. */
export const PASSWORD_LENGTH = { min: 12, max: 128 } as const
