/** Starts the console. */
import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import './fonts/fonts.css'
import './tokens.css'
import './console.css'
import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createQueryClient } from './api/query-client.ts'
import { ToastRegion } from './components/toast-region.tsx'
import { createConsoleRouter } from './router.tsx'
import { LanguageProvider, loadFirstLanguage } from './text/language.tsx'
import { cssVariables, theme } from './theme.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''
// Mantine's scroll lock reads the nonce for its <style> from here (get-nonce).
Object.assign(globalThis, { __webpack_nonce__: nonce })

const queryClient = createQueryClient(() => void router.invalidate())
const router = createConsoleRouter(queryClient)

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createConsoleRouter>
  }
}

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
const page = createRoot(root)

// Not awaited here: the texts may need a part of this file, which would then wait for itself.
void loadFirstLanguage().then((first) => {
  // Before the first layout finds that it needs them: the parts of the font in which this language is written.
  void document.fonts.load('1em "Console Sans"', first.text.overview.title)
  // The faces of rare characters are a long list, which nothing has to wait for.
  void import('./fonts/more-fonts.css')
  page.render(
    <StrictMode>
      <LanguageProvider first={first}>
        <MantineProvider
          theme={theme}
          cssVariablesResolver={cssVariables}
          defaultColorScheme="auto"
          getStyleNonce={() => nonce}
        >
          <ToastRegion />
          <QueryClientProvider client={queryClient}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </MantineProvider>
      </LanguageProvider>
    </StrictMode>,
  )
})
