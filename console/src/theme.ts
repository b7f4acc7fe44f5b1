/**
 * Mantine's theme, made of the design tokens in tokens.css: one blue, one bundled font for Latin and Hangul, and grays that
 * have a contrast of 4.5:1 against the background, in light and dark.
 */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core'

/** The accent: shade 7 is --accent in light. */
const slate: MantineColorsTuple = [
  '#edf2fd',
  '#dbe5fb',
  '#b5c9f6',
  '#8dabf0',
  '#6b92ea',
  '#4c79e2',
  '#3868da',
  '#2a5bd0',
  '#214aac',
  '#1a3a87',
]

/** Mantine's own are too light for text on white. */
const red: MantineColorsTuple = [
  '#fdf0ef',
  '#f9dcda',
  '#f3b5b0',
  '#ee8f87',
  '#e66d63',
  '#da5047',
  '#cc3a30',
  '#b92a22',
  '#9c211b',
  '#7f1914',
]
const yellow: MantineColorsTuple = [
  '#fdf6e6',
  '#faeaca',
  '#f4d392',
  '#edbc58',
  '#e3a62c',
  '#c98a10',
  '#a87109',
  '#855806',
  '#6b4705',
  '#523603',
]
const teal: MantineColorsTuple = [
  '#e9f7f1',
  '#d1ece0',
  '#a3dac2',
  '#72c7a3',
  '#4bb588',
  '#2f9f72',
  '#23855e',
  '#1a6f4d',
  '#14583d',
  '#0e422d',
]

/** Mantine's dark colors are gray; the surfaces here are slightly blue, and so is what lies on them. */
const dark: MantineColorsTuple = [
  '#c5ccd4',
  '#adb6c1',
  '#7d8997',
  '#5f6b78',
  '#3c4551',
  '#323a45',
  '#242a33',
  '#1d222a',
  '#161a20',
  '#101318',
]

/** Bundled (fonts.css); while it loads, and for other scripts, that of the system. */
const fonts =
  '"Console Sans", system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", "Noto Sans CJK KR", sans-serif'

const bold = { fontWeight: 600, fontSize: 'var(--text-large)' }

export const theme = createTheme({
  primaryColor: 'slate',
  primaryShade: { light: 7, dark: 7 },
  colors: { slate, dark, red, yellow, teal },
  fontFamily: fonts,
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Noto Sans Mono CJK KR", monospace',
  fontSizes: {
    xs: 'var(--text-small)',
    sm: 'var(--text-dense)',
    md: 'var(--text-body)',
    lg: 'var(--text-large)',
    xl: 'var(--text-title)',
  },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  spacing: {
    xs: 'var(--space-2)',
    sm: 'var(--space-3)',
    md: 'var(--space-4)',
    lg: 'var(--space-5)',
    xl: 'var(--space-6)',
  },
  radius: {
    xs: '0.125rem',
    sm: '0.25rem',
    md: 'var(--radius)',
    lg: 'var(--radius-large)',
    xl: '0.75rem',
  },
  shadows: {
    xs: 'none',
    sm: 'var(--shadow)',
    md: 'var(--shadow)',
    lg: 'var(--shadow)',
    xl: 'var(--shadow)',
  },
  headings: {
    fontFamily: fonts,
    fontWeight: '600',
    sizes: {
      h1: { fontSize: 'var(--text-title)', lineHeight: '1.35' },
      h2: { fontSize: 'var(--text-title)', lineHeight: '1.35' },
      h3: { fontSize: 'var(--text-large)', lineHeight: '1.4' },
      h4: { fontSize: 'var(--text-body)', lineHeight: '1.45' },
      h5: { fontSize: 'var(--text-dense)', lineHeight: '1.45' },
      h6: { fontSize: 'var(--text-small)', lineHeight: '1.4' },
    },
  },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // It would add a menu child that is not an item, which confuses screen readers.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false, shadow: 'md' } },
    Modal: { styles: { title: bold } },
    Drawer: { styles: { title: { ...bold, overflowWrap: 'anywhere' } } },
  },
})

/** Mantine's own names for the tokens. In both schemes, since Mantine sets them for each. */
const named = {
  '--mantine-color-body': 'var(--page)',
  '--mantine-color-text': 'var(--text)',
  '--mantine-color-dimmed': 'var(--muted)',
  '--mantine-color-placeholder': 'var(--muted)',
  '--mantine-color-error': 'var(--failed-text)',
  '--mantine-color-anchor': 'var(--accent-text)',
  '--mantine-color-default': 'var(--surface)',
  '--mantine-color-default-hover': 'var(--sunken)',
  '--mantine-color-default-border': 'var(--line-strong)',
}

export const cssVariables: CSSVariablesResolver = () => ({ variables: {}, light: named, dark: named })
